import { curl, curlLine } from './curl.js';
import { h, setText } from './dom.js';
import { bytes, compact, count, latency, plural, rate, span } from './format.js';
import { Plot } from './plot.js';
import { stats } from './stats.js';
import { topicStore } from './topic-store.js';
import { emque } from './token.js';

const BUSIEST = 6;
const FIRST_TOPIC = 'hello';

/** How the broker is, at a glance. */
export function overview() {
  const flow = [
    bigPlot(
      'Messages in',
      'published',
      '--in',
      (s) => s.publishedPerSecond,
      (s) => `${bytes(s.publishedBytesPerSecond)}/s, ${compact(s.published)} since the start`,
    ),
    bigPlot(
      'Messages out',
      'delivered',
      '--out',
      (s) => s.deliveredPerSecond,
      (s) => `${bytes(s.deliveredBytesPerSecond)}/s, ${compact(s.delivered)} since the start`,
    ),
  ];
  const tiles = [
    tile(
      'Subscribers',
      (s) => count(s.subscribers),
      (s) => protocols(s.subscribersByProtocol),
    ),
    tile(
      'Topics',
      (s) => count(s.topics),
      (s) => (s.storeBytes === undefined ? 'kept in memory' : `${bytes(s.storeBytes)} on disk`),
    ),
    tile(
      'Memory',
      (s) => bytes(s.memoryBytes),
      (s) => `${percent(s.memoryBytes / s.memoryLimitBytes)} of ${bytes(s.memoryLimitBytes)}`,
    ),
    tile(
      'Delivery',
      (s) => (s.deliverySeconds ? `≤ ${latency(s.deliverySeconds.p99)}` : '–'),
      (s) => (s.deliverySeconds ? '99 of 100 messages' : 'nothing just now'),
    ),
    tile(
      'Lag',
      (s) => compact(s.lag),
      (s) => (s.missed > 0 ? `${compact(s.missed)} missed since the start` : 'nothing missed'),
    ),
    tile(
      'Uptime',
      (s) => span(s.uptimeSeconds),
      (s) => plural(s.connections, 'connection'),
    ),
  ];
  const busiest = busiestTopics();
  const parts = [...flow, ...tiles];
  const show = () => {
    if (stats.last) {
      parts.forEach((part) => part.show(stats.last));
    }
  };
  const redraw = () => parts.forEach((part) => part.redraw?.());
  stats.addEventListener('sample', show);
  window.addEventListener('themechange', redraw);
  show();
  return {
    title: 'Overview',
    element: h(
      'div',
      { class: 'overview' },
      h('h1', { class: 'unseen', text: 'Overview' }),
      h(
        'section',
        { class: 'flow', 'aria-label': 'Messages' },
        flow.map((part) => part.element),
      ),
      h(
        'section',
        { class: 'tiles', 'aria-label': 'Levels' },
        tiles.map((part) => part.element),
      ),
      busiest.element,
      h(
        'section',
        { class: 'card', 'aria-labelledby': 'curl-title' },
        h('h2', { id: 'curl-title', text: 'The same with curl' }),
        curlLine('What this page shows, once a second', curl.stats()).element,
      ),
    ),
    leave() {
      stats.removeEventListener('sample', show);
      window.removeEventListener('themechange', redraw);
      busiest.leave();
    },
  };
}

function bigPlot(label, name, colour, value, small) {
  const plot = new Plot({ label: `${label} per second`, colour, format: rate });
  const number = h('span', { class: 'big', id: `now-${name}`, text: '–' });
  const below = h('p', { class: 'soft' });
  const element = h(
    'article',
    { class: `card ${name}` },
    h(
      'div',
      { class: 'card-head' },
      h('h2', { text: label }),
      h('div', { class: 'big-line' }, number, h('span', { class: 'soft', text: ' /s' })),
    ),
    plot.element,
    below,
  );
  return {
    element,
    show(sample) {
      setText(number, rate(value(sample)));
      setText(below, small(sample));
      plot.show(stats.series(value));
    },
    redraw: () => plot.draw(),
  };
}

function tile(label, main, small) {
  const number = h('div', { class: 'figure', text: '–' });
  const below = h('div', { class: 'soft', text: '\u00a0' });
  return {
    element: h(
      'article',
      { class: 'card tile', 'data-tile': label.toLowerCase() },
      h('h2', { text: label }),
      number,
      below,
    ),
    show(sample) {
      setText(number, main(sample));
      setText(below, small(sample) || '\u00a0');
    },
  };
}

function protocols(byProtocol) {
  return Object.entries(byProtocol)
    .sort(([, a], [, b]) => b - a)
    .map(([protocol, n]) => `${compact(n)} ${protocol}`)
    .join(', ');
}

function percent(part) {
  return part > 0 && part < 0.001 ? '< 0.1 %' : `${(part * 100).toFixed(part < 0.1 ? 1 : 0)} %`;
}

/** The topics with the most going on; for a broker without any, a way to have one. */
function busiestTopics() {
  const body = h('div', { class: 'busiest' });
  const section = h(
    'section',
    { class: 'card', 'aria-labelledby': 'busiest-title' },
    h('h2', { id: 'busiest-title', text: 'Busiest topics' }),
    body,
  );
  const show = () => {
    if (!topicStore.loaded) {
      return;
    }
    const rows = [...topicStore.topics.values()]
      .sort((a, b) => (b.rate ?? 0) - (a.rate ?? 0) || b.next - a.next)
      .slice(0, BUSIEST);
    if (rows.length === 0) {
      if (!body.querySelector('.first')) {
        body.replaceChildren(firstSteps());
      }
      return;
    }
    body.replaceChildren(
      h(
        'ul',
        {},
        rows.map((row) =>
          h(
            'li',
            {},
            h('a', { href: `#/topic/${encodeURIComponent(row.name)}` }, h('bdi', { text: row.name })),
            h('span', { class: 'soft', text: `${rate(row.rate)}/s, ${plural(row.subscribers, 'subscriber')}` }),
          ),
        ),
      ),
      h('a', { class: 'more', href: '#/topics', text: `All ${plural(topicStore.topics.size, 'topic')}` }),
    );
  };
  topicStore.addEventListener('change', show);
  const unwatch = topicStore.watch();
  show();
  return {
    element: section,
    leave() {
      unwatch();
      topicStore.removeEventListener('change', show);
    },
  };
}

function firstSteps() {
  const start = h('button', {
    class: 'primary',
    text: 'Publish a first message and watch it arrive',
    onclick: async () => {
      await emque.publish(
        FIRST_TOPIC,
        JSON.stringify({ hello: 'world', from: 'the console', at: new Date().toISOString() }),
      );
      location.hash = `#/topic/${FIRST_TOPIC}?from=earliest`;
    },
  });
  return h(
    'div',
    { class: 'first' },
    h('p', { text: 'There is no topic yet: each comes with its first message or subscriber.' }),
    start,
    curlLine('Or from a shell', curl.publish(FIRST_TOPIC, 'hello')).element,
  );
}
