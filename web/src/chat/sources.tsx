import { t } from '../strings';
import { Icon } from '../ui/icon';
import type { Citation } from './protocol';
import { sectionPath } from './section-name';

type Props = { citations: readonly Citation[]; onOpen: (citation: Citation) => void };

/** The sections that a reply leans on, each a way into the panel. */
export function Sources({ citations, onOpen }: Props) {
  if (citations.length === 0) return null;
  return (
    <ul aria-label={t.reply.sources} className="mt-3.5 flex flex-wrap gap-2">
      {citations.map((citation) => (
        <li key={citation.number} className="max-w-full">
          <button
            type="button"
            data-testid="source"
            className="flex max-w-full items-center gap-2 rounded-full border border-line bg-surface py-1 ps-2.5 pe-3 text-meta text-ink-soft transition-colors hover:border-line-strong hover:text-ink"
            onClick={() => onOpen(citation)}
          >
            <Icon name="book" className="size-3.5 text-brand" />
            <span className="font-semibold text-brand tabular-nums">{citation.number}</span>
            <span className="truncate">{sectionPath(citation)}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
