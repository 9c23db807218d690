import { type Prompt, startPrompts } from '../prompts';
import { currentLanguage, t } from '../strings';
import { BrandMark } from '../ui/brand-mark';
import { Icon } from '../ui/icon';

type Props = { onPrompt: (text: string) => void };

/** The empty conversation: who answers here, and a few ways to begin. */
export function Start({ onPrompt }: Props) {
  return (
    <div className="my-auto flex animate-rise flex-col sm:py-6">
      <BrandMark className="size-12 sm:size-14" />
      <h2 className="mt-4 font-serif sm:mt-5 text-display font-semibold tracking-tight text-balance">
        {t.start.title}
      </h2>
      <p className="mt-2 max-w-lg sm:mt-3 leading-relaxed text-ink-soft">{t.start.text}</p>
      <ul aria-label={t.start.suggestions} className="mt-5 grid sm:mt-7 gap-2.5 sm:grid-cols-2">
        {startPrompts.map((prompt) => (
          <li key={prompt.words.en.text}>
            <Suggestion prompt={prompt} onPrompt={onPrompt} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function Suggestion({ prompt, onPrompt }: Props & { prompt: Prompt }) {
  const { label, text } = prompt.words[currentLanguage()];
  return (
    <button
      type="button"
      data-testid="suggestion"
      onClick={() => onPrompt(text)}
      className="flex h-full w-full items-center gap-3.5 rounded-2xl border border-line bg-surface p-3 sm:p-3.5 text-start shadow-low transition-colors hover:border-brand hover:bg-brand-soft"
    >
      <span className="grid size-10 shrink-0 place-items-center rounded-xl bg-brand-soft text-brand">
        <Icon name={prompt.icon} />
      </span>
      <span className="min-w-0">
        <span className="block text-sm font-semibold">{label}</span>
        <span className="block text-meta text-ink-soft">{text}</span>
      </span>
    </button>
  );
}

/** The shape of a conversation, while the real one is fetched. */
export function Loading() {
  return (
    <div role="status" className="flex flex-col gap-5 py-6 pt-8">
      <span className="sr-only">{t.start.loading}</span>
      <span className="h-11 w-2/5 animate-pulse self-end rounded-3xl bg-sunken" />
      <span className="h-4 w-11/12 animate-pulse rounded-full bg-sunken" />
      <span className="-mt-2 h-4 w-4/5 animate-pulse rounded-full bg-sunken" />
      <span className="-mt-2 h-4 w-3/5 animate-pulse rounded-full bg-sunken" />
    </div>
  );
}
