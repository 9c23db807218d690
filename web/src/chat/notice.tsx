import { t } from '../strings';
import { Icon } from '../ui/icon';
import type { Notice as NoticeEntry } from './chat-state';

const icons = { handoff: 'person', stopped: 'stop', failed: 'alert' } as const;

/** Something that happened in the conversation and that nobody said. */
export function Notice({ notice }: { notice: NoticeEntry }) {
  const { handoff, stoppedEarly: stopped, failed } = t.reply;
  const words = { handoff, stopped, failed };
  const tone =
    notice.about === 'handoff' ? 'bg-accent-soft text-accent' : 'bg-sunken text-ink-soft';
  return (
    <p
      data-testid="notice"
      data-about={notice.about}
      className={`mx-auto flex w-fit max-w-full animate-rise items-center gap-2 rounded-2xl px-4 py-2 text-sm ${tone}`}
    >
      <Icon name={icons[notice.about]} className="size-4" />
      <span dir="auto">{notice.text ?? words[notice.about]}</span>
    </p>
  );
}
