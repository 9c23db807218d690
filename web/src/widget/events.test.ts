import { createEvents } from './events';

test('who listens is called until they no longer want to be', () => {
  const { emit, on } = createEvents();
  const heard: string[] = [];
  const off = on('message', ({ text }) => heard.push(text));
  emit('message', { text: 'one' });
  emit('open', undefined);
  off();
  emit('message', { text: 'two' });
  expect(heard).toEqual(['one']);
});

test('a listener that throws keeps nobody else from hearing, and is reported', () => {
  const { emit, on } = createEvents();
  const reported = vi.fn();
  vi.stubGlobal('reportError', reported);
  const heard = vi.fn();
  on('close', () => {
    throw new Error('theirs');
  });
  on('close', heard);
  emit('close', undefined);
  expect(heard).toHaveBeenCalledOnce();
  expect(reported).toHaveBeenCalledOnce();
  vi.unstubAllGlobals();
});
