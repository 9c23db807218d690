import type { Emit, Supportbot, WidgetEvents } from './contract';

type Listener = (detail: never) => void;

/** Who listens to what; a listener that throws harms nobody else. */
export function createEvents(): { emit: Emit; on: Supportbot['on'] } {
  const listeners = new Map<keyof WidgetEvents, Set<Listener>>();
  return {
    emit: (event, detail) => {
      for (const listener of listeners.get(event) ?? []) {
        try {
          listener(detail as never);
        } catch (error) {
          reportError(error);
        }
      }
    },
    on: (event, listener) => {
      const known = listeners.get(event) ?? new Set<Listener>();
      listeners.set(event, known.add(listener));
      return () => known.delete(listener);
    },
  };
}
