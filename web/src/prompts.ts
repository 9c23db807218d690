/** What the empty page suggests: the words on the button are the message that is sent. */
import type { IconName } from './ui/icon';

export type Prompt = { icon: IconName; title: string; text: string };

export const startPrompts: readonly Prompt[] = [
  { icon: 'package', title: 'Track an order', text: 'Where is my order?' },
  { icon: 'return', title: 'Return something', text: 'What is your return policy?' },
  { icon: 'truck', title: 'Shipping', text: 'How long does shipping take, and what does it cost?' },
  { icon: 'ruler', title: 'Find my size', text: 'How do I find my size?' },
];

export const personPrompt = 'I would like to talk to a person.';
