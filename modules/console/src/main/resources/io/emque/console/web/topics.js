import { curl, curlLine } from './curl.js';
import { everyFrame, h, memory, setText } from './dom.js';
import { bytes, compact, count, plural, rate } from './format.js';
import { topicStore } from './topic-store.js';

const ROW = 44;
const SPARE = 8;

const COLUMNS = [
  { key: 'name', label: 'Topic', text: (row) => row.name },
  { key: 'rate', label: 'Rate', text: (row) => (row.rate === null ? '–' : `${rate(row.rate)}/s`), number: true },
  { key: 'next', label: 'Messages', text: (row) => compact(row.next), number: true, wide: true },
  { key: 'bytes', label: 'Memory', text: (row) => bytes(row.bytes), number: true },
  { key: 'subscribers', label: 'Subscribers', text: (row) => count(row.subscribers), number: true, wide: true },
  { key: 'lag', label: 'Lag', text: (row) => compact(row.lag), number: true },
];

/** All topics: to be searched and sorted, of which only those in sight are elements. */
export function topicsPage() {
  let sort = memory.get('sort', { key: 'rate', down: true });
  let order = [];
  let held = false;
  const rows = [];
  const search = h('input', {
    type: 'search',
    id: 'search',
    placeholder: 'Search, or name a topic and press Enter',
    'aria-label': 'Search topics',
    autocomplete: 'off',
    spellcheck: 'false',
  });
  const summary = h('p', { class: 'soft', role: 'status', id: 'topics-summary' });
  const heads = COLUMNS.map((column) => head(column, () => sortBy(column)));
  const body = h('tbody');
  const table = h(
    'table',
    { class: 'topics' },
    h(
      'thead',
      {},
      h(
        'tr',
        {},
        heads.map(({ element }) => element),
      ),
    ),
    body,
  );
  const scroller = h('div', { class: 'scroller', tabindex: '0', role: 'region', 'aria-label': 'Topics' }, table);
  const above = h('tr', { class: 'room', 'aria-hidden': 'true' }, h('td', { colspan: COLUMNS.length }));
  const below = h('tr', { class: 'room', 'aria-hidden': 'true' }, h('td', { colspan: COLUMNS.length }));
  const empty = h('p', { class: 'empty', hidden: true });
  body.append(above, below);

  const arrange = () => {
    const wanted = search.value.toLowerCase();
    const found = [...topicStore.topics.values()].filter(({ name }) => name.toLowerCase().includes(wanted));
    if (held) {
      // The order stays while somebody points at a row or is in one; what is new comes last.
      const place = new Map(order.map(({ name }, i) => [name, i]));
      found.sort((a, b) => (place.get(a.name) ?? Infinity) - (place.get(b.name) ?? Infinity) || 0);
    } else {
      found.sort(comparing(sort));
    }
    order = found;
    describe();
    draw();
  };
  const describe = () => {
    const { size } = topicStore.topics;
    const all = topicStore.truncated ? `the first ${count(size)} topics by name` : plural(size, 'topic');
    const error = topicStore.error ? ` – ${topicStore.error.message}` : '';
    setText(
      summary,
      !topicStore.loaded
        ? `Asking the broker …${error}`
        : (search.value === '' ? all : `${count(order.length)} of ${all}`) + error,
    );
    empty.hidden = !topicStore.loaded || order.length > 0;
    setText(
      empty,
      size === 0 ? 'No topic yet: each comes with its first message or subscriber.' : 'No topic has this in its name.',
    );
    table.setAttribute('aria-rowcount', String(order.length + 1));
    for (const { column, element } of heads) {
      element.setAttribute('aria-sort', column.key !== sort.key ? 'none' : sort.down ? 'descending' : 'ascending');
    }
  };
  const draw = everyFrame(() => {
    const first = Math.max(0, Math.floor(scroller.scrollTop / ROW) - SPARE);
    const last = Math.min(order.length, Math.ceil((scroller.scrollTop + scroller.clientHeight) / ROW) + SPARE);
    while (rows.length < last - first) {
      const row = newRow();
      rows.push(row);
      body.insertBefore(row.element, below);
    }
    rows.forEach((row, i) => {
      row.element.hidden = first + i >= last;
      if (first + i < last) {
        fill(row, order[first + i], first + i);
      }
    });
    above.firstChild.style.height = `${first * ROW}px`;
    below.firstChild.style.height = `${Math.max(0, order.length - last) * ROW}px`;
    above.hidden = first === 0;
    below.hidden = order.length <= last;
  });
  const sortBy = ({ key, number }) => {
    sort = { key, down: sort.key === key ? !sort.down : number === true };
    memory.set('sort', sort);
    held = false;
    arrange();
  };
  const hold = (event) => {
    held = event.type === 'pointerenter' || event.type === 'focusin' || body.matches(':hover, :focus-within');
  };
  for (const type of ['pointerenter', 'pointerleave', 'focusin', 'focusout']) {
    body.addEventListener(type, hold);
  }
  scroller.addEventListener('scroll', draw, { passive: true });
  search.addEventListener('input', () => {
    scroller.scrollTop = 0;
    arrange();
  });
  search.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && search.value !== '') {
      location.hash = `#/topic/${encodeURIComponent(search.value)}`;
    }
  });
  new ResizeObserver(draw).observe(scroller);
  topicStore.addEventListener('change', arrange);
  const unwatch = topicStore.watch();
  arrange();
  return {
    title: 'Topics',
    element: h(
      'div',
      { class: 'topics-page' },
      h('div', { class: 'page-head' }, h('h1', { text: 'Topics' }), summary),
      h('div', { class: 'card flush' }, h('div', { class: 'search' }, search), scroller, empty),
      curlLine('This list, page by page', curl.topics()).element,
    ),
    leave() {
      unwatch();
      topicStore.removeEventListener('change', arrange);
    },
  };
}

function comparing({ key, down }) {
  const sign = down ? -1 : 1;
  return (a, b) => {
    const order = key === 'name' ? (a.name < b.name ? -1 : 1) : (a[key] ?? -1) - (b[key] ?? -1);
    return sign * order || (a.name < b.name ? -1 : 1);
  };
}

function head(column, onclick) {
  const classes = [column.number ? 'number' : '', column.wide ? 'wide' : ''].join(' ').trim();
  return {
    column,
    element: h(
      'th',
      { scope: 'col', class: classes || null },
      h('button', { class: 'quiet', text: column.label, onclick }),
    ),
  };
}

function newRow() {
  const link = h('a', {}, h('bdi'));
  const cells = COLUMNS.map((column, i) => {
    const classes = [column.number ? 'number' : '', column.wide ? 'wide' : ''].join(' ').trim();
    return h('td', { class: classes || null }, i === 0 ? link : null);
  });
  return { element: h('tr', {}, cells), link, cells };
}

function fill(row, topic, index) {
  row.element.setAttribute('aria-rowindex', String(index + 2));
  setText(row.link.firstChild, topic.name);
  row.link.title = topic.name;
  row.link.setAttribute('href', `#/topic/${encodeURIComponent(topic.name)}`);
  COLUMNS.forEach((column, i) => i > 0 && setText(row.cells[i], column.text(topic)));
}
