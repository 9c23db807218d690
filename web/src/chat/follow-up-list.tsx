import type { Prompt } from '../prompts';
import { currentLanguage, t } from '../strings';
import { Button } from '../ui/button';

type Props = { prompts: readonly Prompt[]; onPrompt: (text: string) => void };

/** A few next questions, one press away. */
export function FollowUpList({ prompts, onPrompt }: Props) {
  if (prompts.length === 0) return null;
  return (
    <ul aria-label={t.start.suggestions} className="flex animate-rise flex-wrap gap-2 sm:ps-12">
      {prompts.map(({ icon, words }) => {
        const { label, text } = words[currentLanguage()];
        return (
          <li key={text}>
            <Button data-testid="follow-up" icon={icon} onClick={() => onPrompt(text)}>
              {label}
            </Button>
          </li>
        );
      })}
    </ul>
  );
}
