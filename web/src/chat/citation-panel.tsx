import { t } from '../strings';
import { Panel } from '../ui/panel';
import { Markdown } from './markdown';
import type { Citation } from './protocol';
import { sectionName } from './section-name';

type Props = { citation: Citation; onClose: () => void };

/** The exact section of the knowledge base that a reply leans on. */
export function CitationPanel({ citation, onClose }: Props) {
  const { heading, above } = sectionName(citation);
  return (
    <Panel title={`${t.panel.source} ${citation.number}`} onClose={onClose}>
      <article data-testid="citation-panel">
        {above.length > 0 && (
          <p className="mb-1.5 text-meta text-ink-soft" dir="auto">
            {above.join(' › ')}
          </p>
        )}
        <h3 className="mb-4 font-serif text-2xl leading-tight font-semibold" dir="auto">
          {heading}
        </h3>
        <Markdown text={citation.text} />
      </article>
    </Panel>
  );
}
