import type { Root } from 'mdast';
import { findAndReplace } from 'mdast-util-find-and-replace';

/** A remark plugin: marks like `[1]` in running text become `<cite data-number="1">`. */
export function citationMarks() {
  return (tree: Root): void => {
    findAndReplace(tree, [[/\[(\d{1,3})\]/g, (_, number: string) => toCite(number)]], {
      ignore: ['link', 'linkReference'],
    });
  };
}

function toCite(number: string) {
  return {
    type: 'text' as const,
    value: '',
    data: {
      hName: 'cite',
      hProperties: { dataNumber: number },
      hChildren: [{ type: 'text' as const, value: `[${number}]` }],
    },
  };
}
