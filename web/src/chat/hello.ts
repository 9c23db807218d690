import type { ChatState } from './chat-state';
import type { ClientFrame } from './protocol';

/** The first frame of a connection: `resume` where there is a conversation, at its last frame if one came. */
export function helloFrame(
  client_id: string,
  session_token: string | null,
  { conversationId, cursor, epoch }: ChatState,
): ClientFrame {
  if (session_token === null) return { type: 'start', client_id };
  if (conversationId === null) return { type: 'start', client_id, session_token };
  const position = cursor !== null && epoch !== null ? { cursor, epoch } : {};
  return {
    type: 'resume',
    client_id,
    session_token,
    conversation_id: conversationId,
    ...position,
  };
}
