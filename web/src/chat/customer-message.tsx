import { memo } from 'react';
import { formatTime } from '../format';
import { t } from '../strings';
import { Button } from '../ui/button';
import { Icon } from '../ui/icon';
import type { ChatClient } from './chat-client';
import type { CustomerMessage as Message } from './chat-state';

type Props = { message: Message; client: ChatClient; connected: boolean };

export const CustomerMessage = memo(function CustomerMessage({
  message,
  client,
  connected,
}: Props) {
  return (
    <article
      data-testid="message"
      data-role="user"
      data-status={message.status}
      className="log-entry flex animate-rise flex-col items-end gap-1 ps-8 sm:ps-24"
    >
      <p
        dir="auto"
        className="max-w-full rounded-3xl rounded-ee-lg bg-bubble px-4 py-2.5 leading-relaxed break-words whitespace-pre-wrap text-on-bubble"
      >
        <span className="sr-only">{t.said(t.you)} </span>
        {message.text}
      </p>
      {message.status === 'failed' ? (
        <Failed message={message} client={client} />
      ) : (
        <Progress message={message} connected={connected} />
      )}
    </article>
  );
});

function Progress({ message: { status, at }, connected }: Omit<Props, 'client'>) {
  const sending = connected ? t.message.sending : t.message.waiting;
  const icon = { sending: 'clock', sent: 'check', answered: 'checks', failed: 'alert' } as const;
  const words = { sending, sent: t.message.sent, answered: t.message.answered, failed: '' };
  return (
    <p className="flex items-center gap-1.5 pe-1 text-meta whitespace-nowrap text-ink-soft">
      {at && <time dateTime={at}>{formatTime(at)}</time>}
      <Icon name={icon[status]} className="size-3.5" />
      <span className={status === 'sending' ? '' : 'sr-only'}>{words[status]}</span>
    </p>
  );
}

function Failed({ message, client }: Omit<Props, 'connected'>) {
  const failure = message.failure;
  const seconds = failure?.retryAfterMs ? Math.ceil(failure.retryAfterMs / 1000) : 0;
  return (
    <div
      role="alert"
      className="flex max-w-full flex-wrap items-center justify-end gap-x-3 gap-y-1.5 pe-1"
    >
      <p className="flex items-start gap-1.5 text-meta text-danger">
        <Icon name="alert" className="mt-0.5 size-4" />
        <span>
          {t.message.failed} {failure && t.message.errors[failure.code]}
          {seconds > 0 && ` ${t.message.retryIn(seconds)}`}
        </span>
      </p>
      {failure?.code !== 'too_long' && failure?.code !== 'unauthorized' && (
        <Button icon="retry" className="min-h-8" onClick={() => client.retry(message.key)}>
          {t.message.retry}
        </Button>
      )}
    </div>
  );
}
