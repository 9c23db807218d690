import { formatDay } from '../format';
import { t } from '../strings';
import { Panel } from '../ui/panel';
import type { SavedConversation } from './saved-chats';

type Props = {
  conversations: readonly SavedConversation[];
  current: string | null;
  onOpen: (id: string) => void;
  onClose: () => void;
};

/** The conversations this browser has had, to go back to. */
export function HistoryPanel({ conversations, current, onOpen, onClose }: Props) {
  return (
    <Panel title={t.header.conversations} onClose={onClose}>
      {conversations.length === 0 && <p className="text-ink-soft">{t.history.empty}</p>}
      <ul className="-mx-2 space-y-1">
        {conversations.map(({ id, title, at }) => (
          <li key={id}>
            <button
              type="button"
              aria-current={id === current}
              onClick={() => onOpen(id)}
              className="w-full rounded-xl px-3 py-2.5 text-start hover:bg-sunken aria-[current=true]:bg-brand-soft"
            >
              <span className="line-clamp-2 text-sm font-medium" dir="auto">
                {title}
              </span>
              <span className="text-meta text-ink-soft">
                {id === current ? t.history.here : formatDay(at)}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
