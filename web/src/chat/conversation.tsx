import { type ReactNode, useEffect, useRef } from 'react';
import { t } from '../strings';
import { Button } from '../ui/button';
import { Announcer } from './announcer';
import { type ChatState, isWaiting } from './chat-state';
import { Loading } from './start';
import { StatusLine } from './status-line';
import { useStickToEnd } from './use-stick-to-end';

type Props = { chat: ChatState; start: ReactNode; children: ReactNode };

/** The scrolling log: the entries given as children, the status line after them. */
export function Conversation({ chat, start, children }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const empty = chat.entries.length === 0;
  const { away, toEnd } = useStickToEnd(frame, content, !empty);
  const lastOwn = chat.entries.findLast((entry) => entry.kind === 'customer')?.key;
  // biome-ignore lint/correctness/useExhaustiveDependencies: who writes wants to see what comes of it
  useEffect(() => {
    if (lastOwn) toEnd();
  }, [lastOwn]);

  const waiting = chat.connection.state === 'connected' && isWaiting(chat);
  const loading = !chat.loaded && chat.conversationId !== null;
  return (
    <div className="relative min-h-0 flex-1">
      <div ref={frame} className="h-full overflow-y-auto overscroll-contain">
        <div
          ref={content}
          role="log"
          aria-live="off"
          aria-label={t.log}
          aria-busy={loading}
          className="mx-auto flex min-h-full w-full max-w-3xl flex-col gap-5 px-4 pt-6 pb-5 sm:px-6"
        >
          {empty && loading && <Loading />}
          {empty && !loading && start}
          {!empty && <h2 className="sr-only">{t.log}</h2>}
          {children}
          {waiting && <StatusLine key={chat.run?.id} text={chat.run?.status ?? null} />}
        </div>
      </div>
      {away && !empty && (
        <Button
          icon="arrowDown"
          className="absolute bottom-3 left-1/2 -translate-x-1/2 shadow-high"
          onClick={toEnd}
        >
          {t.toLatest}
        </Button>
      )}
      <Announcer entries={chat.entries} />
    </div>
  );
}
