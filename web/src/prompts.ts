/**
 * What the page suggests, at the start and after an answer: `text` is the message that is sent, and `name` finds the
 * words on the button in the catalogue of strings.
 */
import type { Strings } from './strings/en';
import type { IconName } from './ui/icon';

export type Prompt = { name: keyof Strings['prompts']; icon: IconName; text: string };

export const startPrompts: readonly Prompt[] = [
  { name: 'track', icon: 'package', text: 'Where is my order?' },
  { name: 'return', icon: 'return', text: 'What is your return policy?' },
  {
    name: 'shipping',
    icon: 'truck',
    text: 'How long does shipping take, and what does it cost?',
  },
  { name: 'size', icon: 'ruler', text: 'How do I find my size?' },
];

/** After an answer that showed an order, and after one that leans on the help pages. */
export const followUpPrompts: Readonly<Record<'order' | 'sources', readonly Prompt[]>> = {
  order: [
    { name: 'cancel', icon: 'package', text: 'Can I still cancel my order?' },
    { name: 'returnItem', icon: 'return', text: 'How do I return an item?' },
  ],
  sources: [
    { name: 'refund', icon: 'clock', text: 'When do I get my refund?' },
    { name: 'exchange', icon: 'retry', text: 'Can I exchange an item?' },
    { name: 'track', icon: 'package', text: 'Where is my order?' },
  ],
};

export const personPrompt = 'I would like to talk to a person.';
