import { choose, otherLanguage, t } from '../strings';
import { BrandMark } from '../ui/brand-mark';
import { IconButton } from '../ui/button';
import { useTheme } from '../ui/use-theme';
import type { Connection } from './chat-state';
import { ConnectionState } from './connection-state';

type Props = {
  connection: Connection;
  onNew: () => void;
  onHistory: () => void;
  /** Only where the chat is a part of another page. */
  onClose?: (() => void) | undefined;
};

export function Header({ connection, onNew, onHistory, onClose }: Props) {
  const [theme, toggleTheme] = useTheme();
  return (
    <header className="flex items-center gap-3 border-b border-line bg-surface py-2.5 ps-3 pe-1.5 sm:ps-6 sm:pe-4">
      <BrandMark />
      <div className="min-w-0 flex-1">
        <h1 className="truncate font-serif text-title font-semibold">{t.shop}</h1>
        <ConnectionState connection={connection} />
      </div>
      <div className="flex sm:gap-2">
        <IconButton icon="history" label={t.header.conversations} onClick={onHistory} />
        <IconButton icon="pen" label={t.header.newConversation} onClick={onNew} />
        <button
          type="button"
          lang={otherLanguage()}
          title={t.header.otherLanguage}
          className="size-9 shrink-0 rounded-full text-meta font-semibold text-ink-soft uppercase transition-colors hover:bg-sunken hover:text-ink"
          onClick={() => choose(otherLanguage())}
        >
          <span aria-hidden="true">{otherLanguage()}</span>
          <span className="sr-only">{t.header.otherLanguage}</span>
        </button>
        <IconButton
          icon={theme === 'dark' ? 'sun' : 'moon'}
          label={theme === 'dark' ? t.header.toLight : t.header.toDark}
          onClick={toggleTheme}
        />
        {onClose && <IconButton icon="close" label={t.header.close} onClick={onClose} />}
      </div>
    </header>
  );
}
