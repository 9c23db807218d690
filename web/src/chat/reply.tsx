import { memo, type ReactNode, useMemo } from 'react';
import { t } from '../strings';
import { BrandMark } from '../ui/brand-mark';
import { Button } from '../ui/button';
import { Icon } from '../ui/icon';
import type { ChatClient } from './chat-client';
import type { Reply as ReplyState, ShownVote } from './chat-state';
import { CitationContext } from './citation-context';
import { Markdown } from './markdown';
import type { Citation } from './protocol';
import { ReplyActions } from './reply-actions';
import { Sources } from './sources';

type Props = {
  reply: ReplyState;
  citations: readonly Citation[] | undefined;
  vote: ShownVote | undefined;
  /** What to ask again when this reply is only an apology; empty for nothing. */
  question: string;
  client: ChatClient;
  onCite: (citation: Citation) => void;
};

export const Reply = memo(function Reply({
  reply,
  citations,
  vote,
  question,
  client,
  onCite,
}: Props) {
  const { key, text, streaming, stopped, failed } = reply;
  const sources = useMemo(
    () => ({
      find: (number: number) => citations?.find((citation) => citation.number === number),
      open: onCite,
      pending: streaming,
    }),
    [citations, onCite, streaming],
  );
  return (
    <article
      data-testid="message"
      data-role="assistant"
      data-status={streaming ? 'streaming' : 'complete'}
      aria-busy={streaming}
      className="log-entry flex animate-rise gap-3"
    >
      <BrandMark className="hidden size-9 sm:block" />
      <div className="min-w-0 flex-1 sm:pt-1">
        <span className="sr-only">{t.said(t.assistant)}</span>
        <CitationContext value={sources}>
          <Markdown text={text} streaming={streaming} />
        </CitationContext>
        {citations && !streaming && <Sources citations={citations} onOpen={onCite} />}
        {stopped && <Remark icon="stop" text={t.reply.stopped} />}
        {failed && (
          <Remark icon="alert" text={t.reply.failed}>
            {question && (
              <Button icon="retry" className="min-h-8" onClick={() => client.send(question)}>
                {t.reply.askAgain}
              </Button>
            )}
          </Remark>
        )}
        {!streaming && (
          <ReplyActions
            text={text}
            vote={vote}
            onRate={(rating, reason) => client.rate(key, rating, reason)}
          />
        )}
      </div>
    </article>
  );
});

type RemarkProps = { icon: 'stop' | 'alert'; text: string; children?: ReactNode };

function Remark({ icon, text, children }: RemarkProps) {
  return (
    <div className="mt-3 flex flex-wrap items-center gap-2 text-meta text-ink-soft">
      <Icon name={icon} className="size-4" />
      {text}
      {children}
    </div>
  );
}
