import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { renderToStaticMarkup } from 'react-dom/server';
import { citation } from '../../test/builders';
import hostileMarkdown from '../../test/hostile-markdown.json';
import { CitationContext } from './citation-context';
import { Markdown } from './markdown';

const HARMFUL =
  'img, script, iframe, object, embed, style, link, base, form, svg, video, audio, source';

function drawn(text: string, streaming: boolean): DocumentFragment {
  const template = document.createElement('template');
  template.innerHTML = renderToStaticMarkup(<Markdown text={text} streaming={streaming} />);
  return template.content;
}

function dangers(root: DocumentFragment): string[] {
  const elements = [...root.querySelectorAll('*')];
  const attributes = elements.flatMap((element) => [...element.attributes]);
  const foreign = attributes
    .filter(({ name }) => ['href', 'src', 'srcset', 'action', 'background'].includes(name))
    .filter(({ value }) => new URL(value, window.location.href).origin !== window.location.origin);
  const active = attributes.filter(({ name }) => name.startsWith('on') || name === 'style');
  return [
    ...[...root.querySelectorAll(HARMFUL)].map((element) => element.outerHTML),
    ...[...foreign, ...active].map(({ name, value }) => `${name}=${value}`),
  ];
}

test.each(hostileMarkdown)('no prefix of %j does any harm', (payload) => {
  for (let end = 1; end <= payload.length; end += 1) {
    expect(dangers(drawn(payload.slice(0, end), true))).toEqual([]);
  }
  expect(dangers(drawn(payload, false))).toEqual([]);
});

test('a link within this site stays a link', () => {
  const link = drawn('[our stores](/stores)', false).querySelector('a');
  expect(link?.getAttribute('href')).toBe('/stores');
});

test('a foreign link stays as its text', () => {
  const root = drawn('[our stores](https://evil.example/x)', false);
  expect(root.querySelector('a')).toBeNull();
  expect(root.textContent).toContain('our stores');
});

test('tables, lists and code are drawn', () => {
  const root = drawn('| a | b |\n|---|---|\n| 1 | 2 |\n\n- one\n- two\n\n```\ncode\n```', false);
  expect(root.querySelectorAll('td')).toHaveLength(2);
  expect(root.querySelectorAll('li')).toHaveLength(2);
  expect(root.querySelector('pre code')?.textContent).toBe('code\n');
});

test('what is half written is completed or left out while it streams', () => {
  expect(drawn('this is **bo', true).querySelector('strong')?.textContent).toBe('bo');
  expect(drawn('see [our sto', true).textContent).toBe('see our sto');
  expect(drawn('as the policy says [1', true).textContent).toBe('as the policy says');
  expect(drawn('1. one\n2', true).textContent?.trim()).toBe('one');
});

test('blocks already shown are not drawn again when text is added', () => {
  const { rerender, container } = render(<Markdown text={'first\n\nsec'} streaming />);
  const first = container.querySelector('p');
  rerender(<Markdown text={'first\n\nsecond **b'} streaming />);
  expect(container.querySelector('p')).toBe(first);
  expect(container).toHaveTextContent('second b');
});

test('a mark opens its source', async () => {
  const open = vi.fn();
  const find = (number: number) => (number === 1 ? citation : undefined);
  render(
    <CitationContext value={{ find, open, pending: false }}>
      <Markdown text={'Within 30 days [1], they say [2]. `[1]` is code.'} />
    </CitationContext>,
  );
  await userEvent.click(screen.getByRole('button', { name: 'Source 1: Return policy' }));
  expect(open).toHaveBeenCalledExactlyOnceWith(citation);
  expect(screen.getAllByRole('button')).toHaveLength(1);
  expect(document.body).toHaveTextContent('they say [2]');
});

test('an e-mail address is text, not a link to this page', () => {
  render(<Markdown text="We write to **emma@example.com**." />);
  expect(screen.queryByRole('link')).toBeNull();
  expect(screen.getByText('emma@example.com')).toBeVisible();
});
