import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { type BrowserChat, browserChat } from './chat/browser-chat';
import { Chat } from './chat/chat';
import { DemoPage } from './demo/demo-page';
import { type DemoShop, findDemoShop, identityOf } from './demo/demo-shop';
import { chooseVisitor, chosenVisitor } from './demo/visitor';
import './styles.css';

const url = new URL('/ws', window.location.href);
url.protocol = url.protocol.replace('http', 'ws');
const root = createRoot(document.getElementById('root') as HTMLElement);

function chatOf(customer: string): BrowserChat {
  return browserChat(url.href, customer, customer === '' ? null : () => identityOf(customer));
}

/** Shows a chat as this customer of the demo shop; another one begins a conversation of their own. */
function showDemo(shop: DemoShop, visitor: string, { client, leave }: BrowserChat): void {
  const become = (other: string) => {
    leave();
    chooseVisitor(other);
    const chat = chatOf(other);
    chat.client.openNew();
    showDemo(shop, other, chat);
  };
  root.render(
    <StrictMode>
      <DemoPage shop={shop} visitor={visitor} onVisitor={become}>
        <Chat key={visitor} client={client} />
      </DemoPage>
    </StrictMode>,
  );
}

const shop = await findDemoShop();
const visitor = chosenVisitor(shop);
const chat = chatOf(visitor);
chat.client.open();
if (shop.customers.length > 0) showDemo(shop, visitor, chat);
else
  root.render(
    <StrictMode>
      <Chat client={chat.client} />
    </StrictMode>,
  );
