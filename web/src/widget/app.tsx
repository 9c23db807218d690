/** The chat inside the widget's shadow root: the page's own components under the widget's own styles. */
import { createRoot } from 'react-dom/client';
import { Chat } from '../chat/chat';
import { ChatClient } from '../chat/chat-client';
import { watchNetwork } from '../chat/network';
import { watchReplies } from '../chat/replies';
import { browserStorage, SavedChats } from '../chat/saved-chats';
import { chosen, nearest, speak } from '../strings';
import { ThemeRoot } from '../ui/use-theme';
import type { Mounted, MountOptions } from './contract';
import css from './widget.css?inline';

export function mount(options: MountOptions): Mounted {
  const { shadow, place, url, language, identity, emit, onClose } = options;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  shadow.adoptedStyleSheets.push(sheet);
  place.className = 'supportbot';

  if (language !== null && chosen() === null) speak(nearest(language));
  const client = new ChatClient({ url, saved: new SavedChats(browserStorage()) });
  client.identify(identity);
  watchNetwork(client);
  watchReplies(client, ({ text }) => emit('message', { text }));
  client.open();
  createRoot(place).render(
    <ThemeRoot value={place}>
      <Chat client={client} onClose={onClose} />
    </ThemeRoot>,
  );
  return {
    focus: () => place.querySelector('textarea')?.focus(),
    identify: (token) => client.identify(token),
  };
}
