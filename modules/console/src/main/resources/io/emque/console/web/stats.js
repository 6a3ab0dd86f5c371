import { refused } from './api.js';
import { emque } from './token.js';

const KEPT_MILLIS = 10 * 60_000;

/** Longer than this between two samples is a hole. */
const HOLE_MILLIS = 10_000;

/** What the broker did in the last minutes, from one stream for the whole page. */
class Stats extends EventTarget {
  samples = []; // as they came, and null where some are missing
  state = 'connecting';
  retryAt = 0;
  #subscription = null;

  start() {
    this.#subscription = emque.stats({
      since: '10m',
      onMessage: (message) => this.#take(message.json()),
      onGap: () => this.#hole(),
      onError: (error) => refused(error),
      onState: (state, { millis }) => {
        this.state = state;
        this.retryAt = state === 'waiting' ? Date.now() + millis : 0;
        this.dispatchEvent(new Event('state'));
      },
    });
  }

  retryNow() {
    this.#subscription?.retryNow();
  }

  get last() {
    return this.samples.at(-1) ?? null;
  }

  #take(sample) {
    sample.t = Date.parse(sample.time);
    const before = this.last;
    if (before !== null && sample.t - before.t > HOLE_MILLIS) {
      this.#hole();
    }
    this.samples.push(sample);
    while (this.samples[0] === null || this.samples[0].t < sample.t - KEPT_MILLIS) {
      this.samples.shift();
    }
    this.dispatchEvent(new Event('sample'));
  }

  #hole() {
    if (this.samples.length > 0 && this.samples.at(-1) !== null) {
      this.samples.push(null);
    }
  }

  /** One figure over time, for a plot. */
  series(value) {
    return this.samples.map((sample, i) =>
      sample === null ? { t: this.samples[i - 1]?.t ?? 0, v: null } : { t: sample.t, v: value(sample) },
    );
  }
}

export const stats = new Stats();
