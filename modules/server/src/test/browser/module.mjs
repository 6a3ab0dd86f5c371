// emque.js in a page of the broker's: publish, subscribe by either way, resume, gaps, refusals.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ask, check, done, launch, open, same, server, until } from './browser.mjs';

const context = await launch();
const { page, wrong } = await open(context, `${server}/`);

/** Runs a function in the page, where `emque`, `EmqueError` and `collect` are known. */
await page.evaluate(async () => {
  const module = await import('/emque.js');
  Object.assign(window, module, { emque: module.connect() });
  /** A subscription that keeps what it gets, and the connections it makes. */
  window.collect = (topic, options) => {
    const got = { messages: [], gaps: [], states: [], errors: [], moved: [] };
    got.times = (state) => got.states.filter((each) => each === state).length;
    got.subscription = emque.subscribe(topic, {
      ...options,
      onMessage: (message) => got.messages.push(message),
      onGap: (gap) => got.gaps.push(gap),
      onState: (state) => got.states.push(state),
      onError: ({ code, retryable, message }) => got.errors.push({ code, retryable, message }),
      onMoved: (detail) => got.moved.push(detail),
    });
    return got;
  };
  // What cuts connections from outside of the module.
  window.cuts = [];
  const Socket = window.WebSocket;
  window.WebSocket = class extends Socket {
    constructor(...given) {
      super(...given);
      cuts.push(() => this.close());
      if (window.cutsNextHandshake) {
        window.cutsNextHandshake = false;
        queueMicrotask(() => this.close()); // when its owner listens
      }
    }
  };
  const plainFetch = window.fetch;
  window.fetch = (url, init) => {
    const cut = new AbortController();
    cuts.push(() => cut.abort());
    return plainFetch(url, { ...init, signal: init.signal ? AbortSignal.any([init.signal, cut.signal]) : cut.signal });
  };
  window.cutAll = () => window.cuts.splice(0).forEach((cut) => cut());
  window.within = async (holds) => {
    const end = Date.now() + 60_000;
    while (!(await holds())) {
      if (Date.now() > end) {
        throw new Error(`never: ${holds}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
});
const run = (work, argument) => page.evaluate(work, argument);

// ---- a message whole: cursor, time, id, headers, bytes
const whole = await run(async () => {
  const got = collect('it is/ü');
  await within(() => got.subscription.state === 'open');
  const answer = await emque.publish('it is/ü', 'grüße', { id: 'one', headers: { Kind: 'ä b' } });
  const again = await emque.publish('it is/ü', 'grüße', { id: 'one' });
  await emque.publish('it is/ü', new Uint8Array([0, 255, 254, 13, 10]));
  await emque.publish('it is/ü', '');
  await within(() => got.messages.length === 3);
  const [first, bytes, empty] = got.messages;
  got.subscription.close();
  return {
    answer,
    again,
    first: { ...first, text: first.text, cursor: first.cursor, age: Date.now() - first.time, isText: first.isText },
    bytes: [[...bytes.payload], bytes.isText, bytes.id !== null],
    empty: [empty.text, empty.offset],
    states: got.states,
  };
});
same(whole.answer.cursor, whole.first.cursor, 'cursor of the answer and of the message');
same(whole.answer.ack, 'memory', 'ack');
same([whole.answer.duplicate, whole.again.duplicate, whole.again.offset].join(), 'false,true,0', 'the same id twice');
same(
  [whole.first.topic, whole.first.text, whole.first.id, whole.first.headers.kind, whole.first.isText].join(),
  'it is/ü,grüße,one,ä b,true',
  'message',
);
check(Math.abs(whole.first.age) < 600_000, `time of the message: ${whole.first.age} ms ago`);
same(JSON.stringify(whole.bytes), '[[0,255,254,13,10],false,true]', 'bytes');
same(whole.empty.join(), ',2', 'an empty message');
same(whole.states.join(), 'open,closed', 'states');

// ---- both ways: cut again and again, nothing is lost, nothing comes twice
for (const transport of ['websocket', 'sse']) {
  const texts = await run(async (transport) => {
    const topic = `cut by ${transport}`;
    await emque.publish(topic, 'earlier'); // without it, the topic would go with its subscriber
    const got = collect(topic, { transport });
    for (let i = 0; i < 200; i++) {
      if (i % 40 === 0) {
        // Not while it connects: Chromium complains of sockets that are closed then.
        await within(() => got.times('open') === 1 + i / 40);
        cutAll(); // also before the first message
      }
      await emque.publish(topic, `line ${i}\nand more`);
    }
    await within(() => got.messages.length >= 200);
    got.subscription.close();
    return {
      texts: got.messages.map(({ text, offset }) => `${offset} ${text}`),
      reconnects: got.times('waiting'),
      gaps: got.gaps,
    };
  }, transport);
  same(
    JSON.stringify(texts.texts),
    JSON.stringify(Array.from({ length: 200 }, (_, i) => `${i + 1} line ${i}\nand more`)),
    `messages by ${transport}`,
  );
  same(texts.reconnects, 5, `times that ${transport} was cut`);
  same(texts.gaps.length, 0, `gaps by ${transport}`);
}

// ---- a WebSocket cut while it connects: Chromium complains, and the subscription goes on
clean('before that');
const early = await run(async () => {
  window.cutsNextHandshake = true;
  const got = collect('cut by websocket', { transport: 'websocket', from: 199 });
  await within(() => got.messages.length === 2);
  got.subscription.close();
  return { states: got.states.join(), offsets: got.messages.map(({ offset }) => offset).join(), errors: got.errors };
});
same(early.states, 'waiting,connecting,open,closed', 'states when the handshake was cut');
same([early.offsets, early.errors.length].join(), '199,200,0', 'messages and errors when the handshake was cut');
await until(() => wrong.length > 0, 'Chromium complains');
const complaint = wrong.splice(0).join(' | ');
check(
  /^console: WebSocket connection to '[^']+' failed: WebSocket is closed before the connection is established\.$/.test(
    complaint,
  ),
  `a socket closed while it connects alone is complained of: ${complaint}`,
);

// ---- odd payloads by SSE: base64, a carriage return, a megabyte; and where to start
const odd = await run(async () => {
  const payloads = [
    new Uint8Array([0, 255, 13]),
    new TextEncoder().encode('a\rb'),
    new TextEncoder().encode('\n\n'),
    new Uint8Array(1 << 20).fill(120),
  ];
  for (const payload of payloads) {
    await emque.publish('odd', payload);
  }
  const sse = collect('odd', { transport: 'sse', from: 'earliest' });
  const socket = collect('odd', { transport: 'websocket', from: 1 });
  const since = collect('odd', { since: new Date(0) });
  await within(() => sse.messages.length === 4 && socket.messages.length === 3 && since.messages.length === 4);
  [sse, socket, since].forEach(({ subscription }) => subscription.close());
  const same = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);
  return [
    sse.messages.every(({ payload }, i) => same(payload, payloads[i])),
    socket.messages.every(({ payload }, i) => same(payload, payloads[i + 1])),
  ];
});
same(odd.join(), 'true,true', 'payloads as they were');

// ---- a cursor from before the log is a gap
const gap = await run(async () => {
  const found = [];
  for (const transport of ['websocket', 'sse']) {
    const got = collect('odd', { transport, after: 'gone-1:7' });
    await within(() => got.gaps.length === 1 && got.messages.length === 4);
    got.subscription.close();
    found.push(got.gaps[0]);
  }
  return found;
});
for (const each of gap) {
  same([each.topic, each.expected, each.missed].join(), 'odd,gone-1:8,', 'gap');
}
clean('so far');

// ---- refusals end a subscription, in the broker's words; a handler that throws does not
const refused = await run(async () => {
  const found = [];
  for (const transport of ['auto', 'websocket', 'sse']) {
    const got = collect('odd', { transport, from: 'middle' });
    await within(() => got.subscription.state === 'closed');
    found.push(got.errors[0].code);
  }
  const publish = await emque.publish('', 'x').catch((e) => [e instanceof EmqueError, e.code, e.status, e.retryable]);
  return { found, publish };
});
same(refused.found.join(), 'CURSOR_INVALID,CURSOR_INVALID,CURSOR_INVALID', 'refusals');
same(
  refused.publish.join(),
  'true,TOPIC_INVALID,400,false'.replace('TOPIC_INVALID', refused.publish[1]),
  'refused publish',
);
check(['TOPIC_REQUIRED', 'TOPIC_INVALID'].includes(refused.publish[1]), refused.publish[1]);
wrong.length = 0;
const thrown = await run(async () => {
  const texts = [];
  const subscription = emque.subscribe('odd', {
    from: 'earliest',
    onMessage: (message) => {
      texts.push(message.offset);
      throw new Error('of the handler');
    },
  });
  await within(() => texts.length === 4);
  subscription.close();
  return texts.length;
});
same(thrown, 4, 'messages to a handler that throws');
check(
  wrong.splice(0).every((line) => line.includes('of the handler')),
  'its error is reported',
);

// ---- where no WebSocket comes through, Server-Sent Events do
const through = await run(async () => {
  const Socket = window.WebSocket;
  window.WebSocket = class extends EventTarget {
    constructor() {
      super();
      setTimeout(() => this.onclose({ code: 1006, reason: '' }));
    }
    close() {}
  };
  const got = collect('odd', { from: 'earliest' });
  await within(() => got.messages.length === 4);
  got.subscription.close();
  window.WebSocket = Socket;
  return got.messages[0].timeMillis;
});
same(through, null, 'SSE tells no time');

// ---- tokens: in the header, and beside the sub-protocol
const tokens = await run(async () => {
  const seen = [];
  const Socket = window.WebSocket;
  window.WebSocket = class extends Socket {
    constructor(url, protocols) {
      super(url, protocols);
      seen.push(protocols.join());
    }
  };
  const plainFetch = window.fetch;
  window.fetch = (url, init) => {
    seen.push(new Headers(init.headers).get('Authorization'));
    return plainFetch(url, init);
  };
  let made = 0;
  const other = connect({ token: async () => `t${++made}` });
  await other.publish('odd', 'x');
  let opened = false;
  const subscription = other.subscribe('odd', { onState: (state) => (opened ||= state === 'open') });
  await within(() => opened);
  subscription.close();
  window.WebSocket = Socket;
  window.fetch = plainFetch;
  return seen;
});
same(tokens.join(' '), 'Bearer t1 emque.v1,bearer.t2', 'tokens');

// ---- the broker restarts: both ways come back, say so, and publishes are tried until they are taken
await run(() => {
  window.both = ['websocket', 'sse'].map((transport) => collect('restarted', { transport }));
  window.stats = { samples: [] };
  window.stats.subscription = emque.stats({ onMessage: (message) => window.stats.samples.push(message.json()) });
});
await until(
  () => run(() => both.every(({ subscription }) => subscription.state === 'open') && stats.samples.length > 0),
  'all are open',
);
await run(() => emque.publish('restarted', 'before'));
await until(() => run(() => both.every(({ messages }) => messages.length === 1)), 'the message before');
await ask('stop');
await run(() => void (window.late = emque.publish('restarted', 'after', { retries: 100 })));
await until(() => run(() => both.every(({ states }) => states.includes('waiting'))), 'they wait');
await ask('start');
await run(() => window.late);
await until(() => run(() => both.every(({ messages }) => messages.at(-1).text === 'after')), 'the message after');
const restarted = await run(() =>
  both.map(({ gaps, messages }) => [gaps.length, gaps[0]?.missed === null, messages.length].join()),
);
same(restarted.join(' '), '1,true,2 1,true,2', 'gaps and messages over the restart');
const samples = await run(() => stats.samples.length);
await until(() => run((n) => stats.samples.length > n, samples), 'stats go on');
await run(() => [...both, stats].forEach(({ subscription }) => subscription.close()));

// ---- what is closed leaves nothing on the broker
await until(
  () => run(async () => (await (await emque.fetch('topics?topic=restarted')).json()).subscribers.length === 0),
  'no subscriber is left',
);

// ---- the snippet of the how-to, in a page of another origin that is let in; and in one that is not
const howTo = readFileSync(join(await ask('docs'), 'how-to', 'use-from-a-browser.md'), 'utf8');
const snippet = /```html\n(.*?)```/s.exec(howTo)[1].replaceAll('https://localhost:8081', server);
const visitor = await context.newPage();
await visitor.route(/example\//, (route) =>
  route.fulfill({ contentType: 'text/html', body: `<!doctype html><body>${snippet}</body>` }),
);
await visitor.goto('https://that.example/');
await visitor.getByText('hello').waitFor();
await visitor.goto('https://other.example/');
const shut = await visitor.evaluate(async (server) => {
  const found = [];
  await import(`${server}/emque.js`).catch(() => found.push('module'));
  await fetch(`${server}/pub?topic=chat`, { method: 'POST', body: 'x' }).catch(() => found.push('publish'));
  const socket = new WebSocket(`${server.replace('http', 'ws')}/sub?topic=chat`);
  await new Promise((resolve) => (socket.onopen = socket.onerror = ({ type }) => resolve(found.push(type))));
  return found;
}, server);
same(shut.join(), 'module,publish,error', 'what a page that is not let in cannot do');
const chat = await (await visitor.request.get(`${server}/topics?topic=chat`)).json();
same(chat.nextOffset, 1, 'messages published by both');

function clean(what) {
  same(wrong.join(' | '), '', `what went wrong ${what}`);
}
await context.close();
done('emque.js');
