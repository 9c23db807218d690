/**
 * Markdown cut into blocks that can be drawn one by one: text that is appended changes the last block
 * alone, so what stands is neither parsed nor drawn again while an answer streams in.
 *
 * It cuts only after a blank line, outside fenced code, and before a line that cannot go on the list
 * or the indented text above it. Joined together, the blocks are the text.
 */
export function markdownBlocks(text: string): string[] {
  const blocks: string[] = [];
  let block = '';
  let fence: string | null = null;
  let afterBlank = false;
  for (const line of linesOf(text)) {
    if (fence === null && afterBlank && startsAnew(line, block)) {
      blocks.push(block);
      block = '';
    }
    fence = fenceAfter(line, fence);
    afterBlank = line.trim() === '';
    block += line;
  }
  return block === '' ? blocks : [...blocks, block];
}

function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** Also a number at the very end of the text: it may become the mark of an item. */
const LIST_ITEM = /^ {0,3}(?:[-*+]|\d{1,9}[.)])(?:\s|$)|^\d{1,9}$/;

function startsAnew(line: string, block: string): boolean {
  if (/^\s/.test(line)) return false;
  return !(LIST_ITEM.test(line) && LIST_ITEM.test(block));
}

function fenceAfter(line: string, open: string | null): string | null {
  const [, mark, rest = ''] = /^\s*(?:[-*+>]\s+)*(`{3,}|~{3,})(.*)$/.exec(line.trimEnd()) ?? [];
  if (!mark) return open;
  if (open === null) return mark.startsWith('`') && rest.includes('`') ? null : mark;
  const closes = mark[0] === open[0] && mark.length >= open.length && rest.trim() === '';
  return closes ? null : open;
}
