import { markdownBlocks } from './markdown-blocks';

const texts = [
  'one\n\ntwo\n\nthree',
  '- a\n\n- b\n\n  more of b\n\nafter the list',
  '1. a\n\n2. b\n\n3. c',
  '```js\nlet a\n\nlet b\n```\n\nafter',
  '~~~\n```\n\n~~~\n\nafter',
  '| a | b |\n|---|---|\n| 1 | 2 |\n\n# Title\ntext',
  'text\n\n    indented\n\n    code\n\nafter',
  '> quote\n\n> another\n',
  '\n\n\nstarts late\n\n\n\nends late\n\n\n',
];

test.each(texts)('the blocks of %j are its text, and grow at the end alone', (text) => {
  const whole = markdownBlocks(text);
  expect(whole.join('')).toBe(text);
  for (let end = 1; end <= text.length; end += 1) {
    const blocks = markdownBlocks(text.slice(0, end));
    expect(blocks.join('')).toBe(text.slice(0, end));
    expect(whole.slice(0, blocks.length - 1)).toEqual(blocks.slice(0, -1));
  }
});

test('paragraphs are blocks of their own', () => {
  expect(markdownBlocks('one\n\ntwo\n\nthree')).toEqual(['one\n\n', 'two\n\n', 'three']);
});

test('a list with blank lines stays one block', () => {
  expect(markdownBlocks('1. a\n\n2. b\n\n   more\n\nafter')).toEqual([
    '1. a\n\n2. b\n\n   more\n\n',
    'after',
  ]);
});

test('fenced code with blank lines stays one block', () => {
  expect(markdownBlocks('```\na\n\nb\n```\n\nafter')).toEqual(['```\na\n\nb\n```\n\n', 'after']);
});
