import { getJson } from './api.js';

const PAGE = 1_000;
const MAX_TOPICS = 20_000;
const INTERVAL = 2_000;

/** With very many topics asking takes its time: at most this part of it is spent asking. */
const MAX_SHARE = 20;

/** All topics, asked for page by page while somebody looks, with the rates since they were last asked for. */
class TopicStore extends EventTarget {
  topics = new Map(); // by name
  truncated = false;
  loaded = false;
  error = null;
  #watchers = 0;
  #timer = 0;

  /** Returns what ends the watching. */
  watch() {
    if (this.#watchers++ === 0) {
      this.#timer = setTimeout(() => this.#refresh(), 0);
    }
    let over = false;
    return () => {
      if (!over && --this.#watchers === 0) {
        clearTimeout(this.#timer);
      }
      over = true;
    };
  }

  async #refresh() {
    if (document.hidden && this.loaded) {
      this.#timer = setTimeout(() => this.#refresh(), INTERVAL);
      return;
    }
    const began = performance.now();
    try {
      const found = new Map();
      let after = null;
      do {
        const query = new URLSearchParams({ limit: PAGE, ...(after === null ? {} : { after_topic: after }) });
        const page = await getJson(`topics?${query}`);
        const now = performance.now();
        for (const topic of page.topics) {
          found.set(topic.topic, this.#row(topic, now));
        }
        after = page.next;
      } while (after !== null && found.size < MAX_TOPICS && this.#watchers > 0);
      this.truncated = after !== null;
      this.topics = found;
      this.loaded = true;
      this.error = null;
    } catch (e) {
      this.error = e;
    }
    this.dispatchEvent(new Event('change'));
    if (this.#watchers > 0) {
      const took = performance.now() - began;
      this.#timer = setTimeout(() => this.#refresh(), Math.max(INTERVAL - took, took * MAX_SHARE));
    }
  }

  #row(topic, now) {
    const before = this.topics.get(topic.topic);
    const known = before !== undefined && before.epoch === topic.epoch;
    const seconds = known ? (now - before.at) / 1000 : 0;
    return {
      name: topic.topic,
      epoch: topic.epoch,
      first: topic.firstOffset,
      next: topic.nextOffset,
      bytes: topic.bytes,
      subscribers: topic.subscribers.length,
      lag: topic.subscribers.reduce((most, { lag }) => Math.max(most, lag), 0),
      rate:
        known && seconds > 0
          ? (topic.nextOffset - before.next) / seconds
          : this.loaded && before === undefined
            ? null
            : (before?.rate ?? null),
      at: now,
    };
  }
}

export const topicStore = new TopicStore();
