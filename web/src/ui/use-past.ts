import { useEffect, useState } from 'react';

/** A timer of more than this fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Whether a moment has passed; the component is drawn again when it does. */
export function usePast(moment: string): boolean {
  const at = Date.parse(moment);
  const [past, setPast] = useState(() => at <= Date.now());
  useEffect(() => {
    const left = at - Date.now();
    setPast(left <= 0);
    if (left <= 0 || left > LONGEST_TIMER_MS) return;
    const timer = setTimeout(() => setPast(true), left);
    return () => clearTimeout(timer);
  }, [at]);
  return past;
}
