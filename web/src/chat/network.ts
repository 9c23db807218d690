import type { ChatClient } from './chat-client';

/** Tells the client what the browser knows of the network and of the customer's presence. */
export function watchNetwork(client: ChatClient): () => void {
  const lost = () => client.networkLost();
  const back = () => client.reconnect();
  const present = () => {
    if (document.visibilityState === 'visible') client.wake();
  };
  window.addEventListener('offline', lost);
  window.addEventListener('online', back);
  window.addEventListener('focus', present);
  document.addEventListener('visibilitychange', present);
  return () => {
    window.removeEventListener('offline', lost);
    window.removeEventListener('online', back);
    window.removeEventListener('focus', present);
    document.removeEventListener('visibilitychange', present);
  };
}
