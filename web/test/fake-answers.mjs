// What the fake gateway answers, by a word in the question.

const citations = [
  {
    number: 1,
    section_id: 'returns#return-policy',
    title: 'Returns',
    heading_path: ['Returns', 'Return policy'],
    text: 'You can return any item within **30 days of delivery**, unworn, unwashed and with its tags. Try things on at home, not on the trail.\n\n- Final sale items cannot be returned.\n- Socks and base layers must be in their sealed pack.\n\n| Reason | Who pays for shipping |\n|---|---|\n| Changed your mind | you, $6.95 |\n| Faulty or wrong item | we do |',
  },
  {
    number: 2,
    section_id: 'refunds#when-you-get-your-money',
    title: 'Refunds',
    heading_path: ['Refunds', 'When you get your money'],
    text: 'We refund within **5 business days** of receiving the parcel, to the method you paid with.',
  },
];

const order = {
  order_id: '1042',
  status: 'shipped',
  placed_at: '2026-11-16T09:12:00Z',
  shipped_at: '2026-11-18T15:40:00Z',
  expected_at: '2026-11-24T12:00:00Z',
  carrier: 'UPS',
  tracking_number: '1Z999AA10123456784',
  items: [
    { name: 'Ridgeline rain shell, moss, M', quantity: 1, unit_price: '189.00' },
    { name: 'Merino hiking socks, 2 pairs', quantity: 2, unit_price: '24.00' },
  ],
  shipping_fee: '6.95',
  total: '243.95',
  currency: 'USD',
};

const answers = [
  [
    /return/i,
    {
      status: 'Searching our help pages…',
      words:
        'You can return any item **within 30 days of delivery**, unworn, unwashed and with its tags [1]. Here is how:\n\n1. Open *Orders* in your account and choose **Return items**.\n2. Print the label, or show the QR code at the drop-off.\n3. We refund within **5 business days** of receiving the parcel [2].\n\n| Reason | Shipping | Refund |\n|---|---|---|\n| Changed your mind | $6.95 | 5 business days |\n| Faulty item | free | at once |\n| Exchange | free | – |\n\nIs there a particular item you would like to send back?',
      citations,
    },
  ],
  [
    /order|1042/i,
    {
      status: 'Looking up your order…',
      activity: { activityType: 'order', content: { order } },
      words:
        'Your order **#1042** is on its way with UPS. It left us on November 18 and should reach you by **November 24**.',
    },
  ],
  [
    /size/i,
    {
      words:
        'Measure a jacket that fits you well, lying flat, and compare:\n\n```text\nchest   waist   size\n 92 cm   80 cm   S\n100 cm   88 cm   M\n108 cm   96 cm   L\n```\n\nBetween two sizes, take the larger one for layering. `Ridgeline` shells run a little wide.',
    },
  ],
  [
    /person/i,
    {
      words:
        'I will ask a person from our team to take over. They will see this conversation, so you need not repeat yourself.',
      outcome: 'handoff',
    },
  ],
  [
    /apolog/i,
    {
      words:
        'I am sorry, I could not answer that just now. Please try again in a moment, or write **talk to a person**.',
      outcome: 'error',
    },
  ],
  [/perf/i, { words: perf() }],
  [/long/i, { words: 'A long answer, to be stopped or reloaded. '.repeat(60) }],
  [/silent/i, { silent: true }],
  [/limit/i, { refuse: 'rate_limited' }],
  [/broken/i, { refuse: 'unavailable' }],
  [/restart/i, { refuse: 'close' }],
];

/** Four thousand words of every kind of Markdown. */
function perf() {
  const part =
    '## A heading\n\nSome **bold** words and a mark [1], then `code` and a [link](/x) in a paragraph of some length.\n\n- one item\n- another item\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n';
  return part
    .repeat(200)
    .match(/\S+\s*/g)
    .slice(0, 4000)
    .join('');
}

export function answerTo(text) {
  const [, answer] = answers.find(([pattern]) => pattern.test(text)) ?? [];
  return (
    answer ?? {
      words:
        'Hello! I’m Juniper. I can look up an order, or tell you about shipping, returns and our gear.',
    }
  );
}
