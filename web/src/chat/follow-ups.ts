import { followUpPrompts, type Prompt } from '../prompts';
import { currentLanguage } from '../strings';
import { type ChatState, isWaiting } from './chat-state';

const MOST = 2;

/** What to suggest after the last answer: nothing that was asked already, and nothing while one is written. */
export function followUps(chat: ChatState): Prompt[] {
  const last = chat.entries.at(-1);
  if (last?.kind !== 'reply' || last.streaming || last.failed || isWaiting(chat)) return [];
  const asked = chat.entries.flatMap((entry) => (entry.kind === 'customer' ? [entry.text] : []));
  const turn = chat.entries.slice(chat.entries.findLastIndex((entry) => entry.kind === 'customer'));
  const prompts = [
    ...(turn.some((entry) => entry.kind === 'order') ? followUpPrompts.order : []),
    ...(chat.citations[last.key]?.length ? followUpPrompts.sources : []),
  ];
  return prompts
    .filter((prompt) => !asked.includes(prompt.words[currentLanguage()].text))
    .slice(0, MOST);
}
