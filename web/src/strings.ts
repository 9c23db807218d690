/** The words of the page in the customer's language: the browser's, until another is chosen. */
import { de } from './strings/de';
import { en, type Strings } from './strings/en';

const catalogues = { en, de };

export type Language = keyof typeof catalogues;

const KEY = 'supportbot.language';
const listeners = new Set<() => void>();

let language: Language = chosen() ?? nearest(navigator.language);

/** The catalogue in use. A component that shows it is drawn anew when another is chosen. */
export let t: Strings = catalogues[language];

export const currentLanguage = (): Language => language;

export function otherLanguage(): Language {
  return language === 'en' ? 'de' : 'en';
}

/** Speaks a language from now on. */
export function speak(next: Language): void {
  language = next;
  t = catalogues[next];
  for (const listener of listeners) listener();
}

/** The same, for the visits to come too. */
export function choose(next: Language): void {
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // Without a storage the choice lasts as long as the page.
  }
  speak(next);
}

export function onLanguage(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The customer's own way to write dates and numbers where it is of this language. */
export function locale(): string {
  return navigator.language.startsWith(language) ? navigator.language : language;
}

/** The language nearest to the wanted one; English where there is none. */
export function nearest(wanted: string): Language {
  return wanted.toLowerCase().startsWith('de') ? 'de' : 'en';
}

/** What was chosen on an earlier visit. */
export function chosen(): Language | null {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === 'de' || kept === 'en' ? kept : null;
  } catch {
    return null;
  }
}
