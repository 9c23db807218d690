import { t } from '../strings';
import type { Connection } from './chat-state';

const dots: Record<Connection['state'], string> = {
  connecting: 'bg-accent animate-pulse',
  connected: 'bg-good',
  disconnected: 'bg-danger',
};

export function ConnectionState({ connection: { state } }: { connection: Connection }) {
  return (
    <p
      role="status"
      data-testid="connection"
      data-state={state}
      className="flex items-center gap-1.5 text-meta leading-4 text-ink-soft"
    >
      <span className={`size-2 rounded-full ${dots[state]}`} aria-hidden="true" />
      {t.connection[state]}
    </p>
  );
}
