import {
  accepted,
  chatAfter,
  citation,
  cited,
  order,
  orderShown,
  replyEnd,
  replyStart,
  replyText,
  runFinished,
  runStarted,
} from '../../test/builders';
import type { Prompt } from '../prompts';
import { followUps } from './follow-ups';

const asked = (text: string) => [accepted('a', text), runStarted()];
const answer = [replyStart(), replyText('So it is.'), replyEnd()];
const done = runFinished(['m-a']);
const texts = (prompts: Prompt[]) => prompts.map(({ words }) => words.en.text);

test('an order and a cited answer each suggest what follows from them', () => {
  expect(
    texts(followUps(chatAfter(...asked('1042'), orderShown(order), ...answer, done))),
  ).toContain('Can I still cancel my order?');
  expect(
    texts(followUps(chatAfter(...asked('returns?'), ...answer, cited([citation]), done))),
  ).toContain('When do I get my refund?');
});

test('what was asked is not suggested again', () => {
  const chat = chatAfter(...asked('When do I get my refund?'), ...answer, cited([citation]), done);
  expect(texts(followUps(chat))).not.toContain('When do I get my refund?');
});

test('nothing is suggested while an answer is written, nor after one without sources', () => {
  expect(followUps(chatAfter(...asked('returns?'), replyStart(), cited([citation])))).toEqual([]);
  expect(followUps(chatAfter(...asked('hi'), ...answer, done))).toEqual([]);
});
