import { currentLanguage, onLanguage } from '../strings';
import { ChatClient } from './chat-client';
import type { Identity } from './identity';
import { watchNetwork } from './network';
import { browserStorage, SavedChats } from './saved-chats';

export type BrowserChat = { client: ChatClient; leave: () => void };

/** A client with what a browser has: a memory, news of the network, a language that may change. */
export function browserChat(url: string, customer: string, identity: Identity | null): BrowserChat {
  const client = new ChatClient({
    url,
    identity,
    language: currentLanguage,
    saved: new SavedChats(browserStorage(), customer),
  });
  const unwatch = watchNetwork(client);
  const unfollow = followLanguage(client);
  const leave = () => {
    unwatch();
    unfollow();
    client.close();
  };
  return { client, leave };
}

/** A conversation in which nothing was said begins anew, in the language that was chosen. */
function followLanguage(client: ChatClient): () => void {
  return onLanguage(() => {
    if (client.getState().entries.length === 0) client.openNew();
  });
}
