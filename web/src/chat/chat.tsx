import { useCallback, useRef, useState } from 'react';
import { useLanguage } from '../ui/use-language';
import { Banner } from './banner';
import type { ChatClient } from './chat-client';
import { CitationPanel } from './citation-panel';
import { Composer } from './composer';
import { Conversation } from './conversation';
import { Entries } from './entries';
import { FollowUpList } from './follow-up-list';
import { followUps } from './follow-ups';
import { Header } from './header';
import { HistoryPanel } from './history-panel';
import type { Citation } from './protocol';
import { Start } from './start';
import { useChat } from './use-chat';

type Beside = { kind: 'citation'; citation: Citation } | { kind: 'history' } | null;

type Props = { client: ChatClient; onClose?: () => void };

/** The whole chat, in the customer's language. */
export function Chat(props: Props) {
  const language = useLanguage();
  return (
    <div className="h-full" lang={language}>
      <ChatInOneLanguage key={language} {...props} />
    </div>
  );
}

function ChatInOneLanguage({ client, onClose }: Props) {
  const chat = useChat(client);
  const [beside, setBeside] = useState<Beside>(null);
  const input = useRef<HTMLTextAreaElement>(null);

  const cite = useCallback((citation: Citation) => setBeside({ kind: 'citation', citation }), []);
  const close = useCallback(() => setBeside(null), []);
  const send = (text: string) => {
    client.send(text);
    input.current?.focus();
  };
  const openNew = () => {
    close();
    client.openNew();
    input.current?.focus();
  };
  const openEarlier = (id: string) => {
    close();
    if (id !== chat.conversationId) client.openEarlier(id);
  };

  return (
    <div className="flex h-full flex-col">
      <Header
        connection={chat.connection}
        onNew={openNew}
        onHistory={() => setBeside({ kind: 'history' })}
        onClose={onClose}
      />
      <Banner
        chat={chat}
        onReconnect={() => client.reconnect()}
        onNew={openNew}
        onDismiss={() => client.dismissProblem()}
      />
      <div className="relative flex min-h-0 flex-1">
        <main className="flex min-w-0 flex-1 flex-col">
          <Conversation chat={chat} start={<Start onPrompt={send} />}>
            <Entries client={client} chat={chat} onCite={cite} />
            <FollowUpList prompts={followUps(chat)} onPrompt={send} />
          </Conversation>
          <Composer
            inputRef={input}
            stop={!chat.run ? 'no' : chat.run.stopping ? 'asked' : 'yes'}
            onSend={send}
            onStop={() => client.stop()}
          />
        </main>
        {beside?.kind === 'citation' && (
          <CitationPanel
            key={beside.citation.section_id}
            citation={beside.citation}
            onClose={close}
          />
        )}
        {beside?.kind === 'history' && (
          <HistoryPanel
            conversations={client.saved.read().conversations}
            current={chat.conversationId}
            onOpen={openEarlier}
            onClose={close}
          />
        )}
      </div>
    </div>
  );
}
