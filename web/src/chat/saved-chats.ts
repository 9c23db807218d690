/** What this browser remembers between visits: the session, its conversations, and words not yet sent. */
import type { Written } from './chat-state';

export type SavedConversation = { id: string; title: string; at: string };

export type Saved = {
  sessionToken: string | null;
  /** The conversation that a reload or a second tab comes back to. */
  current: string | null;
  /** Those with at least one message, newest first. */
  conversations: SavedConversation[];
  /** Messages without an acknowledgement; they are sent again with the same client id. */
  unsent: (Written & { conversationId: string | null })[];
};

const KEY = 'supportbot.chats';
const MAX_CONVERSATIONS = 30;
const MAX_TITLE = 80;
const NOTHING: Saved = { sessionToken: null, current: null, conversations: [], unsent: [] };

export class SavedChats {
  readonly #storage: Storage | null;
  readonly #key: string;
  #memory: Saved = NOTHING;

  /**
   * Every customer who uses this browser has a memory of their own; an empty name is a guest's.
   * Without a storage, or with one that refuses, everything is kept for this visit only.
   */
  constructor(storage: Storage | null, customer = '') {
    this.#storage = storage;
    this.#key = customer === '' ? KEY : `${KEY}:${customer}`;
    this.#memory = this.read();
  }

  read(): Saved {
    try {
      const text = this.#storage?.getItem(this.#key);
      return text ? { ...NOTHING, ...JSON.parse(text) } : this.#memory;
    } catch {
      return this.#memory;
    }
  }

  update(change: (saved: Saved) => Partial<Saved>): void {
    const saved = this.read();
    this.#memory = { ...saved, ...change(saved) };
    try {
      this.#storage?.setItem(this.#key, JSON.stringify(this.#memory));
    } catch {
      // A full or forbidden storage costs the memory of this visit, not the visit.
    }
  }

  /**
   * Notes the session and conversation of an opened connection, for the messages that waited too. The
   * conversations of another session cannot be opened in this one.
   */
  enter(sessionToken: string, conversationId: string): void {
    this.update(({ sessionToken: before, conversations, unsent }) => ({
      sessionToken,
      current: conversationId,
      conversations: before === null || before === sessionToken ? conversations : [],
      unsent: unsent.map((message) => ({
        ...message,
        conversationId: message.conversationId ?? conversationId,
      })),
    }));
  }

  /** Puts the conversation on top of the list, named by its first message. */
  remember(id: string, firstMessage: string, at: string): void {
    this.update(({ conversations }) => {
      if (conversations.some((conversation) => conversation.id === id)) return {};
      const conversation = { id, title: firstMessage.slice(0, MAX_TITLE), at };
      return { conversations: [conversation, ...conversations].slice(0, MAX_CONVERSATIONS) };
    });
  }

  forgetConversation(id: string): void {
    this.update(({ current, conversations }) => ({
      current: current === id ? null : current,
      conversations: conversations.filter((conversation) => conversation.id !== id),
    }));
  }

  forgetSession(): void {
    this.update(() => NOTHING);
  }

  unsentIn(conversationId: string | null): Written[] {
    return this.read()
      .unsent.filter((message) => message.conversationId === conversationId)
      .map(({ clientId, text, at }) => ({ clientId, text, at }));
  }

  addUnsent(conversationId: string | null, message: Written): void {
    this.update(({ unsent }) => ({ unsent: [...unsent, { ...message, conversationId }] }));
  }

  removeUnsent(clientId: string): void {
    this.update(({ unsent }) => ({
      unsent: unsent.filter((message) => message.clientId !== clientId),
    }));
  }
}

/** The browser's storage, or null where it is forbidden. */
export function browserStorage(): Storage | null {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}
