import { useEffect, useRef, useState } from 'react';
import { t } from '../strings';
import type { Entry } from './chat-state';

/** Reads each reply to a screen reader once, when it is complete; never its halves, never the history. */
export function Announcer({ entries }: { entries: readonly Entry[] }) {
  const streaming = useRef(new Set<string>());
  const [words, setWords] = useState('');

  useEffect(() => {
    for (const entry of entries) {
      if (entry.kind !== 'reply') continue;
      if (entry.streaming) streaming.current.add(entry.key);
      else if (streaming.current.delete(entry.key)) {
        setWords(`${t.said(t.assistant)} ${spoken(entry.text)}`);
      }
    }
  }, [entries]);

  return (
    <div role="status" className="sr-only">
      {words}
    </div>
  );
}

/** Markdown without its signs. */
function spoken(text: string): string {
  return text
    .replace(/\[\d{1,3}\]/g, '')
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/^[ \t]*(#{1,6}|>|[-*+])[ \t]+/gm, '')
    .replace(/^[|:\- ]+$/gm, '')
    .replace(/[*_`|~]+/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}
