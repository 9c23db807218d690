import { type FormEvent, useId, useState } from 'react';
import { t } from '../strings';
import { Button } from '../ui/button';

const MAX_REASON = 1000;

type Props = { label: string; onSend: (reason: string) => void; onDone: () => void };

/** Asks why, without insisting. */
export function FeedbackReason({ label, onSend, onDone }: Props) {
  const id = useId();
  const [reason, setReason] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (reason.trim()) onSend(reason.trim());
    onDone();
  };
  return (
    <form
      ref={scrollToIt}
      onSubmit={submit}
      onKeyDown={(event) => event.key === 'Escape' && onDone()}
      className="mt-2 max-w-md animate-rise rounded-2xl border border-line bg-surface p-3 shadow-low"
    >
      <label htmlFor={id} className="text-meta text-ink-soft">
        {label}
      </label>
      <textarea
        id={id}
        rows={2}
        maxLength={MAX_REASON}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
        className="mt-1.5 block w-full resize-none rounded-xl border border-line-strong bg-paper px-3 py-2 text-base sm:text-sm"
      />
      <div className="mt-2 flex justify-end gap-2">
        <Button kind="ghost" onClick={onDone}>
          {t.reply.skipReason}
        </Button>
        <Button kind="primary" type="submit">
          {t.reply.sendReason}
        </Button>
      </div>
    </form>
  );
}

function scrollToIt(form: HTMLFormElement | null): void {
  form?.scrollIntoView({ block: 'nearest' });
}
