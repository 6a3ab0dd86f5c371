import { refused } from './api.js';
import { announce, h, memory } from './dom.js';
import { latency } from './format.js';
import { emque } from './token.js';

const REMEMBERED = 20;
const LONGEST_REMEMBERED = 4_000;

/** A box to publish from, which remembers what was sent. */
export function publishBox(topic, onInput) {
  let history = memory.get('history', []);
  const input = h('textarea', {
    id: 'payload',
    rows: '4',
    spellcheck: 'false',
    placeholder: '{"hello": "world"}',
    oninput: () => onInput(input.value),
  });
  const result = h('p', { class: 'result', role: 'status' });
  const list = h('div', { class: 'history' });
  const send = h('button', { class: 'primary', text: 'Publish', onclick: () => publish() });

  const publish = async () => {
    const payload = input.value;
    const began = performance.now();
    send.disabled = true;
    try {
      const { cursor, ack, duplicate } = await emque.publish(topic, payload, { retries: 1 });
      const took = latency((performance.now() - began) / 1000);
      result.className = 'result';
      result.textContent = `${duplicate ? 'Taken before' : 'Taken'}${cursor ? ` at ${cursor}` : ''}${ack ? `, ${ack}` : ''}, in ${took}`;
      remember(payload);
    } catch (e) {
      refused(e);
      result.className = 'result bad';
      result.textContent = e.message;
      announce(e.message);
    } finally {
      send.disabled = false;
    }
  };
  const remember = (payload) => {
    if (payload !== '' && payload.length <= LONGEST_REMEMBERED) {
      history = [payload, ...history.filter((each) => each !== payload)].slice(0, REMEMBERED);
      memory.set('history', history);
    }
    showHistory();
  };
  const use = (payload) => {
    input.value = payload;
    onInput(payload);
    input.focus();
  };
  const showHistory = () => {
    const entries = history.map((payload) =>
      h('button', { class: 'quiet', text: payload.slice(0, 120), title: 'Use it again', onclick: () => use(payload) }),
    );
    list.replaceChildren(
      ...(entries.length === 0
        ? []
        : [
            h(
              'details',
              { open: list.querySelector('details')?.open },
              h('summary', { text: `Sent before (${entries.length})` }),
              h('div', { class: 'history-list' }, entries),
            ),
          ]),
    );
  };
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      publish();
    } else if (event.key === 'ArrowUp' && input.value === '' && history.length > 0) {
      event.preventDefault();
      use(history[0]);
    }
  });
  showHistory();
  return h(
    'div',
    { class: 'publish' },
    h('label', { for: 'payload', text: 'Message' }),
    input,
    h('div', { class: 'buttons' }, send, h('span', { class: 'soft keys', text: 'Ctrl + Enter' })),
    result,
    list,
  );
}
