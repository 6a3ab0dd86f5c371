import { getJson, topicTarget } from './api.js';
import { curl, curlLine } from './curl.js';
import { everyFrame, h, setText } from './dom.js';
import { bytes, compact, count, plural, rate } from './format.js';
import { publishBox } from './publish.js';
import { Tail } from './tail.js';
import { TailView } from './tail-view.js';
import { topicStore } from './topic-store.js';

const LOOK_MILLIS = 1_500;
const SUBSCRIBERS_SHOWN = 100;

/** How far "Recent" goes back. */
const RECENT = 100;

const STARTS = [
  { name: 'Recent', value: 'recent' },
  { name: 'Latest', value: 'latest' },
  { name: 'Earliest kept', value: 'earliest' },
  {
    name: 'Time ago',
    value: 'since',
    hint: '10m',
    label: 'How long ago: 30s, 10m, 2h; or a time as 2026-01-31T12:00:00Z',
  },
  { name: 'Offset', value: 'offset', hint: '0', label: 'Offset, or cursor EPOCH:OFFSET' },
];

/** One topic: what is published to it, who reads it, and a box to publish from. */
export function topicPage(name, from) {
  const facts = h('p', { class: 'soft', role: 'status', id: 'topic-facts' });
  const subscribers = h('div', { id: 'subscribers' });
  const curlSubscribe = curlLine('Read this topic', '');
  const curlPublish = curlLine('Publish to it', curl.publish(name, 'hello'));
  const look = looking(name, (topic, error) => {
    setText(facts, topic ? factsOf(topic) : error);
    subscribers.replaceChildren(subscriberList(topic?.subscribers ?? []));
  });
  const tail = tailCard(name, from, (start) => curlSubscribe.set(curl.subscribe(name, start)), look.setOpen);
  return {
    title: name,
    element: h(
      'div',
      { class: 'topic-page' },
      h('div', { class: 'page-head' }, h('h1', {}, h('bdi', { text: name })), facts),
      h(
        'div',
        { class: 'columns' },
        tail.element,
        h(
          'div',
          { class: 'side' },
          h(
            'section',
            { class: 'card', 'aria-labelledby': 'publish-title' },
            h('h2', { id: 'publish-title', text: 'Publish' }),
            publishBox(name, (payload) => curlPublish.set(curl.publish(name, payload || 'hello'))),
          ),
          h(
            'section',
            { class: 'card', 'aria-labelledby': 'subscribers-title' },
            h('h2', { id: 'subscribers-title', text: 'Subscribers' }),
            subscribers,
          ),
          h(
            'section',
            { class: 'card', 'aria-labelledby': 'curl-title' },
            h('h2', { id: 'curl-title', text: 'The same with curl' }),
            curlSubscribe.element,
            curlPublish.element,
            curlLine('What is known of it', curl.topic(name)).element,
          ),
        ),
      ),
    ),
    leave() {
      tail.leave();
      look.leave();
    },
  };
}

function factsOf(topic) {
  const kept = topic.nextOffset - topic.firstOffset;
  const what =
    kept > 0
      ? `${plural(kept, 'message')} kept (offsets ${count(topic.firstOffset)} to ${count(topic.nextOffset - 1)})`
      : 'Nothing kept';
  return `${what}, ${bytes(topic.bytes)} of memory, epoch ${topic.epoch}`;
}

function subscriberList(all) {
  if (all.length === 0) {
    return h('p', { class: 'soft', text: 'Nobody but time.' });
  }
  const shown = [...all].sort((a, b) => b.lag - a.lag).slice(0, SUBSCRIBERS_SHOWN);
  return h(
    'div',
    { class: 'table-box' },
    h(
      'table',
      { class: 'plain' },
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          h('th', { scope: 'col', text: 'Protocol' }),
          h('th', { scope: 'col', class: 'number', text: 'Lag' }),
          h('th', { scope: 'col', class: 'number', text: 'Missed' }),
        ),
      ),
      h(
        'tbody',
        {},
        shown.map(({ protocol, lag, missed }) =>
          h(
            'tr',
            {},
            h('td', { text: protocol }),
            h('td', { class: 'number', text: compact(lag) }),
            h('td', { class: 'number', text: compact(missed) }),
          ),
        ),
      ),
    ),
    all.length > shown.length ? h('p', { class: 'soft', text: `and ${count(all.length - shown.length)} more` }) : null,
  );
}

/** Asks about the topic now and then, while the tail is open: its subscription makes the topic. */
function looking(name, show) {
  const end = new AbortController();
  let timer = 0;
  let open = false;
  const look = async () => {
    timer = 0;
    if (!open) {
      return;
    }
    try {
      show(await getJson(topicTarget(name), end.signal), '');
    } catch (e) {
      if (end.signal.aborted) {
        return;
      }
      show(null, e.message);
    }
    if (open) {
      timer = setTimeout(look, LOOK_MILLIS);
    }
  };
  const leave = () => {
    clearTimeout(timer);
    end.abort();
  };
  const setOpen = (now) => {
    if (now && !open) {
      clearTimeout(timer);
      timer = setTimeout(look, 0);
    }
    open = now;
  };
  return { setOpen, leave };
}

/** The live tail, with what steers it. */
function tailCard(name, first, onStart, onOpen) {
  let tail;
  let frozen = null;
  const badge = h('span', { class: 'badge', id: 'tail-rate' });
  const sampled = h('span', { class: 'soft', id: 'tail-sampled' });
  const state = h('p', { class: 'tail-state', role: 'status', hidden: true });
  const filter = h('input', {
    type: 'search',
    id: 'filter',
    placeholder: 'Filter',
    'aria-label': 'Show only messages that hold',
    autocomplete: 'off',
    spellcheck: 'false',
  });
  const from = h(
    'select',
    { id: 'from', 'aria-label': 'Where to start' },
    STARTS.map(({ name: label, value }) => h('option', { value, text: label })),
  );
  const detail = h('input', {
    id: 'start-at',
    type: 'text',
    hidden: true,
    size: '12',
    autocomplete: 'off',
    spellcheck: 'false',
  });
  const pause = h('button', { id: 'pause', text: 'Pause', 'aria-pressed': 'false' });
  const clear = h('button', { class: 'quiet', text: 'Clear' });
  const view = new TailView();

  const show = everyFrame(() => {
    const shown = frozen ?? tail.entries;
    view.show(
      shown,
      tail.received === 0
        ? 'Waiting for messages.'
        : filter.value
          ? 'Nothing that holds this yet.'
          : 'Nothing to show.',
    );
  });
  const showRate = () => {
    setText(badge, `${rate(Math.round(tail.rate))}/s`);
    setText(
      sampled,
      tail.stride > 1 ? `all are counted, 1 of ${count(tail.stride)} is shown` : `${count(tail.received)} received`,
    );
  };
  const showState = () => {
    onOpen(tail.state === 'open');
    const lost = tail.state === 'waiting' || tail.state === 'closed';
    state.hidden = !lost && tail.error === null;
    const why = tail.error ? `${tail.error.message}. ` : 'The connection was lost. ';
    const next =
      tail.state === 'closed'
        ? 'Nothing more comes: choose where to start again.'
        : 'It goes on where it was as soon as the broker answers.';
    setText(state, why + next);
  };
  const begin = () => {
    tail?.close();
    const start = startOf(name, from.value, detail.value.trim());
    tail = new Tail(name, start);
    tail.addEventListener('change', show);
    tail.addEventListener('rate', showRate);
    tail.addEventListener('state', showState);
    tail.filter = filter.value;
    frozen = null;
    setPaused(false);
    onStart(start);
    showRate();
    showState();
    view.follow();
    show();
  };
  const setPaused = (paused) => {
    frozen = paused ? tail.entries.slice() : null;
    pause.textContent = paused ? 'Resume' : 'Pause';
    pause.setAttribute('aria-pressed', String(paused));
  };
  pause.addEventListener('click', () => {
    setPaused(frozen === null);
    show();
  });
  clear.addEventListener('click', () => {
    setPaused(false);
    tail.clear();
  });
  filter.addEventListener('input', () => {
    tail.filter = filter.value;
    show();
  });
  from.addEventListener('change', () => {
    const chosen = STARTS.find(({ value }) => value === from.value);
    detail.hidden = chosen.hint === undefined;
    if (chosen.hint === undefined) {
      begin();
    } else {
      detail.value = chosen.hint;
      detail.setAttribute('aria-label', chosen.label);
      detail.title = chosen.label;
      detail.focus();
      detail.select();
      begin();
    }
  });
  detail.addEventListener('change', begin);
  from.value = STARTS.some(({ value, hint }) => value === first && hint === undefined) ? first : 'recent';
  begin();
  return {
    element: h(
      'section',
      { class: 'card flush tail', 'aria-labelledby': 'tail-title' },
      h('div', { class: 'tail-head' }, h('h2', { id: 'tail-title', text: 'Messages' }), badge, sampled),
      h('div', { class: 'tail-tools' }, from, detail, filter, pause, clear),
      state,
      view.element,
    ),
    leave: () => tail.close(),
  };
}

function startOf(topic, from, detail) {
  if (from === 'recent') {
    const known = topicStore.topics.get(topic);
    return {
      from:
        known && known.next > known.first ? `${known.epoch}:${Math.max(known.first, known.next - RECENT)}` : 'latest',
    };
  }
  if (from === 'since') {
    return { since: detail };
  }
  return { from: from === 'offset' ? detail : from };
}
