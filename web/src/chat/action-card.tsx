import { formatTime } from '../format';
import { t } from '../strings';
import { Button } from '../ui/button';
import { usePast } from '../ui/use-past';
import type { ActionEntry } from './chat-state';
import type { ActionAnswer } from './protocol';

type Props = { entry: ActionEntry; onAnswer: (answer: ActionAnswer) => void };

/** A change that is made only when the customer confirms it, with exactly what would be done. */
export function ActionCard({ entry: { action, state, asked, refused }, onAnswer }: Props) {
  const expired = usePast(action.expires_at);
  const open = state === 'open' && !expired && !refused;
  return (
    <section
      data-testid="action"
      data-state={open || state !== 'open' ? state : 'expired'}
      aria-label={t.action.title}
      className="max-w-xl animate-rise rounded-2xl border border-line bg-surface p-4 shadow-low sm:ms-12"
    >
      <h3 className="text-meta font-medium text-ink-soft">{t.action.title}</h3>
      <p className="mt-0.5 font-semibold">{t.action.tools[action.tool] ?? inWords(action.tool)}</p>
      <dl className="mt-2.5 flex flex-wrap gap-x-7 gap-y-2">
        {Object.entries(action.arguments).map(([name, value]) => (
          <div key={name} className="min-w-0">
            <dt className="text-meta text-ink-soft">{t.action.arguments[name] ?? inWords(name)}</dt>
            <dd className="text-sm font-medium break-words" dir="auto">
              {typeof value === 'string' ? value : JSON.stringify(value)}
            </dd>
          </div>
        ))}
      </dl>
      {open && (
        <div className="mt-3.5 flex flex-wrap gap-2">
          <Button kind="primary" disabled={asked !== null} onClick={() => onAnswer('confirmed')}>
            {t.action.confirm}
          </Button>
          <Button disabled={asked !== null} onClick={() => onAnswer('declined')}>
            {t.action.decline}
          </Button>
        </div>
      )}
      <p role="status" className="mt-3 text-meta text-ink-soft">
        {remark({ state, refused, expired, until: formatTime(action.expires_at) })}
      </p>
    </section>
  );
}

type Standing = Pick<ActionEntry, 'state' | 'refused'> & { expired: boolean; until: string };

function remark({ state, refused, expired, until }: Standing): string {
  if (state !== 'open') return t.action[state];
  if (expired) return t.action.expired;
  return refused ? t.action.refused : t.action.until(until);
}

function inWords(name: string): string {
  const words = name.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
