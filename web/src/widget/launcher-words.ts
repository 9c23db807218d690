/** The loader's own few words, so that it need not carry the whole catalogue. */
const words = {
  en: { name: 'Support', open: 'Chat with us', close: 'Close the chat' },
  de: { name: 'Hilfe', open: 'Mit uns chatten', close: 'Chat schließen' },
};

export function wordsFor(language: string): (typeof words)['en'] {
  return language.toLowerCase().startsWith('de') ? words.de : words.en;
}
