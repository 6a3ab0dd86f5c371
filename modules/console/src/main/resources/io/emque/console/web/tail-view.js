import { everyFrame, h, setText } from './dom.js';
import { bytes, clock, count, plural } from './format.js';
import { preview, views } from './payload.js';

const ROW = 28;
const SPARE = 6;

/**
 * A list of a tail's entries of which only those in sight are elements, and what is selected in it below. Follows the newest
 * until somebody scrolls up.
 */
export class TailView {
  #list = h('div', { class: 'tail-list', role: 'listbox', tabindex: '0', 'aria-label': 'Messages', id: 'tail-list' });
  #room = h('div', { class: 'tail-room' });
  #detail = h('div', { class: 'tail-detail', hidden: true });
  #toEnd = h('button', { class: 'to-end', text: 'Newest ↓', hidden: true });
  #empty = h('div', { class: 'empty' });
  #rows = [];
  #entries = [];
  #selected = null;
  #follows = true;
  #draw = everyFrame(() => this.#drawNow());

  constructor() {
    const frame = h('div', { class: 'tail-frame' }, this.#empty, this.#list, this.#toEnd);
    this.element = h('div', { class: 'tail-view' }, frame, this.#detail);
    this.#toEnd.addEventListener('click', () => this.follow());
    this.#list.append(this.#room);
    this.#list.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    this.#list.addEventListener('keydown', (event) => this.#key(event));
    this.#list.addEventListener('click', (event) => {
      const row = event.target.closest('.tail-row');
      if (row) {
        this.#select(this.#entries[Number(row.dataset.index)]);
      }
    });
    new ResizeObserver(() => this.#draw()).observe(this.#list);
  }

  /** @param emptyText what is said when there is nothing to show */
  show(entries, emptyText) {
    this.#keepPlace(entries);
    this.#entries = entries;
    setText(this.#empty, emptyText);
    this.#draw();
  }

  /** Whoever has scrolled up goes on seeing the same, though older ones have been let go. */
  #keepPlace(entries) {
    const at = Math.floor(this.#list.scrollTop / ROW);
    const top = this.#entries[at];
    if (!this.#follows && top !== undefined && entries[at] !== top) {
      const now = entries.indexOf(top);
      this.#list.scrollTop = now < 0 ? 0 : this.#list.scrollTop + (now - at) * ROW;
    }
  }

  follow() {
    this.#setFollows(true);
    this.#draw();
  }

  #setFollows(follows) {
    this.#follows = follows;
    this.#toEnd.hidden = follows;
  }

  #scrolled() {
    const atEnd = this.#list.scrollTop + this.#list.clientHeight >= this.#list.scrollHeight - ROW;
    if (atEnd !== this.#follows) {
      this.#setFollows(atEnd);
    }
    this.#draw();
  }

  #drawNow() {
    const total = this.#entries.length;
    this.#empty.hidden = total > 0;
    this.#list.hidden = total === 0;
    if (total === 0) {
      return;
    }
    this.#room.style.height = `${total * ROW}px`;
    if (this.#follows) {
      this.#list.scrollTop = total * ROW;
    }
    const first = Math.max(0, Math.floor(this.#list.scrollTop / ROW) - SPARE);
    const last = Math.min(total, Math.ceil((this.#list.scrollTop + this.#list.clientHeight) / ROW) + SPARE);
    while (this.#rows.length < last - first) {
      const row = newRow();
      this.#rows.push(row);
      this.#room.append(row.element);
    }
    this.#rows.forEach((row, i) => {
      const index = first + i;
      row.element.hidden = index >= last;
      if (index < last) {
        row.element.style.top = `${index * ROW}px`;
        fillRow(row, this.#entries[index], index, this.#entries[index] === this.#selected);
      }
    });
    const at = this.#entries.indexOf(this.#selected);
    if (at >= first && at < last) {
      this.#list.setAttribute('aria-activedescendant', `tail-${at}`);
    } else {
      this.#list.removeAttribute('aria-activedescendant');
    }
  }

  #key(event) {
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity };
    if (event.key === 'Escape') {
      this.#select(null);
      return;
    }
    if (!(event.key in steps)) {
      return;
    }
    event.preventDefault();
    const from = this.#entries.indexOf(this.#selected);
    const to = Math.min(
      Math.max((from < 0 ? this.#entries.length : from) + steps[event.key], 0),
      this.#entries.length - 1,
    );
    this.#setFollows(false);
    this.#select(this.#entries[to]);
    const top = to * ROW;
    if (top < this.#list.scrollTop) {
      this.#list.scrollTop = top;
    } else if (top + ROW > this.#list.scrollTop + this.#list.clientHeight) {
      this.#list.scrollTop = top + ROW - this.#list.clientHeight;
    }
  }

  #select(entry) {
    this.#selected = entry?.message ? entry : null;
    this.#detail.hidden = this.#selected === null;
    if (this.#selected !== null) {
      this.#detail.replaceChildren(...detail(entry.message, () => this.#select(null)));
    }
    this.#draw();
  }
}

function newRow() {
  const time = h('span', { class: 'tail-time' });
  const offset = h('span', { class: 'tail-offset' });
  const text = h('span', { class: 'tail-text' });
  const size = h('span', { class: 'tail-size' });
  const element = h('div', { class: 'tail-row', role: 'option' }, time, offset, text, size);
  return { element, time, offset, text, size, entry: null };
}

function fillRow(row, entry, index, selected) {
  row.element.id = `tail-${index}`;
  row.element.dataset.index = index;
  row.element.setAttribute('aria-selected', String(selected));
  if (row.entry === entry) {
    return;
  }
  row.entry = entry;
  const { message } = entry;
  row.element.classList.toggle('gap', entry.gap !== undefined);
  row.element.classList.toggle('note', entry.note !== undefined);
  row.time.textContent = message?.timeMillis ? clock(message.timeMillis, true) : '';
  row.offset.textContent = message ? message.offset : '';
  row.text.textContent = message ? preview(message.payload) : (entry.note ?? gapText(entry.gap));
  row.size.textContent = message ? bytes(message.payload.length) : '';
}

function gapText(gap) {
  return gap.missed === null
    ? 'Gap: the log began anew, perhaps because the broker was restarted; what came before is gone'
    : `Gap: ${plural(gap.missed, 'message')} missed, no longer kept`;
}

function detail(message, close) {
  const shown = views(message.payload);
  const pre = h('pre', { tabindex: '0', 'aria-label': 'Payload' });
  const note = h('p', { class: 'soft' });
  const tabs = shown.map((view) => h('button', { class: 'quiet', text: view.name, onclick: () => use(view) }));
  const use = (view) => {
    pre.textContent = view.text;
    note.textContent = view.cut ? 'The beginning; the rest is not shown.' : '';
    tabs.forEach((tab) => tab.setAttribute('aria-pressed', String(tab.textContent === view.name)));
  };
  use(shown[0]);
  const facts = [
    ['Cursor', message.cursor],
    ['Time', message.time?.toISOString()],
    ['Id', message.id],
    ['Size', `${count(message.payload.length)} B`],
    ...Object.entries(message.headers).map(([name, value]) => [name, value]),
  ].filter(([, value]) => value);
  return [
    h(
      'div',
      { class: 'detail-head' },
      h('h3', { text: `Message ${message.offset}` }),
      h('div', { class: 'tabs', role: 'group', 'aria-label': 'Show as' }, tabs),
      h('button', { class: 'quiet', text: 'Close', onclick: close }),
    ),
    h(
      'dl',
      { class: 'facts' },
      facts.map(([name, value]) => h('div', {}, h('dt', { text: name }), h('dd', { text: value }))),
    ),
    pre,
    note,
  ];
}
