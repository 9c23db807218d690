import type { Tone } from './order-status';

const tones: Record<Tone, string> = {
  good: 'bg-good-soft text-good',
  active: 'bg-brand-soft text-brand',
  warning: 'bg-accent-soft text-accent',
  ended: 'bg-sunken text-ink-soft',
};

export function StatusPill({ tone, label }: { tone: Tone; label: string }) {
  return (
    <span className={`shrink-0 rounded-full px-2.5 py-0.5 text-meta font-medium ${tones[tone]}`}>
      {label}
    </span>
  );
}
