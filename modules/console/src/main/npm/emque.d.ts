/** A refusal by the broker, or a broker that cannot be reached. */
export class EmqueError extends Error {
  /** Stable name, as `TOPIC_INVALID` or `UNAUTHENTICATED`; `UNREACHABLE` when there was no answer. */
  readonly code: string;
  /** HTTP status; 0 when there was none. */
  readonly status: number;
  /** Whether the same request may succeed later, unchanged. */
  readonly retryable: boolean;
}

/** A message of a topic. */
export class Message {
  readonly topic: string;
  /** The incarnation of the topic's log. */
  readonly epoch: string;
  /** Its place in the log: 0, 1, 2 … */
  readonly offset: number;
  /** `EPOCH:OFFSET`: what to resume after. */
  readonly cursor: string;
  /** When it was published, in milliseconds since 1970; null over Server-Sent Events. */
  readonly timeMillis: number | null;
  readonly time: Date | null;
  /** The publisher's id; null when it gave none, and over Server-Sent Events. */
  readonly id: string | null;
  /** Application headers; empty over Server-Sent Events. */
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: Uint8Array;
  /** The payload as text; bytes that are not UTF-8 are replaced. */
  readonly text: string;
  /** Whether the payload is valid UTF-8. */
  readonly isText: boolean;
  json(): unknown;
}

/** Messages that will not come: they are not kept any more, or the broker began anew. */
export interface Gap {
  topic: string;
  /** Cursor of the message that was due. */
  expected: string;
  /** Cursor of the message that comes instead. */
  next: string;
  /** How many lie between; null when that cannot be known. */
  missed: number | null;
}

export type State = 'connecting' | 'open' | 'waiting' | 'closed';

/** `websocket`, `sse`, or `auto`: WebSocket, and Server-Sent Events where none comes through. */
export type Transport = 'auto' | 'websocket' | 'sse';

export interface SubscribeOptions {
  /** `latest` (default), `earliest`, an offset, or a cursor: that message and on. */
  from?: 'latest' | 'earliest' | number | string;
  /** A cursor: the message after it and on. */
  after?: string;
  /** A time, or a span as `10m`: the first message since then and on. */
  since?: Date | string;
  /** What happens when this subscriber is too slow; the server's default when absent. */
  slow?: 'skip' | 'disconnect' | 'block';
  transport?: Transport;
  onMessage?(message: Message): void;
  onGap?(gap: Gap): void;
  /** The broker stops, and asks to connect again: the subscription does so by itself. */
  onMoved?(detail: { after?: string; retryMillis?: number }): void;
  /** `waiting` comes with the time until the next attempt. */
  onState?(state: State, detail: { millis?: number }): void;
  /** An attempt failed. When the error is not `retryable` the subscription is closed. */
  onError?(error: EmqueError): void;
}

/** A topic, read until closed. */
export interface Subscription {
  readonly topic: string;
  readonly state: State;
  /** The last message delivered, or where the stream began; null before the first connection. */
  readonly cursor: string | null;
  close(): void;
  /** Connects now instead of later, when it waits. */
  retryNow(): void;
}

export interface PublishOptions {
  /** Makes a retry harmless; a random one when absent. */
  id?: string;
  headers?: Record<string, string>;
  /** Further attempts; 5 when absent. */
  retries?: number;
  signal?: AbortSignal;
}

export interface Published {
  id: string;
  /** Null behind a proxy that writes to several servers, as `offset` and `cursor`. */
  epoch: string | null;
  offset: number | null;
  cursor: string | null;
  /** What was done with it: it is in memory, in the store, or on the disk. */
  ack: 'memory' | 'os' | 'fsync' | null;
  /** Whether it had been taken before under the same id. */
  duplicate: boolean;
}

export type Token = string | null | (() => string | null | Promise<string | null>);

export interface EmqueOptions {
  /** A bearer token, or what gets one each time that one is needed. */
  token?: Token;
  transport?: Transport;
  /** A connection with nothing on it for so long is given up; 60,000 when absent, 0 for never. */
  silenceMillis?: number;
}

/** Topics of one broker. */
export class Emque {
  constructor(server: string | URL, options?: EmqueOptions);
  readonly server: string;
  set token(token: Token);
  publish(topic: string, payload: string | BufferSource | Blob, options?: PublishOptions): Promise<Published>;
  subscribe(topic: string, options?: SubscribeOptions): Subscription;
  /** What the broker does, once a second: messages whose payload is a JSON object. */
  stats(options?: SubscribeOptions): Subscription;
  /** Calls the broker, with the token. Rejects with an EmqueError unless it answers with 2xx. */
  fetch(target: string, init?: RequestInit): Promise<Response>;
}

/** A broker's topics: by default of the one that this module was loaded from. */
export function connect(server: string | URL, options?: EmqueOptions): Emque;
export function connect(options?: EmqueOptions): Emque;
