import { type KeyboardEvent, type Ref, useState } from 'react';
import { personPrompt } from '../prompts';
import { currentLanguage, t } from '../strings';
import { Button, IconButton } from '../ui/button';
import { characters, MAX_TEXT_CHARACTERS } from './protocol';

const COUNT_FROM = 200;

type Props = {
  inputRef: Ref<HTMLTextAreaElement>;
  /** Whether an answer can be stopped: `no`, `yes`, or it has been asked for. */
  stop: 'no' | 'yes' | 'asked';
  onSend: (text: string) => void;
  onStop: () => void;
};

/** Enter sends, Shift+Enter breaks the line. */
export function Composer({ inputRef, stop, onSend, onStop }: Props) {
  const [text, setText] = useState('');
  const left = MAX_TEXT_CHARACTERS - characters(text);
  const ready = text.trim() !== '' && left >= 0;

  const submit = () => {
    if (!ready) return;
    onSend(text.trim());
    setText('');
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    submit();
  };

  return (
    <form
      className="mx-auto w-full max-w-3xl px-3 pb-[max(0.75rem,env(safe-area-inset-bottom))] sm:px-6"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <div className="rounded-3xl border border-line-strong bg-surface p-2 shadow-low focus-within:border-brand focus-within:ring-1 focus-within:ring-brand">
        <GrowingText inputRef={inputRef} value={text} onText={setText} onKeyDown={onKeyDown} />
        <div className="flex items-center gap-2">
          <Button
            kind="ghost"
            icon="person"
            className="min-w-0"
            onClick={() => onSend(personPrompt[currentLanguage()])}
          >
            <span className="truncate">{t.composer.person}</span>
          </Button>
          <Remaining left={left} />
          {stop !== 'no' && (
            <Button icon="stop" disabled={stop === 'asked'} onClick={onStop}>
              <span className="max-sm:sr-only">
                {stop === 'asked' ? t.composer.stopping : t.composer.stop}
              </span>
            </Button>
          )}
          <IconButton
            kind="primary"
            icon="arrowUp"
            label={t.composer.send}
            type="submit"
            disabled={!ready}
          />
        </div>
      </div>
      <p className="mt-2 hidden text-center text-meta text-ink-soft sm:block">{t.composer.hint}</p>
    </form>
  );
}

type GrowingTextProps = {
  inputRef: Ref<HTMLTextAreaElement>;
  value: string;
  onText: (text: string) => void;
  onKeyDown: (event: KeyboardEvent) => void;
};

const text = 'col-start-1 row-start-1 max-h-[33dvh] px-2.5 py-2 leading-normal';

/** A field as high as its text, up to a third of the screen: an invisible copy of the text holds it open. */
function GrowingText({ inputRef, value, onText, onKeyDown }: GrowingTextProps) {
  return (
    <div className="grid">
      <div
        aria-hidden="true"
        className={`invisible overflow-hidden break-words whitespace-pre-wrap ${text}`}
      >
        {`${value} `}
      </div>
      <textarea
        ref={inputRef}
        rows={1}
        dir="auto"
        aria-label={t.composer.label}
        placeholder={t.composer.placeholder}
        value={value}
        onChange={(event) => onText(event.target.value)}
        onKeyDown={onKeyDown}
        className={`w-full resize-none bg-transparent outline-none placeholder:text-ink-soft ${text}`}
      />
    </div>
  );
}

function Remaining({ left }: { left: number }) {
  const words = left < 0 ? t.composer.over(-left) : t.composer.left(left);
  return (
    <span
      aria-live="polite"
      className={`min-w-0 flex-1 text-end text-meta ${left < 0 ? 'text-danger' : 'text-ink-soft'}`}
    >
      {left <= COUNT_FROM && words}
    </span>
  );
}
