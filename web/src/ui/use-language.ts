import { useSyncExternalStore } from 'react';
import { currentLanguage, type Language, onLanguage } from '../strings';

/** The language of the page; the component is drawn again when another is chosen. */
export function useLanguage(): Language {
  return useSyncExternalStore(onLanguage, currentLanguage);
}
