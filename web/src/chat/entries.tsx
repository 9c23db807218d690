import { ActionCard } from './action-card';
import type { ChatClient } from './chat-client';
import type { ChatState, Entry as EntryState, Reply as ReplyState } from './chat-state';
import { CustomerMessage } from './customer-message';
import { Notice } from './notice';
import { OrderCard } from './order-card';
import { OrderListCard } from './order-list-card';
import type { Citation } from './protocol';
import { Reply } from './reply';

type Props = { client: ChatClient; chat: ChatState; onCite: (citation: Citation) => void };

/** Everything that was said and shown, in its order. */
export function Entries(props: Props) {
  return props.chat.entries.map((entry) => <Entry key={entry.key} entry={entry} {...props} />);
}

function Entry({ entry, client, chat, onCite }: Props & { entry: EntryState }) {
  switch (entry.kind) {
    case 'customer': {
      const connected = chat.connection.state === 'connected';
      return <CustomerMessage message={entry} client={client} connected={connected} />;
    }
    case 'order':
      return <OrderCard order={entry.order} />;
    case 'orders':
      return <OrderListCard list={entry.list} onOrder={(text) => client.send(text)} />;
    case 'action':
      return (
        <ActionCard entry={entry} onAnswer={(answer) => client.answerAction(entry.key, answer)} />
      );
    case 'notice':
      return <Notice notice={entry} />;
    case 'reply':
      return (
        <Reply
          reply={entry}
          citations={chat.citations[entry.key]}
          vote={chat.votes[entry.key]}
          question={entry.failed ? questionOf(chat, entry) : ''}
          client={client}
          onCite={onCite}
        />
      );
  }
}

/** What the customer wrote that this reply answers. */
function questionOf(chat: ChatState, reply: ReplyState): string {
  return chat.entries
    .filter((entry) => entry.kind === 'customer')
    .filter((message) => message.messageId && reply.inReplyTo.includes(message.messageId))
    .map((message) => message.text)
    .join('\n');
}
