import { useEffect, useState } from 'react';

/** Whether a moment has passed; the component is drawn again when it does. */
export function usePast(moment: string): boolean {
  const at = Date.parse(moment);
  const [past, setPast] = useState(() => at <= Date.now());
  useEffect(() => {
    const left = at - Date.now();
    setPast(left <= 0);
    const timer = left > 0 ? setTimeout(() => setPast(true), left) : undefined;
    return () => clearTimeout(timer);
  }, [at]);
  return past;
}
