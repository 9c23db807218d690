/** The chat inside the widget's shadow root: the page's own components under the widget's own styles. */
import { createRoot } from 'react-dom/client';
import { type BrowserChat, browserChat } from '../chat/browser-chat';
import { Chat } from '../chat/chat';
import { customerOf, type Identity, tokenOf } from '../chat/identity';
import { watchReplies } from '../chat/replies';
import { chosen, nearest, speak } from '../strings';
import { ThemeRoot } from '../ui/use-theme';
import type { Mounted, MountOptions } from './contract';
import css from './widget.css?inline';

type Someone = BrowserChat & { customer: string };

export async function mount(options: MountOptions): Promise<Mounted> {
  const { shadow, place, url, language, identity, emit, onClose } = options;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  shadow.adoptedStyleSheets.push(sheet);
  place.className = 'supportbot';
  if (language !== null && chosen() === null) speak(nearest(language));

  const root = createRoot(place);
  let someone: Someone | null = null;

  const show = (customer: string, who: Identity | null) => {
    someone?.leave();
    someone = { customer, ...browserChat(url, customer, who) };
    const { client } = someone;
    watchReplies(client, ({ text }) => emit('message', { text }));
    client.open();
    root.render(
      <ThemeRoot value={place}>
        <Chat key={customer} client={client} onClose={onClose} />
      </ThemeRoot>,
    );
  };
  let said = 0;
  const identify = async (who: Identity | null) => {
    said += 1;
    const turn = said;
    const customer = await customerBehind(who);
    if (turn !== said) return;
    if (customer === someone?.customer) someone.client.identify(who);
    else show(customer, who);
  };

  await identify(identity);
  return { focus: () => place.querySelector('textarea')?.focus(), identify };
}

/** A guest, too, when the host site has no token to give. */
async function customerBehind(identity: Identity | null): Promise<string> {
  try {
    return identity === null ? '' : customerOf(await tokenOf(identity));
  } catch (error) {
    reportError(error);
    return '';
  }
}
