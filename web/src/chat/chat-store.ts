import { type Action, type ChatState, emptyChat, reduce } from './chat-state';

/** What streams in is shown at most once in this time: no eye is faster, and drawing costs. */
const SHOWN_EVERY_MS = 50;

/** The conversation's state, and who wants to know when it changes. */
export class ChatStore {
  readonly #listeners = new Set<() => void>();
  #state: ChatState = emptyChat;
  #showing: ReturnType<typeof setTimeout> | undefined;
  #shownAt = Number.NEGATIVE_INFINITY;

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

  /** Changes the state; everybody is told, at once after a pause, else together with what comes until then. */
  dispatchSoon(action: Action): void {
    this.#state = reduce(this.#state, action);
    const pause = this.#shownAt + SHOWN_EVERY_MS - performance.now();
    this.#showing ??= setTimeout(() => this.#show(), Math.max(0, pause));
  }

  #show(): void {
    clearTimeout(this.#showing);
    this.#showing = undefined;
    this.#shownAt = performance.now();
    for (const listener of this.#listeners) listener();
  }
}
