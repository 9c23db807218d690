import type { Prompt } from '../prompts';
import { t } from '../strings';
import { Button } from '../ui/button';

type Props = { prompts: readonly Prompt[]; onPrompt: (text: string) => void };

/** A few next questions, one press away. */
export function FollowUpList({ prompts, onPrompt }: Props) {
  if (prompts.length === 0) return null;
  return (
    <ul aria-label={t.start.suggestions} className="flex animate-rise flex-wrap gap-2 sm:ps-12">
      {prompts.map((prompt) => (
        <li key={prompt.name}>
          <Button data-testid="follow-up" icon={prompt.icon} onClick={() => onPrompt(prompt.text)}>
            {t.prompts[prompt.name]}
          </Button>
        </li>
      ))}
    </ul>
  );
}
