import { useEffect, useState } from 'react';

const SHOWN_MS = 2_000;

type Outcome = 'copied' | 'refused' | null;

/** Copies a text and says for a moment how it went. */
export function useCopy(): [Outcome, (text: string) => void] {
  const [outcome, setOutcome] = useState<Outcome>(null);

  useEffect(() => {
    if (!outcome) return;
    const timer = setTimeout(() => setOutcome(null), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [outcome]);

  const copy = async (text: string) => {
    try {
      await navigator.clipboard.writeText(text);
      setOutcome('copied');
    } catch {
      setOutcome('refused');
    }
  };
  return [outcome, copy];
}
