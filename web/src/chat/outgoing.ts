/** What the customer does, as frames; and which of them the server has not confirmed. */
import {
  type ActionEntry,
  type ChatState,
  type CustomerMessage,
  unacknowledged,
  unrecordedAnswers,
  unrecordedVotes,
} from './chat-state';
import type { ActionAnswer, ClientFrame, Vote } from './protocol';

export function messageFrame(client_id: string, text: string): ClientFrame {
  return { type: 'message', client_id, text };
}

export function voteFrame(client_id: string, { message_id, rating, reason }: Vote): ClientFrame {
  return { type: 'feedback', client_id, message_id, rating, ...(reason ? { reason } : {}) };
}

export function answerFrame(
  client_id: string,
  action_id: string,
  answer: ActionAnswer,
): ClientFrame {
  return { type: answer === 'confirmed' ? 'confirm' : 'decline', client_id, action_id };
}

/** Everything that is to be sent again on a new connection; each counts once, by its client id. */
export function unconfirmed(state: ChatState): ClientFrame[] {
  return [
    ...unacknowledged(state).map(({ key, text }: CustomerMessage) => messageFrame(key, text)),
    ...unrecordedVotes(state).map(({ clientId, vote }) => voteFrame(clientId, vote)),
    ...unrecordedAnswers(state).flatMap(({ action, asked }: ActionEntry) =>
      asked ? [answerFrame(asked.clientId, action.action_id, asked.answer)] : [],
    ),
  ];
}
