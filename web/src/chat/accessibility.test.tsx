import { act, render } from '@testing-library/react';
import axe from 'axe-core';
import {
  accepted,
  citation,
  cited,
  errorFrame,
  frame,
  opened,
  order,
  orderShown,
  replyEnd,
  replyStart,
  replyText,
  runStarted,
  status,
} from '../../test/builders';
import { FakeWebSocket } from '../../test/fake-socket';
import { Chat } from './chat';
import { ChatClient } from './chat-client';
import { SavedChats } from './saved-chats';

test('no state of the page has a finding that its structure alone can show', async () => {
  FakeWebSocket.reset();
  const saved = new SavedChats(null);
  const client = new ChatClient({ url: 'ws://x/ws', saved, WebSocket: FakeWebSocket });
  client.open();
  const { container } = render(<Chat client={client} />);
  const findings = async () => {
    const { violations } = await axe.run(container, { rules: { region: { enabled: false } } });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`);
  };
  expect(await findings()).toEqual([]);

  await vi.waitFor(() => FakeWebSocket.last);
  const socket = FakeWebSocket.last;
  const events = [
    accepted('a', 'Where is my order?'),
    orderShown(order),
    replyStart(),
    replyText('| a | b |\n|---|---|\n| 1 | 2 |\n\nWithin 30 days [1].\n\n```\ncode\n```'),
    replyEnd(),
    cited([citation]),
    accepted('b', 'And now?'),
    runStarted(),
    status('Looking up your order…'),
  ];
  act(() => {
    socket.accept();
    socket.deliver(opened());
    for (const [index, event] of events.entries()) socket.deliver(frame(`1-${index + 1}`, event));
  });
  expect(await findings()).toEqual([]);

  act(() => client.send('too fast'));
  act(() => {
    socket.deliver(errorFrame('rate_limited', String(socket.of('message')[0]?.client_id)));
    socket.drop(1006);
  });
  expect(await findings()).toEqual([]);
  client.close();
});
