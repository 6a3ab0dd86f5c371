/**
 * Emque in a browser: publish with retries, subscribe with resume. One file, no dependency, no build.
 *
 *   import { connect } from 'https://localhost:8081/emque.js';
 *   const emque = connect();
 *   emque.subscribe('foo', { onMessage: (message) => console.log(message.text) });
 *   await emque.publish('foo', 'hello');
 *
 * A subscription lives until it is closed or refused: when its connection breaks it connects again and goes on after the last
 * message it delivered. What cannot be had any more is told as a gap.
 */

const FIRST_DELAY = 250;
const LONGEST_DELAY = 10_000;
const ATTEMPT_MILLIS = 15_000;
const RETRYABLE = new Set([408, 425, 429, 502, 503, 504, 507]);

/** Close codes after which the same request would be refused again. */
const FINAL_CLOSES = new Set([1002, 1003, 1007, 1008, 1009, 4400, 4401, 4403]);

const NO_BYTES = new Uint8Array(0);
const encoder = new TextEncoder();
const decoder = new TextDecoder();
const strictDecoder = new TextDecoder('utf-8', { fatal: true });

/** A refusal by the broker, or a broker that cannot be reached. */
export class EmqueError extends Error {
  constructor(code, message, { status = 0, retryable = false } = {}) {
    super(message);
    this.name = 'EmqueError';
    this.code = code;
    this.status = status;
    this.retryable = retryable;
  }
}

/** A message of a topic. `time`, `id` and `headers` are known over WebSocket alone. */
export class Message {
  #text;

  constructor(fields) {
    this.topic = fields.topic;
    this.epoch = fields.epoch;
    this.offset = fields.offset;
    this.timeMillis = fields.timeMillis ?? null;
    this.id = fields.id ?? null;
    this.headers = fields.headers ?? {};
    this.payload = fields.payload;
  }

  /** Where it is: what to resume after. */
  get cursor() {
    return `${this.epoch}:${this.offset}`;
  }

  get time() {
    return this.timeMillis === null ? null : new Date(this.timeMillis);
  }

  /** The payload as text; bytes that are not UTF-8 are replaced. */
  get text() {
    return (this.#text ??= decoder.decode(this.payload));
  }

  /** Whether the payload is valid UTF-8. */
  get isText() {
    try {
      strictDecoder.decode(this.payload);
      return true;
    } catch {
      return false;
    }
  }

  json() {
    return JSON.parse(this.text);
  }
}

/** Topics of one broker. */
export class Emque {
  #token;

  constructor(server, options = {}) {
    this.server = new URL('/', server).href;
    this.transport = options.transport ?? 'auto';
    this.silenceMillis = options.silenceMillis ?? 60_000;
    this.#token = options.token ?? null;
  }

  /** Replaces the token; what is open keeps the one it began with. */
  set token(token) {
    this.#token = token;
  }

  async #currentToken() {
    return typeof this.#token === 'function' ? await this.#token() : this.#token;
  }

  /** Calls the broker, with the token. Rejects with an EmqueError unless it answers with 2xx. */
  async fetch(target, init = {}) {
    const headers = new Headers(init.headers);
    const token = await this.#currentToken();
    if (token) {
      headers.set('Authorization', `Bearer ${token}`);
    }
    let answer;
    try {
      answer = await fetch(new URL(target, this.server), { ...init, headers, cache: 'no-store' });
    } catch (e) {
      if (init.signal?.aborted && init.signal.reason?.name !== 'TimeoutError') {
        throw e;
      }
      throw new EmqueError('UNREACHABLE', `${this.server} does not answer`, { retryable: true });
    }
    if (!answer.ok) {
      throw await refusal(answer);
    }
    return answer;
  }

  /**
   * Publishes one message, and tries again while that may help: an id makes sure that it is taken once.
   * Resolves when the broker has taken it.
   */
  async publish(topic, payload, options = {}) {
    const { id = newId(), headers = {}, retries = 5, signal } = options;
    const sent = { 'Emque-Id': id };
    for (const [name, value] of Object.entries(headers)) {
      sent[`Emque-Header-${name}`] = encodeURIComponent(value);
    }
    const target = `pub?topic=${encodeURIComponent(topic)}`;
    for (let attempt = 0; ; attempt++) {
      try {
        const limit = AbortSignal.timeout(ATTEMPT_MILLIS);
        const answer = await this.fetch(target, {
          method: 'POST',
          body: payload,
          headers: sent,
          signal: signal ? AbortSignal.any([signal, limit]) : limit,
        });
        return published(answer, id);
      } catch (e) {
        if (!e.retryable || attempt >= retries) {
          throw e;
        }
        await sleep(Math.max(delay(attempt), e.retryAfterMillis ?? 0), signal);
      }
    }
  }

  /** Subscribes; handlers are called until the subscription is closed. */
  subscribe(topic, options = {}) {
    const target = { path: 'sub', query: { topic } };
    return new Subscription(this, topic, target, options, () => this.#currentToken());
  }

  /** What the broker does, once a second: messages whose payload is a JSON object. */
  stats(options = {}) {
    const target = { path: 'stats', query: {} };
    const overSse = { ...options, transport: 'sse' };
    return new Subscription(this, 'stats', target, overSse, () => this.#currentToken());
  }
}

/** A broker's topics: by default of the one that this module was loaded from. */
export function connect(server = new URL('/', import.meta.url).href, options = {}) {
  return typeof server === 'string' || server instanceof URL
    ? new Emque(server, options)
    : new Emque(new URL('/', import.meta.url).href, server);
}

function published(answer, id) {
  const epoch = answer.headers.get('Emque-Epoch');
  const offset = answer.headers.get('Emque-Offset');
  return {
    id,
    epoch,
    offset: offset === null ? null : Number(offset),
    cursor: epoch === null || offset === null ? null : `${epoch}:${offset}`,
    ack: answer.headers.get('Emque-Ack'),
    duplicate: answer.headers.get('Emque-Duplicate') === 'true',
  };
}

async function refusal(answer) {
  const line = (await answer.text().catch(() => '')).trim();
  const error = new EmqueError(
    answer.headers.get('Emque-Error') ?? `HTTP_${answer.status}`,
    line || `answered ${answer.status}`,
    { status: answer.status, retryable: RETRYABLE.has(answer.status) },
  );
  error.retryAfterMillis = Number(answer.headers.get('Retry-After') ?? 0) * 1000;
  return error;
}

/** Exponential, up to a limit, and anywhere in its upper half. */
function delay(attempt) {
  const longest = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** attempt);
  return longest / 2 + (Math.random() * longest) / 2;
}

function sleep(millis, signal) {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const timer = setTimeout(resolve, millis);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

/** crypto.randomUUID is there on secure pages alone. */
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
}

/** One topic, read until closed. */
export class Subscription {
  #emque;
  #stream;
  #options;
  #token;
  #end = new AbortController();
  #wake = null;
  #sse;
  #brokenUpgrades = 0;

  constructor(emque, topic, stream, options, token) {
    this.topic = topic;
    this.state = 'connecting';
    /** The last message delivered, or where the stream began; null before the first connection. */
    this.cursor = null;
    this.#emque = emque;
    this.#stream = stream;
    this.#options = options;
    this.#token = token;
    this.#sse = (options.transport ?? emque.transport) === 'sse';
    this.#run();
  }

  /** Delivers nothing more. */
  close() {
    this.#end.abort();
    this.#wake?.();
    this.#enter('closed');
  }

  /** Connects now instead of later, when it waits. */
  retryNow() {
    this.#wake?.();
  }

  async #run() {
    for (let attempt = 0; !this.#end.signal.aborted; attempt++) {
      this.#enter('connecting');
      let wait = null;
      try {
        const opened = () => {
          attempt = 0;
          this.#enter('open');
        };
        wait = this.#sse ? await this.#readSse(opened) : await this.#readSocket(opened);
      } catch (e) {
        if (this.#end.signal.aborted) {
          return;
        }
        this.#call('onError', e);
        if (!e.retryable) {
          this.close();
          return;
        }
        wait = e.retryAfterMillis || null;
      }
      if (!this.#end.signal.aborted) {
        await this.#pause(wait ?? delay(attempt));
      }
    }
  }

  #enter(state, detail = {}) {
    if (this.state !== 'closed' && (state !== this.state || state === 'waiting')) {
      this.state = state;
      this.#call('onState', state, detail);
    }
  }

  /** A handler that throws must not end the stream; the page's console has the error. */
  #call(handler, ...values) {
    try {
      this.#options[handler]?.(...values);
    } catch (e) {
      reportError(e);
    }
  }

  async #pause(millis) {
    this.#enter('waiting', { millis });
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, millis);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = null;
  }

  /** The query of the first connection, and of those that resume. */
  #target(extra) {
    const query = new URLSearchParams({ ...this.#stream.query, ...extra });
    const { from, after, since, slow } = this.#options;
    if (this.cursor !== null) {
      query.set('after', this.cursor);
    } else {
      for (const [name, value] of Object.entries({ from, after, since })) {
        if (value !== undefined && value !== null) {
          query.set(name, value instanceof Date ? value.toISOString() : String(value));
        }
      }
    }
    if (slow) {
      query.set('slow', slow);
    }
    return `${this.#stream.path}?${query}`;
  }

  #message(message) {
    this.cursor = message.cursor;
    this.#call('onMessage', message);
  }

  #gap(gap, cursor) {
    this.cursor = cursor;
    this.#call('onGap', gap);
  }

  /** The broker asks to connect again, perhaps elsewhere, after a while of its choice. */
  #moved(said) {
    let detail = {};
    try {
      detail = JSON.parse(said);
    } catch {
      // a broker that only stops
    }
    this.cursor = detail.after ?? this.cursor;
    this.#call('onMoved', detail);
    return detail.retryMillis ?? null;
  }

  // ---- WebSocket, sub-protocol emque.v1

  /** Resolves when the connection has ended and another may be tried: in how many ms, or null. */
  async #readSocket(opened) {
    const url = new URL(this.#target({}), this.#emque.server);
    url.protocol = url.protocol.replace('http', 'ws');
    const token = await this.#token();
    const end = await this.#socket(url, token ? ['emque.v1', `bearer.${token}`] : ['emque.v1'], opened);
    if (end.opened) {
      this.#brokenUpgrades = 0;
      return this.#afterClose(end);
    }
    return this.#afterBrokenUpgrade();
  }

  #socket(url, protocols, opened) {
    return new Promise((resolve) => {
      const socket = new WebSocket(url, protocols);
      socket.binaryType = 'arraybuffer';
      let isOpen = false;
      let heard = Date.now();
      const abandon = () => {
        socket.onmessage = socket.onclose = null;
        if (socket.readyState === WebSocket.CONNECTING) {
          socket.onopen = () => socket.close(); // before that, browsers complain
        } else {
          socket.close();
        }
        clearInterval(watch);
        resolve({ opened: isOpen, code: 1006, reason: '' });
      };
      const silence = this.#emque.silenceMillis;
      const watch = setInterval(() => {
        if (silence > 0 && Date.now() - heard > silence) {
          abandon();
        }
      }, 1_000);
      this.#end.signal.addEventListener('abort', abandon, { once: true });
      socket.onmessage = (event) => {
        heard = Date.now();
        if (!isOpen) {
          isOpen = true;
          opened();
        }
        this.#delivery(event.data);
      };
      socket.onclose = ({ code, reason }) => {
        clearInterval(watch);
        this.#end.signal.removeEventListener('abort', abandon);
        resolve({ opened: isOpen, code, reason });
      };
    });
  }

  #delivery(data) {
    const delivery = decodeDelivery(data);
    if (delivery.message) {
      this.#message(delivery.message);
    } else if (delivery.gap) {
      this.#gap(delivery.gap, before(delivery.gap.next));
    } else if (delivery.heartbeat) {
      this.cursor = delivery.heartbeat.cursor;
    }
  }

  #afterClose({ code, reason }) {
    if (code === 1012) {
      return this.#moved(reason);
    }
    if (FINAL_CLOSES.has(code)) {
      const colon = reason.indexOf(': ');
      throw colon > 0
        ? new EmqueError(reason.slice(0, colon), reason.slice(colon + 2))
        : new EmqueError(`CLOSED_${code}`, reason || `the connection was closed with ${code}`);
    }
    return null;
  }

  /** A page is not told why an upgrade failed: a plain request for the same is. */
  async #afterBrokenUpgrade() {
    const probe = new AbortController();
    const target = this.#target({ format: 'sse' });
    await this.#emque.fetch(target, { signal: AbortSignal.any([probe.signal, this.#end.signal]) });
    probe.abort();
    const either = (this.#options.transport ?? this.#emque.transport) === 'auto';
    if (either && ++this.#brokenUpgrades >= 2) {
      this.#sse = true; // something between lets no WebSocket through
      return 0;
    }
    return null;
  }

  // ---- Server-Sent Events, by fetch: with the token in a header, and with the reason of a refusal

  async #readSse(opened) {
    const silence = this.#emque.silenceMillis;
    const quiet = new AbortController();
    let timer = 0;
    const heard = () => {
      clearTimeout(timer);
      timer = silence > 0 ? setTimeout(() => quiet.abort(), silence) : 0;
    };
    heard();
    const events = new EventReader();
    try {
      const answer = await this.#emque.fetch(this.#target({ format: 'sse' }), {
        headers: { Accept: 'text/event-stream' },
        signal: AbortSignal.any([this.#end.signal, quiet.signal]),
      });
      let isOpen = false;
      const reader = answer.body.getReader();
      for (let step = await reader.read(); !step.done; step = await reader.read()) {
        heard();
        for (const event of events.take(step.value)) {
          this.#event(event);
          if (!isOpen && event.type !== 'moved') {
            isOpen = true; // not before there is a cursor to resume after
            opened();
          }
        }
      }
    } catch (e) {
      if (e instanceof EmqueError || this.#end.signal.aborted) {
        throw e;
      }
      // the connection broke
    } finally {
      clearTimeout(timer);
    }
    return events.retryMillis;
  }

  #event({ type, id, data }) {
    if (type === 'gap') {
      this.#gap(JSON.parse(data), id);
    } else if (type === 'moved') {
      this.cursor = id || this.cursor;
      this.#moved(data);
    } else if (type === 'refused') {
      const { code, message } = JSON.parse(data);
      throw new EmqueError(code, message, { retryable: code === 'SLOW_CONSUMER' });
    } else if (data === null) {
      this.cursor = id; // where the stream begins
    } else {
      const colon = id.lastIndexOf(':');
      this.#message(
        new Message({
          topic: this.topic,
          epoch: id.slice(0, colon),
          offset: Number(id.slice(colon + 1)),
          payload: type === 'base64' ? fromBase64(data) : encoder.encode(data),
        }),
      );
    }
  }
}

/** The cursor of the message before; of no use where cursors are opaque, and then not needed. */
function before(cursor) {
  const colon = cursor.lastIndexOf(':');
  return `${cursor.slice(0, colon)}:${Number(cursor.slice(colon + 1)) - 1}`;
}

function fromBase64(text) {
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
}

/** Cuts a stream into events (WHATWG HTML, section 9.2.6). */
class EventReader {
  retryMillis = null;
  #decoder = new TextDecoder();
  #rest = []; // pieces of a line whose end has not come
  #type = '';
  #id = '';
  #data = null;

  *take(bytes) {
    const lines = this.#decoder.decode(bytes, { stream: true }).split('\n');
    if (lines.length === 1) {
      this.#rest.push(lines[0]);
      return;
    }
    lines[0] = this.#rest.join('') + lines[0];
    this.#rest = [lines.pop()];
    for (const line of lines) {
      if (line !== '') {
        this.#line(line.endsWith('\r') ? line.slice(0, -1) : line);
        continue;
      }
      if (this.#id !== '' || this.#data !== null) {
        yield { type: this.#type, id: this.#id, data: this.#data === null ? null : this.#data.join('\n') };
      }
      this.#type = this.#id = '';
      this.#data = null;
    }
  }

  #line(line) {
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + (line[colon + 1] === ' ' ? 2 : 1));
    if (name === 'data') {
      (this.#data ??= []).push(value);
    } else if (name === 'id') {
      this.#id = value;
    } else if (name === 'event') {
      this.#type = value;
    } else if (name === 'retry' && /^\d+$/.test(value)) {
      this.retryMillis = Number(value);
    }
  }
}

// ---- emque.v1.Delivery (protobuf, see emque.proto); fields that are not known are skipped

function decodeDelivery(buffer) {
  const delivery = {};
  fields(new Uint8Array(buffer), (field, value) => {
    if (field === 1) {
      delivery.message = decodeMessage(value);
    } else if (field === 2) {
      delivery.gap = decodeGap(value);
    } else if (field === 3) {
      delivery.heartbeat = decodeHeartbeat(value);
    }
  });
  return delivery;
}

function decodeMessage(bytes) {
  const message = { topic: '', epoch: '', offset: 0, headers: Object.create(null), payload: NO_BYTES };
  fields(bytes, (field, value) => {
    if (field === 1) {
      message.topic = decoder.decode(value);
    } else if (field === 2) {
      message.epoch = decoder.decode(value);
    } else if (field === 3) {
      message.offset = value;
    } else if (field === 4) {
      message.timeMillis = value / 1e6;
    } else if (field === 5) {
      message.id = decoder.decode(value);
    } else if (field === 6) {
      const entry = ['', ''];
      fields(value, (part, text) => (entry[part - 1] = decoder.decode(text)));
      message.headers[entry[0]] = entry[1];
    } else if (field === 7) {
      message.payload = value;
    }
  });
  return new Message(message);
}

function decodeGap(bytes) {
  const gap = { topic: '', expected: '', next: '', missed: null };
  const names = [null, 'topic', 'expected', 'next'];
  fields(bytes, (field, value) => {
    if (field === 4) {
      gap.missed = value;
    } else if (names[field]) {
      gap[names[field]] = decoder.decode(value);
    }
  });
  return gap;
}

function decodeHeartbeat(bytes) {
  const heartbeat = { topic: '', cursor: '' };
  fields(bytes, (field, value) => {
    heartbeat[field === 1 ? 'topic' : 'cursor'] = decoder.decode(value);
  });
  return heartbeat;
}

/** Calls `take` with each field's number and value: a number, or bytes. */
function fields(bytes, take) {
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const b = bytes[at++];
      value += (b & 127) * scale;
      if (b < 128) {
        return value;
      }
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const kind = tag % 8;
    const field = Math.floor(tag / 8);
    if (kind === 0) {
      take(field, varint());
    } else if (kind === 2) {
      const length = varint();
      take(field, bytes.subarray(at, (at += length)));
    } else {
      at += kind === 1 ? 8 : 4;
    }
  }
}
