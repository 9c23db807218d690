import type { ReactNode } from 'react';
import { t } from '../strings';
import { Button, IconButton } from '../ui/button';
import { Icon } from '../ui/icon';
import type { ChatState } from './chat-state';

type Props = {
  chat: ChatState;
  onReconnect: () => void;
  onNew: () => void;
  onDismiss: () => void;
};

/** What stands between the customer and an answer, and what can be done about it. */
export function Banner({ chat, onReconnect, onNew, onDismiss }: Props) {
  const { connection, problem } = chat;
  if (connection.state === 'disconnected') {
    const { why } = connection;
    const offline = why === 'retrying' && !navigator.onLine;
    return (
      <Bar late={why === 'retrying' && !offline} text={offline ? t.banner.offline : t.banner[why]}>
        {why === 'expired' && <Button onClick={onNew}>{t.banner.startNew}</Button>}
        {why !== 'expired' && !offline && (
          <Button onClick={onReconnect}>{t.banner.reconnect}</Button>
        )}
      </Bar>
    );
  }
  if (!problem) return null;
  return (
    <Bar text={t.message.errors[problem.code]}>
      <IconButton icon="close" label={t.banner.dismiss} onClick={onDismiss} />
    </Bar>
  );
}

type BarProps = { text: string; late?: boolean; children: ReactNode };

function Bar({ text, late = false, children }: BarProps) {
  return (
    <div
      data-testid="banner"
      role="status"
      className={`flex flex-wrap items-center justify-between gap-x-4 gap-y-2 border-b border-line bg-accent-soft px-4 py-2 text-sm text-accent sm:px-6 ${late ? 'animate-late' : ''}`}
    >
      <p className="flex items-center gap-2.5">
        <Icon name="alert" className="size-4" />
        {text}
      </p>
      {children}
    </div>
  );
}
