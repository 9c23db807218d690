import { useContext } from 'react';
import { t } from '../strings';
import { CitationContext } from './citation-context';
import { sectionName, sectionPath } from './section-name';

const shape =
  'mx-0.5 inline-grid h-[1.25rem] min-w-[1.25rem] place-items-center rounded-md px-1 align-[0.1em] text-[0.75rem] leading-none font-semibold tabular-nums';

/** The mark `[1]` in a reply: a button once its source is known, plain text when there is none. */
export function CitationMark({ number }: { number: number }) {
  const { find, open, pending } = useContext(CitationContext);
  const citation = find(number);
  if (citation) {
    return (
      <button
        type="button"
        aria-label={t.reply.citation(number, sectionName(citation).heading)}
        title={sectionPath(citation)}
        className={`${shape} bg-brand-soft text-brand hover:bg-brand hover:text-on-brand`}
        onClick={() => open(citation)}
      >
        {number}
      </button>
    );
  }
  return pending ? (
    <span className={`${shape} bg-sunken text-ink-soft`}>{number}</span>
  ) : (
    `[${number}]`
  );
}
