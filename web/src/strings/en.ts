/** Every word of the page that is not said by the assistant, in English: the shape of every catalogue. */
import type { ErrorCode } from '../chat/protocol';

const errors: Record<ErrorCode, string> = {
  bad_json: 'Something went wrong on this page. Please reload it.',
  unsupported_frame: 'Something went wrong on this page. Please reload it.',
  bad_request: 'This could not be understood by the service. Please reload the page.',
  too_long: 'This message is too long. Please shorten it to 4,000 characters.',
  unauthorized: 'Your session has ended.',
  not_found: 'This conversation is no longer available. A new one has been started.',
  conflict: 'This message was changed after it had been sent. Please send it again.',
  rate_limited: 'You are sending messages faster than we can read them.',
  budget_exhausted: 'The assistant has reached its limit for today. A person can still help you.',
  busy: 'Several of your messages are still waiting for an answer. Please give us a moment.',
  unavailable: 'The service cannot be reached at the moment.',
  internal: 'Something went wrong on our side.',
};

export const en = {
  shop: 'Juniper & Pine',
  assistant: 'Juniper',
  you: 'You',
  said: (who: string) => `${who} said:`,

  connection: { connecting: 'Connecting…', connected: 'Connected', disconnected: 'Disconnected' },
  banner: {
    offline: 'You are offline. What you write is sent as soon as you are back.',
    retrying: 'No connection at the moment. Reconnecting… What you write is kept.',
    slowed: 'That was a little fast for us. We reconnect in half a minute.',
    crowded: 'This chat is open in too many windows. Close one of them, then reconnect.',
    idle: 'The conversation was paused because it was quiet. It goes on when you write.',
    expired: 'Your session has ended, so this conversation cannot go on.',
    refused: 'The service closed the connection.',
    reconnect: 'Reconnect',
    startNew: 'Start a new conversation',
    dismiss: 'Dismiss',
  },

  header: {
    newConversation: 'New conversation',
    conversations: 'Your conversations',
    toDark: 'Switch to dark colours',
    toLight: 'Switch to light colours',
    close: 'Close the chat',
    /** In the language that it leads to. */
    otherLanguage: 'Auf Deutsch umschalten',
  },

  start: {
    title: 'How can we help?',
    text: 'I’m Juniper, the assistant of Juniper & Pine. Ask me about an order, a return, or any of our gear.',
    loading: 'Opening your conversation…',
    suggestions: 'Suggestions',
  },

  demo: {
    label: 'Demo shop',
    youAre: 'You are',
    guest: 'Guest',
    owns: (order: string) => `Try order ${order}`,
    asGuest: (order: string, email: string) => `Order ${order}, ${email}`,
  },

  log: 'Conversation',
  toLatest: 'Latest message',

  message: {
    sending: 'Sending…',
    waiting: 'Waiting for the connection…',
    sent: 'Sent',
    answered: 'Answered',
    failed: 'Not sent.',
    retry: 'Send again',
    retryIn: (seconds: number) => `You can send again in ${seconds} s.`,
    errors,
  },

  waiting: {
    thinking: 'Thinking…',
    writing: 'Juniper is writing',
    still: 'Still working on it…',
    long: 'This takes longer than usual. You can keep waiting, or talk to a person.',
  },

  reply: {
    copy: 'Copy reply',
    copied: 'Copied',
    notCopied: 'Copying is not possible here',
    helpful: 'Helpful',
    notHelpful: 'Not helpful',
    reasonGood: 'What was good about it? (optional)',
    reasonBad: 'What was wrong with it? (optional)',
    sendReason: 'Send',
    skipReason: 'No, thanks',
    thanks: 'Thank you for your feedback.',
    stopped: 'You stopped this answer.',
    stoppedEarly: 'You stopped before there was an answer.',
    failed: 'This could not be answered.',
    askAgain: 'Ask again',
    handoff: 'Handed over to our team',
    sources: 'Sources',
    citation: (number: number, title: string) => `Source ${number}: ${title}`,
  },

  panel: { source: 'Source', close: 'Close' },

  history: {
    empty: 'Conversations you have had in this browser will be listed here.',
    here: 'Open now',
  },

  order: {
    list: 'Your orders',
    ask: (id: string) => `Where is order ${id}?`,
    title: (id: string) => `Order ${id}`,
    placed: 'Ordered',
    packed: 'Packed',
    shipped: 'Shipped',
    delivered: 'Delivered',
    expected: 'Expected',
    cancelled: 'Cancelled',
    returned: 'Returned',
    refunded: 'Refunded',
    returnUntil: 'Return by',
    carrier: 'Carrier',
    tracking: 'Tracking number',
    shippingFee: 'Shipping',
    total: 'Total',
    moreItems: (count: number) => `and ${count} more`,
    items: 'Items',
    progress: 'Progress of the order',
    done: 'done',
    statuses: {
      awaiting_payment: 'Awaiting payment',
      paid: 'Paid',
      processing: 'Being prepared',
      packed: 'Packed',
      partially_shipped: 'Partly shipped',
      shipped: 'On its way',
      out_for_delivery: 'Out for delivery',
      delivered: 'Delivered',
      delayed: 'Delayed',
      cancelled: 'Cancelled',
      returned: 'Returned',
      refunded: 'Refunded',
    } as Readonly<Record<string, string>>,
  },

  action: {
    title: 'Please confirm',
    confirm: 'Confirm',
    decline: 'Decline',
    until: (time: string) => `Nothing is changed until you confirm, by ${time}.`,
    confirmed: 'You confirmed this.',
    declined: 'You declined this. Nothing was changed.',
    expired: 'This has expired. Nothing was changed; ask again if you still want it.',
    refused: 'This can no longer be answered. Nothing was changed by it.',
    tools: { cancel_order: 'Cancel an order' } as Readonly<Record<string, string>>,
    arguments: {
      order_id: 'Order',
      email: 'E-mail address',
      reason: 'Reason',
    } as Readonly<Record<string, string>>,
  },

  composer: {
    label: 'Message',
    placeholder: 'Write a message…',
    send: 'Send',
    stop: 'Stop',
    stopping: 'Stopping…',
    person: 'Talk to a person',
    left: (count: number) => `${count} characters left`,
    over: (count: number) => `${count} characters too many`,
    hint: 'Juniper is an AI assistant and can be wrong. Sources are linked where there are any.',
  },
};

export type Strings = typeof en;
