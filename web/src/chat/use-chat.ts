import { useSyncExternalStore } from 'react';
import type { ChatClient } from './chat-client';
import type { ChatState } from './chat-state';

/** The conversation's present state; the component is drawn again whenever it changes. */
export function useChat(client: ChatClient): ChatState {
  return useSyncExternalStore(client.subscribe, client.getState);
}
