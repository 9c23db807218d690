import type { ChatState } from './chat-state';
import { type Identity, tokenOf } from './identity';
import type { ClientFrame } from './protocol';

type Who = { sessionToken: string | null; identity: Identity | null; language: string };

/** The first frame of a connection: `resume` where there is a conversation, at its last frame if one came. */
export async function helloFrame(
  client_id: string,
  { sessionToken: session_token, identity, language }: Who,
  { conversationId: conversation_id, cursor, epoch }: ChatState,
): Promise<ClientFrame> {
  if (session_token !== null && conversation_id !== null) {
    const position = cursor !== null && epoch !== null ? { cursor, epoch } : {};
    return { type: 'resume', client_id, session_token, conversation_id, ...position };
  }
  const session = session_token === null ? {} : { session_token };
  const signedIn = identity === null ? {} : { identity_token: await tokenOf(identity) };
  return { type: 'start', client_id, language, ...session, ...signedIn };
}
