import { type ComponentProps, memo, useDeferredValue, useMemo } from 'react';
import ReactMarkdown, { type Components, type Options } from 'react-markdown';
import { harden } from 'rehype-harden';
import remarkGfm from 'remark-gfm';
import remend from 'remend';
import { CitationMark } from './citation-mark';
import { citationMarks } from './citation-marks';
import { markdownBlocks } from './markdown-blocks';

const remarkPlugins: Options['remarkPlugins'] = [remarkGfm, citationMarks];

/** No images, no data URLs, links within this site alone; what is refused stays as its text. */
const rehypePlugins: Options['rehypePlugins'] = [
  [
    harden,
    {
      defaultOrigin: window.location.origin,
      allowedLinkPrefixes: [`${window.location.origin}/`],
      allowedImagePrefixes: [],
      allowDataImages: false,
      linkBlockPolicy: 'text-only',
      imageBlockPolicy: 'remove',
    },
  ],
];

const components: Components = {
  h1: 'h3',
  h2: 'h3',
  h3: 'h3',
  h4: 'h4',
  h5: 'h4',
  h6: 'h4',
  a: ({ href, children }) =>
    href ? (
      <a href={href} target="_blank" rel="noopener">
        {children}
      </a>
    ) : (
      children
    ),
  cite: ({ node }) => <CitationMark number={Number(node?.properties.dataNumber)} />,
  pre: ({ children }) => (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <pre tabIndex={0}>{children}</pre>
  ),
  table: ({ children }) => <Table>{children}</Table>,
};

function Table({ children }: ComponentProps<'table'>) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <div className="table-frame" tabIndex={0}>
      <table>{children}</table>
    </div>
  );
}

/** Only addresses of this site, whatever they look like; the rest is emptied before it is hardened. */
function ownOrigin(url: string): string {
  try {
    const { protocol, origin } = new URL(url, window.location.href);
    const web = protocol === 'http:' || protocol === 'https:';
    return web && origin === window.location.origin ? url : '';
  } catch {
    return '';
  }
}

const Block = memo(function Block({ text }: { text: string }) {
  return (
    <div className="prose-block">
      <ReactMarkdown
        remarkPlugins={remarkPlugins}
        rehypePlugins={rehypePlugins}
        components={components}
        urlTransform={ownOrigin}
        disallowedElements={['img']}
      >
        {text}
      </ReactMarkdown>
    </div>
  );
});

type Props = { text: string; streaming?: boolean };

/** Untrusted Markdown, drawn safely. While it streams, what is half written is completed or left out. */
export function Markdown({ text, streaming = false }: Props) {
  const shown = useDeferredValue(text);
  const blocks = useMemo(() => markdownBlocks(shown), [shown]);
  const last = blocks.length - 1;
  return (
    <div className="prose" dir="auto">
      {blocks.map((block, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: blocks are only ever appended
        <Block key={index} text={streaming && index === last ? completed(block) : block} />
      ))}
    </div>
  );
}

/** The beginning of a citation mark or of a list item, at the end of the text. */
const HALF_MARK = /\[\d{0,3}$|(?<=\n) *(?:\d{1,3}[.)]?|[-*+])$/;

/** A block in the middle of being written, without the syntax that is not complete yet. */
function completed(block: string): string {
  return remend(block.replace(HALF_MARK, ''), { linkMode: 'text-only', images: false });
}
