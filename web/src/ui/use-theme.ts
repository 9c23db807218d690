import { useEffect, useState } from 'react';

const KEY = 'supportbot.theme';
const SYSTEM = '(prefers-color-scheme: dark)';

export type Theme = 'light' | 'dark';

/** The colours in use and a switch. A choice equal to the system's is not kept: the system leads again. */
export function useTheme(): [Theme, () => void] {
  const [theme, setTheme] = useState<Theme>(() => chosenTheme() ?? systemTheme());

  useEffect(() => {
    document.documentElement.classList.toggle('dark', theme === 'dark');
  }, [theme]);

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
