import { createContext, useContext, useEffect, useState } from 'react';

const KEY = 'supportbot.theme';
const SYSTEM = '(prefers-color-scheme: dark)';

export type Theme = 'light' | 'dark';

/** The element that bears the colours: the whole page, unless the chat is only a part of one. */
export const ThemeRoot = createContext<HTMLElement>(document.documentElement);

/** The colours in use and a switch. A choice equal to the system's is not kept: the system leads again. */
export function useTheme(): [Theme, () => void] {
  const root = useContext(ThemeRoot);
  const [theme, setTheme] = useState<Theme>(() => chosenTheme() ?? systemTheme());

  useEffect(() => {
    root.classList.toggle('dark', theme === 'dark');
  }, [root, theme]);

  useEffect(() => {
    const system = window.matchMedia(SYSTEM);
    const follow = () => setTheme(chosenTheme() ?? systemTheme());
    system.addEventListener('change', follow);
    return () => system.removeEventListener('change', follow);
  }, []);

  const toggle = () => {
    const next = theme === 'dark' ? 'light' : 'dark';
    keepTheme(next === systemTheme() ? null : next);
    setTheme(next);
  };
  return [theme, toggle];
}

function systemTheme(): Theme {
  return window.matchMedia(SYSTEM).matches ? 'dark' : 'light';
}

function chosenTheme(): Theme | null {
  try {
    const chosen = localStorage.getItem(KEY);
    return chosen === 'dark' || chosen === 'light' ? chosen : null;
  } catch {
    return null;
  }
}

function keepTheme(theme: Theme | null): void {
  try {
    if (theme) localStorage.setItem(KEY, theme);
    else localStorage.removeItem(KEY);
  } catch {
    // Without a storage the choice lasts as long as the page.
  }
}
