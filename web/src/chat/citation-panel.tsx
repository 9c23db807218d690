import { t } from '../strings';
import { Panel } from '../ui/panel';
import { Markdown } from './markdown';
import type { Citation } from './protocol';

type Props = { citation: Citation; onClose: () => void };

/** The exact section of the knowledge base that a reply leans on. */
export function CitationPanel({ citation, onClose }: Props) {
  const path = citation.heading_path.filter((heading) => heading !== citation.title);
  return (
    <Panel title={`${t.panel.source} ${citation.number}`} onClose={onClose}>
      <article data-testid="citation-panel">
        {path.length > 0 && (
          <p className="mb-1.5 text-meta text-ink-soft" dir="auto">
            {path.join(' › ')}
          </p>
        )}
        <h3 className="mb-4 font-serif text-2xl leading-tight font-semibold" dir="auto">
          {citation.title}
        </h3>
        <Markdown text={citation.text} />
      </article>
    </Panel>
  );
}
