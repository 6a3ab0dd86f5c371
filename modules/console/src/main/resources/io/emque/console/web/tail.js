import { refused } from './api.js';
import { emque } from './token.js';

/** What is kept to look at. */
const KEPT = 5_000;
const KEPT_BYTES = 32 * 1024 * 1024;

/** So many a second are kept for show; of more, every second, third … one. All are counted. */
const SHOWN_PER_SECOND = 1_000;

/** Longer payloads are searched in their beginning alone. */
const SEARCHED = 256 * 1024;

const decoder = new TextDecoder();

/**
 * The messages of a topic as they come. Every one is counted; when they come faster than anybody can read, a part is kept to be
 * looked at. Entries are `{ message }`, `{ gap }` or `{ note }`.
 */
export class Tail extends EventTarget {
  entries = [];
  received = 0;
  rate = 0;
  stride = 1;
  state = 'connecting';
  retryAt = 0;
  error = null;
  #bytes = 0;
  #filter = '';
  #thisSecond = 0;
  #matched = 0;
  #broken = false;
  #subscription;
  #timer;

  constructor(topic, start) {
    super();
    this.topic = topic;
    let second = performance.now();
    this.#timer = setInterval(() => {
      const now = performance.now();
      this.rate = (this.#thisSecond * 1000) / (now - second);
      this.stride = Math.max(1, Math.ceil(this.rate / SHOWN_PER_SECOND));
      this.#thisSecond = 0;
      second = now;
      this.dispatchEvent(new Event('rate'));
    }, 1_000);
    this.#subscription = emque.subscribe(topic, {
      ...start,
      onMessage: (message) => this.#message(message),
      onGap: (gap) => this.#gap(gap),
      onState: (state, { millis }) => this.#state(state, millis),
      onError: (error) => this.#failed(error),
    });
  }

  close() {
    clearInterval(this.#timer);
    this.#subscription.close();
  }

  retryNow() {
    this.#subscription.retryNow();
  }

  /** Keeps only messages that hold this text from now on, and of those kept only such. */
  set filter(text) {
    this.#filter = text.toLowerCase();
    this.entries = this.entries.filter((entry) => !entry.message || this.#matches(entry.message));
    this.#changed();
  }

  clear() {
    this.entries = [];
    this.#bytes = 0;
    this.#changed();
  }

  #matches(message) {
    if (this.#filter === '') {
      return true;
    }
    const text = decoder.decode(message.payload.subarray(0, SEARCHED)).toLowerCase();
    return (
      text.includes(this.#filter) ||
      Object.entries(message.headers)
        .flat()
        .some((part) => part.toLowerCase().includes(this.#filter))
    );
  }

  #message(message) {
    this.received++;
    this.#thisSecond++;
    if (this.#broken) {
      this.#broken = false;
      this.#add({ note: 'Connected again; nothing was missed' });
    }
    // Between two looks at the clock a burst must not fill the page either.
    const stride = Math.max(this.stride, Math.ceil(this.#thisSecond / SHOWN_PER_SECOND));
    if (this.#matches(message) && this.#matched++ % stride === 0) {
      this.#add({ message });
    }
  }

  #gap(gap) {
    this.#broken = false;
    this.#add({ gap });
  }

  #add(entry) {
    this.entries.push(entry);
    this.#bytes += entry.message?.payload.length ?? 0;
    if (this.entries.length > KEPT * 1.1 || this.#bytes > KEPT_BYTES) {
      this.#drop();
    }
    this.#changed();
  }

  /** Lets go of the oldest, but for the one that came last. */
  #drop() {
    let from = Math.max(0, this.entries.length - KEPT);
    let bytes = this.entries.slice(from).reduce((sum, { message }) => sum + (message?.payload.length ?? 0), 0);
    while (bytes > KEPT_BYTES && from < this.entries.length - 1) {
      bytes -= this.entries[from++].message?.payload.length ?? 0;
    }
    this.entries = this.entries.slice(from);
    this.#bytes = bytes;
  }

  #state(state, millis) {
    if (this.state === 'open' && state === 'waiting') {
      this.#broken = true;
    }
    this.state = state;
    this.retryAt = state === 'waiting' ? Date.now() + millis : 0;
    if (state === 'open') {
      this.error = null;
    }
    this.dispatchEvent(new Event('state'));
  }

  #failed(error) {
    refused(error);
    this.error = error;
    this.dispatchEvent(new Event('state'));
  }

  #changed() {
    this.dispatchEvent(new Event('change'));
  }
}
