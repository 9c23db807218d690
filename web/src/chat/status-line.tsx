import { useEffect, useState } from 'react';
import { t } from '../strings';
import { BrandMark } from '../ui/brand-mark';

const STILL_AFTER_MS = 10_000;
const LONG_AFTER_MS = 45_000;

/** What is being done for the customer, from the service's own words; patient, and honest when it takes long. */
export function StatusLine({ text }: { text: string | null }) {
  const waited = useWaited();
  return (
    <div data-testid="status" role="status" className="flex animate-rise items-start gap-3">
      <BrandMark className="hidden size-9 sm:block" />
      <div className="pt-1.5 text-ink-soft">
        <p className="flex items-center gap-3">
          <Dots />
          {text ?? t.waiting.thinking}
        </p>
        {waited !== 'short' && (
          <p className="mt-1 text-meta">{waited === 'still' ? t.waiting.still : t.waiting.long}</p>
        )}
      </div>
    </div>
  );
}

function useWaited(): 'short' | 'still' | 'long' {
  const [waited, setWaited] = useState<'short' | 'still' | 'long'>('short');
  useEffect(() => {
    const still = setTimeout(() => setWaited('still'), STILL_AFTER_MS);
    const long = setTimeout(() => setWaited('long'), LONG_AFTER_MS);
    return () => {
      clearTimeout(still);
      clearTimeout(long);
    };
  }, []);
  return waited;
}

const delays = ['', '[animation-delay:160ms]', '[animation-delay:320ms]'];

function Dots() {
  return (
    <span className="flex gap-1" aria-hidden="true">
      {delays.map((delay) => (
        <span key={delay} className={`size-1.5 animate-breathe rounded-full bg-brand ${delay}`} />
      ))}
    </span>
  );
}
