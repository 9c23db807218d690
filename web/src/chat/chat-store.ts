import { type Action, type ChatState, emptyChat, reduce } from './chat-state';

/** What streams in is drawn at most once in this time: no reader is faster, and drawing costs. */
const DRAWN_EVERY_MS = 50;

/** The conversation's state, and who wants to know when it changes. */
export class ChatStore {
  readonly #listeners = new Set<() => void>();
  #state: ChatState = emptyChat;
  #showing: ReturnType<typeof setTimeout> | undefined;
  #streamedAt = Number.NEGATIVE_INFINITY;

  readonly getState = (): ChatState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Changes the state; everybody is told at once. */
  dispatch(action: Action): void {
    this.#state = reduce(this.#state, action);
    this.#show();
  }

  /**
   * Changes the state by something of many that follow each other: everybody is told of the first at once,
   * and of the others together with what comes soon after.
   */
  dispatchSoon(action: Action): void {
    this.#state = reduce(this.#state, action);
    const pause = this.#streamedAt + DRAWN_EVERY_MS - performance.now();
    this.#showing ??= setTimeout(() => this.#showStreamed(), Math.max(0, pause));
  }

  #showStreamed(): void {
    this.#streamedAt = performance.now();
    this.#show();
  }

  #show(): void {
    clearTimeout(this.#showing);
    this.#showing = undefined;
    for (const listener of this.#listeners) listener();
  }
}
