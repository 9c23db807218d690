import type { ChatClient } from './chat-client';
import type { Reply } from './chat-state';

/** Calls back once for each reply that is completed from now on; never for the history. Returns what ends it. */
export function watchReplies(client: ChatClient, onReply: (reply: Reply) => void): () => void {
  const streaming = new Set<string>();
  return client.subscribe(() => {
    for (const entry of client.getState().entries) {
      if (entry.kind !== 'reply') continue;
      if (entry.streaming) streaming.add(entry.key);
      else if (streaming.delete(entry.key)) onReply(entry);
    }
  });
}
