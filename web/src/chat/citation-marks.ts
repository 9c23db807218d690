import type { Emphasis, Root } from 'mdast';
import { findAndReplace } from 'mdast-util-find-and-replace';

/** A remark plugin: marks like `[1]` in running text become `<cite data-number="1">[1]</cite>`. */
export function citationMarks() {
  return (tree: Root): void => {
    findAndReplace(tree, [[/\[(\d{1,3})\]/g, toCite]], { ignore: ['link', 'linkReference'] });
  };
}

function toCite(mark: string, number: string): Emphasis {
  return {
    type: 'emphasis',
    children: [{ type: 'text', value: mark }],
    data: { hName: 'cite', hProperties: { dataNumber: number } },
  };
}
