// A scripted gateway for working on the page without the services: it speaks docs/frames.md and answers by
// rote. Not for tests of the product; `npm run dev:fake`, then `SUPPORTBOT_URL=http://127.0.0.1:8999 npm run dev`.
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocketServer } from 'ws';
import { answerTo } from './fake-answers.mjs';

const PORT = Number(process.env.PORT ?? 8999);
const TOKEN_MS = Number(process.env.TOKEN_MS ?? 25);
const DIST = new URL('../dist/', import.meta.url).pathname;
const TYPES = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};
const POLICY =
  "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const conversations = new Map();

const server = createServer((request, response) => {
  const name = request.url === '/' ? '/index.html' : request.url.split('?')[0];
  const path = join(DIST, name);
  if (!path.startsWith(DIST) || !existsSync(path)) return response.writeHead(404).end();
  const headers = { 'content-type': TYPES[extname(path)], 'content-security-policy': POLICY };
  response.writeHead(200, headers).end(readFileSync(path));
});

new WebSocketServer({ server, path: '/ws' }).on('connection', (socket) => {
  let conversation;
  socket.on('message', async (data) => {
    const frame = JSON.parse(data);
    if (frame.type === 'start' || frame.type === 'resume') {
      conversation = frame.type === 'start' ? open() : conversations.get(frame.conversation_id);
      if (!conversation) return refuse(socket, frame, 'not_found');
      enter(socket, frame, conversation);
    } else if (frame.type === 'message') await receive(socket, frame, conversation);
    else if (frame.type === 'stop') conversation.stopping = true;
    else if (frame.type === 'feedback') {
      const { message_id, rating, reason = null } = frame;
      log(conversation, custom('feedback.recorded', { message_id, rating, reason }));
    }
  });
  socket.on('close', () => conversation?.sockets.delete(socket));
});

function open() {
  const conversation = {
    id: randomUUID(),
    epoch: randomUUID(),
    frames: [],
    sockets: new Set(),
    turn: 0,
    seen: new Map(),
  };
  conversations.set(conversation.id, conversation);
  return conversation;
}

function enter(socket, frame, conversation) {
  const { id, epoch, frames } = conversation;
  const from = frame.cursor && frame.epoch === epoch ? Number(frame.cursor.split('-')[1]) : null;
  const value = {
    ref: frame.client_id,
    session_token: 'fake-session',
    session_id: 'fake',
    conversation_id: id,
    epoch,
    cursor: `1-${frames.length}`,
    resumed: from !== null,
  };
  send(socket, conversation, null, custom('session.opened', value));
  // The fake keeps every frame: its snapshot is empty, and the whole log follows.
  if (frame.type === 'resume' && from === null) {
    send(socket, conversation, '1-0', { type: 'MESSAGES_SNAPSHOT', messages: [] });
  }
  frames.slice(from ?? 0).forEach((event, index) => {
    send(socket, conversation, `1-${(from ?? 0) + index + 1}`, event);
  });
  conversation.sockets.add(socket);
}

async function receive(socket, { client_id, text }, conversation) {
  const { refuse: code, silent, status, activity, words = '', citations, outcome } = answerTo(text);
  if (code === 'close') return socket.close(1012);
  if (code) return refuse(socket, { client_id }, code);
  const message_id = conversation.seen.get(client_id) ?? randomUUID();
  const at = new Date().toISOString();
  send(socket, conversation, null, custom('message.acknowledged', { client_id, message_id }));
  if (conversation.seen.has(client_id)) return;
  conversation.seen.set(client_id, message_id);
  log(conversation, custom('message.accepted', { client_id, message_id, text, at }));
  if (silent) return;

  conversation.turn += 1;
  conversation.stopping = false;
  const runId = `turn-${conversation.turn}`;
  const messageId = `reply-${conversation.id}-${runId}`;
  log(conversation, { type: 'RUN_STARTED', threadId: conversation.id, runId });
  log(
    conversation,
    custom('status', { text: status ?? 'Reading your message…', stage: 'routing' }),
  );
  await pause(status ? 1200 : 300);
  if (activity) {
    log(conversation, { type: 'ACTIVITY_SNAPSHOT', messageId: `${runId}:order`, ...activity });
  }
  log(conversation, { type: 'TEXT_MESSAGE_START', messageId, role: 'assistant' });
  const tokens = words.match(/\S+\s*/g) ?? [];
  const began = performance.now();
  for (let sent = 0; sent < tokens.length && !conversation.stopping; ) {
    // By the clock, and what comes within 25 ms as one frame, as the router does it.
    const due = Math.floor((performance.now() - began) / TOKEN_MS) + 1;
    const delta = tokens.slice(sent, due).join('');
    if (delta)
      log(conversation, { type: 'TEXT_MESSAGE_CONTENT', messageId, delta, timestamp: now() });
    sent = Math.min(due, tokens.length);
    await pause(Math.max(25, TOKEN_MS));
  }
  log(conversation, { type: 'TEXT_MESSAGE_END', messageId });
  if (citations) {
    const content = { message_id: messageId, citations };
    const card = { messageId: `${messageId}:citations`, activityType: 'citations', content };
    log(conversation, { type: 'ACTIVITY_SNAPSHOT', ...card });
  }
  if (outcome === 'handoff') {
    log(conversation, custom('handoff', { reason: 'customer_asked', text: words }));
  }
  const in_reply_to = [message_id];
  const end = { type: 'RUN_FINISHED', threadId: conversation.id, runId, result: { in_reply_to } };
  if (outcome === 'error') {
    log(conversation, { type: 'RUN_ERROR', message: words, metadata: { in_reply_to } });
  } else
    log(conversation, conversation.stopping ? { ...end, outcome: { type: 'cancelled' } } : end);
}

/** By the clock that a page on this machine has, too. */
function now() {
  return performance.timeOrigin + performance.now();
}

function log(conversation, event) {
  conversation.frames.push(event);
  for (const socket of conversation.sockets) {
    send(socket, conversation, `1-${conversation.frames.length}`, event);
  }
}

function custom(name, value) {
  return { type: 'CUSTOM', name, value };
}

function send(socket, conversation, cursor, event) {
  socket.send(JSON.stringify({ cursor, conversation_id: conversation.id, event }));
}

function refuse(socket, { client_id: ref }, code) {
  const retry_after_ms = code === 'rate_limited' ? 12_000 : null;
  socket.send(
    JSON.stringify({ type: 'error', code, message: code, ref, retry_after_ms, fatal: false }),
  );
}

server.listen(PORT, '127.0.0.1', () => process.stdout.write(`http://127.0.0.1:${PORT}\n`));
