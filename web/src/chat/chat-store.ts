import { type Action, reduce } from './chat-reducer';
import { type ChatState, emptyChat } from './chat-state';

/** What streams in is drawn at most once in this time: no reader is faster, and drawing costs. */
const DRAWN_EVERY_MS = 50;
/** Where drawing takes long, most of the time is left for who types. */
const REST_PER_WORK = 3;
const LONGEST_PAUSE_MS = 250;

/** The conversation's state, and who wants to know when it changes. */
export class ChatStore {
  readonly #listeners = new Set<() => void>();
  #state: ChatState = emptyChat;
  #showing: ReturnType<typeof setTimeout> | undefined;
  #streamedAt = Number.NEGATIVE_INFINITY;
  #pause = DRAWN_EVERY_MS;

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
    const left = this.#streamedAt + this.#pause - performance.now();
    this.#showing ??= setTimeout(() => this.#showStreamed(), Math.max(0, left));
  }

  #showStreamed(): void {
    const began = performance.now();
    this.#streamedAt = began;
    this.#show();
    afterDrawing(() => {
      const rest = REST_PER_WORK * (performance.now() - began);
      this.#pause = Math.min(Math.max(DRAWN_EVERY_MS, rest), LONGEST_PAUSE_MS);
    });
  }

  #show(): void {
    clearTimeout(this.#showing);
    this.#showing = undefined;
    for (const listener of this.#listeners) listener();
  }
}

/** Once what was changed is on the screen; never where nothing is drawn. */
function afterDrawing(then: () => void): void {
  globalThis.requestAnimationFrame?.(() => setTimeout(then));
}
