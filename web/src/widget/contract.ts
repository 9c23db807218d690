/** What the loader and the chat that it loads agree on. */
import type { Identity } from '../chat/identity';

export type WidgetEvents = {
  /** The chat has been loaded and is being shown for the first time. */
  ready: undefined;
  open: undefined;
  close: undefined;
  /** A reply is complete. */
  message: { text: string };
};

export type Emit = <E extends keyof WidgetEvents>(event: E, detail: WidgetEvents[E]) => void;

export type MountOptions = {
  shadow: ShadowRoot;
  /** Where the chat is drawn. */
  place: HTMLElement;
  /** The address of `/ws`. */
  url: string;
  /** Of the words, for example `de`; null for the browser's. */
  language: string | null;
  /** What the host site says of the customer. */
  identity: Identity | null;
  emit: Emit;
  onClose: () => void;
};

export type Mounted = { focus: () => void; identify: (identity: Identity | null) => void };

/** What `widget-app.js` leaves behind once it has run. */
export type ChatBundle = { mount: (options: MountOptions) => Promise<Mounted> };

/** What the host page can do: `window.Supportbot`. */
export type Supportbot = {
  open: () => void;
  close: () => void;
  /**
   * Tells who the customer is: a token, or what fetches one whenever a conversation begins; null for a
   * guest. Another customer has other conversations, and sees theirs.
   */
  identify: (identity: Identity | null) => void;
  /** Calls back whenever it happens; returns what ends that. */
  on: <E extends keyof WidgetEvents>(
    event: E,
    listener: (detail: WidgetEvents[E]) => void,
  ) => () => void;
};

declare global {
  // biome-ignore lint/style/useConsistentTypeDefinitions: only an interface is merged with the browser's own
  interface Window {
    Supportbot?: Supportbot;
    SupportbotChat?: ChatBundle;
  }
}
