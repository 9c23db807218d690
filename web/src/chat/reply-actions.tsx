import { useState } from 'react';
import { t } from '../strings';
import { IconButton } from '../ui/button';
import { useCopy } from '../ui/use-copy';
import type { ShownVote } from './chat-state';
import { FeedbackReason } from './feedback-reason';
import type { Rating } from './protocol';

type Props = {
  text: string;
  vote: ShownVote | undefined;
  onRate: (rating: Rating, reason?: string) => void;
};

const small = 'size-8';

/** Copy, and one vote a reply: pressing the same thumb again takes it back. */
export function ReplyActions({ text, vote, onRate }: Props) {
  const [asking, setAsking] = useState(false);
  const [copied, copy] = useCopy();
  const rating = vote?.rating ?? 'none';
  const rate = (wanted: Rating) => {
    const next = rating === wanted ? 'none' : wanted;
    setAsking(next !== 'none');
    onRate(next);
  };
  return (
    <div className="mt-2">
      <div className="-ms-2 flex items-center">
        <IconButton
          icon={copied === 'copied' ? 'check' : 'copy'}
          label={t.reply.copy}
          className={small}
          iconClass="size-4"
          onClick={() => copy(text)}
        />
        <Thumb rating="up" pressed={rating === 'up'} onClick={() => rate('up')} />
        <Thumb rating="down" pressed={rating === 'down'} onClick={() => rate('down')} />
        <span role="status" className="ms-2 text-meta text-ink-soft">
          {copied === 'copied' && t.reply.copied}
          {copied === 'refused' && t.reply.notCopied}
          {!copied && vote?.reason && t.reply.thanks}
        </span>
      </div>
      {asking && rating !== 'none' && (
        <FeedbackReason
          label={rating === 'up' ? t.reply.reasonGood : t.reply.reasonBad}
          onSend={(reason) => onRate(rating, reason)}
          onDone={() => setAsking(false)}
        />
      )}
    </div>
  );
}

type ThumbProps = { rating: 'up' | 'down'; pressed: boolean; onClick: () => void };

function Thumb({ rating, pressed, onClick }: ThumbProps) {
  return (
    <IconButton
      icon={rating === 'up' ? 'thumbUp' : 'thumbDown'}
      label={rating === 'up' ? t.reply.helpful : t.reply.notHelpful}
      aria-pressed={pressed}
      className={`${small} aria-pressed:bg-brand-soft aria-pressed:text-brand`}
      iconClass="size-4"
      onClick={onClick}
    />
  );
}
