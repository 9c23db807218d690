import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Chat } from './chat/chat';
import { ChatClient } from './chat/chat-client';
import { watchNetwork } from './chat/network';
import { browserStorage, SavedChats } from './chat/saved-chats';
import './styles.css';

const url = new URL('/ws', window.location.href);
url.protocol = url.protocol.replace('http', 'ws');

const client = new ChatClient({ url: url.href, saved: new SavedChats(browserStorage()) });
watchNetwork(client);
client.open();

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <Chat client={client} />
    </StrictMode>,
  );
}
