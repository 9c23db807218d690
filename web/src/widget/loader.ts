/**
 * `<script src="https://support.example/widget.js" async></script>` puts a button on any page. The chat
 * itself is fetched when it is opened for the first time. Nothing of the page reaches into it, and it needs
 * no more of a strict content policy than its own origin in `script-src` and `connect-src`.
 */
import type { Identity } from '../chat/identity';
import type { ChatBundle, Mounted, Supportbot } from './contract';
import { createEvents } from './events';
import css from './launcher.css?inline';
import { wordsFor } from './launcher-words';

const CHAT = 'M4 6.500a2 2 0 0 1 2-2h12a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-6l-5 4v-4H6a2 2 0 0 1-2-2z';
const DOWN = 'M5 9l7 7 7-7';

function load(address: string): Promise<ChatBundle> {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = address;
    script.onload = () =>
      window.SupportbotChat ? resolve(window.SupportbotChat) : reject(new Error(address));
    script.onerror = () => {
      script.remove();
      reject(new Error(address));
    };
    document.head.append(script);
  });
}

function start(script: HTMLScriptElement): Supportbot {
  const { emit, on } = createEvents();
  const language = script.dataset.language ?? null;
  const words = wordsFor(language ?? navigator.language);
  const shadow = document.createElement('supportbot-widget').attachShadow({ mode: 'open' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  shadow.adoptedStyleSheets = [sheet];

  const side = document.createElement('div');
  side.className = script.dataset.side === 'left' ? 'left' : 'right';
  const frame = document.createElement('section');
  frame.className = 'frame';
  frame.hidden = true;
  frame.setAttribute('aria-label', words.name);
  const button = document.createElement('button');
  button.className = 'launcher';
  side.append(frame, button);
  shadow.append(side);

  let identity: Identity | null = null;
  let mounted: Promise<Mounted> | null = null;

  const show = (open: boolean) => {
    frame.hidden = !open;
    button.setAttribute('aria-expanded', String(open));
    button.setAttribute('aria-label', open ? words.close : words.open);
    button.replaceChildren(icon(open ? DOWN : CHAT));
  };
  const chat = async (): Promise<Mounted> => {
    const { mount } = await load(new URL('widget-app.js', script.src).href);
    const url = new URL('ws', script.src);
    url.protocol = url.protocol.replace('http', 'ws');
    const place = frame.appendChild(document.createElement('div'));
    const chat = await mount({
      shadow,
      place,
      url: url.href,
      language,
      identity,
      emit,
      onClose: api.close,
    });
    emit('ready', undefined);
    return chat;
  };

  const api: Supportbot = {
    open: () => {
      if (!frame.hidden) return;
      show(true);
      emit('open', undefined);
      mounted ??= chat();
      mounted.then(
        ({ focus }) => focus(),
        () => {
          mounted = null;
          api.close();
        },
      );
    },
    close: () => {
      if (frame.hidden) return;
      show(false);
      button.focus();
      emit('close', undefined);
    },
    identify: (who) => {
      identity = who;
      mounted?.then((chat) => chat.identify(who));
    },
    on,
  };

  show(false);
  button.addEventListener('click', () => (frame.hidden ? api.open() : api.close()));
  frame.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !frame.querySelector('dialog')) api.close();
  });
  // Not into the body: whatever the page does with it, the button keeps its place.
  document.documentElement.append(shadow.host);
  if (script.dataset.open !== undefined) api.open();
  return api;
}

function icon(path: string): SVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const line = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  line.setAttribute('d', path);
  svg.append(line);
  return svg;
}

if (!window.Supportbot && document.currentScript instanceof HTMLScriptElement) {
  window.Supportbot = start(document.currentScript);
}
