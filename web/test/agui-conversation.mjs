// Holds a conversation of two messages by the unmodified HttpAgent of AG-UI's client, and prints it as JSON.
// `node test/agui-conversation.mjs http://127.0.0.1:8000/agui "Where is my order?" 1042`, as a customer with IDENTITY_TOKEN
import { HttpAgent } from '@ag-ui/client';

const [url, ...questions] = process.argv.slice(2);
const identity = process.env.IDENTITY_TOKEN;
const agent = new HttpAgent({ url, headers: identity ? { 'x-identity-token': identity } : {} });
const heard = [];

agent.subscribe({
  onCustomEvent: ({ event }) => {
    // The first answer opens a session; its token makes the next question one of the same conversation.
    if (event.name !== 'session.opened') return;
    agent.headers = { ...agent.headers, authorization: `Bearer ${event.value.session_token}` };
    heard.push(event.value.conversation_id);
  },
});

for (const content of questions) {
  agent.addMessage({ id: crypto.randomUUID(), role: 'user', content });
  await agent.runAgent();
}

const messages = agent.messages.map(({ role, content, activityType }) => ({
  role,
  content,
  activityType,
}));
process.stdout.write(JSON.stringify({ conversations: [...new Set(heard)], messages }));
