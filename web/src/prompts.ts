/**
 * What the page suggests, at the start and after an answer: in each language the words on the button, and the
 * message that is sent.
 */
import type { Language } from './strings';
import type { IconName } from './ui/icon';

type Words = { label: string; text: string };

export type Prompt = { icon: IconName; words: Record<Language, Words> };

export const startPrompts: readonly Prompt[] = [
  {
    icon: 'package',
    words: {
      en: { label: 'Track an order', text: 'Where is my order?' },
      de: { label: 'Bestellung verfolgen', text: 'Wo ist meine Bestellung?' },
    },
  },
  {
    icon: 'return',
    words: {
      en: { label: 'Return something', text: 'What is your return policy?' },
      de: { label: 'Etwas zurückgeben', text: 'Wie kann ich etwas zurückgeben?' },
    },
  },
  {
    icon: 'truck',
    words: {
      en: {
        label: 'Shipping',
        text: 'How long does shipping take, and what does it cost?',
      },
      de: { label: 'Versand', text: 'Wie lange dauert der Versand, und was kostet er?' },
    },
  },
  {
    icon: 'ruler',
    words: {
      en: { label: 'Find my size', text: 'How do I find my size?' },
      de: { label: 'Meine Größe finden', text: 'Wie finde ich meine Größe?' },
    },
  },
];

const question = (icon: IconName, en: string, de: string): Prompt => ({
  icon,
  words: { en: { label: en, text: en }, de: { label: de, text: de } },
});

/** After an answer that showed an order, and after one that leans on the help pages. */
export const followUpPrompts: Readonly<Record<'order' | 'sources', readonly Prompt[]>> = {
  order: [
    question('package', 'Can I still cancel my order?', 'Kann ich noch stornieren?'),
    question('return', 'How do I return an item?', 'Wie gebe ich etwas zurück?'),
  ],
  sources: [
    question('clock', 'When do I get my refund?', 'Wann bekomme ich mein Geld zurück?'),
    question('retry', 'Can I exchange an item?', 'Kann ich etwas umtauschen?'),
    question('package', 'Where is my order?', 'Wo ist meine Bestellung?'),
  ],
};

export const personPrompt: Record<Language, string> = {
  en: 'I would like to talk to a person.',
  de: 'Ich möchte mit einem Menschen sprechen.',
};
