import type { ChatState } from './chat-state';
import type { ClientFrame } from './protocol';

/** The first frame of a connection: `resume` where there is a conversation, at its last frame if one came. */
export function helloFrame(
  client_id: string,
  session_token: string | null,
  identity_token: string | null,
  { conversationId, cursor, epoch }: ChatState,
): ClientFrame {
  if (session_token === null || conversationId === null) {
    const session = session_token === null ? {} : { session_token };
    const identity = identity_token === null ? {} : { identity_token };
    return { type: 'start', client_id, ...session, ...identity };
  }
  const position = cursor !== null && epoch !== null ? { cursor, epoch } : {};
  return {
    type: 'resume',
    client_id,
    session_token,
    conversation_id: conversationId,
    ...position,
  };
}
