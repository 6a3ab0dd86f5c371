import { announce, h } from './dom.js';
import { emque, hasToken } from './token.js';

/** A word for a POSIX shell. */
function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function command(flags, target) {
  const insecure = emque.server.startsWith('https:') ? 'k' : '';
  const short = insecure + flags;
  const token = hasToken() ? ' -H "Authorization: Bearer $EMQUE_TOKEN"' : '';
  return `curl${short === '' ? '' : ` -${short}`}${token} ${quoted(new URL(target, emque.server).href)}`;
}

function query(parameters) {
  return new URLSearchParams(Object.entries(parameters).filter(([, value]) => value)).toString();
}

export const curl = {
  stats: () => command('N', 'stats'),
  topics: () => command('', 'topics'),
  topic: (topic) => command('', `topics?${query({ topic })}`),
  subscribe: (topic, start) => command('N', `sub?${query({ topic, ...start, format: 'json' })}`),
  publish: (topic, payload) =>
    command('', `pub?${query({ topic })}`).replace('curl', () => `curl --data-binary ${quoted(payload)}`),
};

/** A command to copy. */
export function curlLine(label, text) {
  const code = h('code', { text });
  const copy = h('button', {
    class: 'quiet copy',
    'aria-label': `Copy the command: ${label}`,
    text: 'Copy',
    onclick: async () => {
      try {
        await navigator.clipboard.writeText(code.textContent);
        announce('Copied');
        copy.textContent = 'Copied';
      } catch {
        getSelection().selectAllChildren(code);
        copy.textContent = 'Selected';
      }
      setTimeout(() => (copy.textContent = 'Copy'), 1_500);
    },
  });
  const element = h(
    'div',
    { class: 'curl' },
    h('div', { class: 'curl-label', text: label }),
    h('div', { class: 'curl-box' }, code, copy),
  );
  return { element, set: (next) => code.textContent === next || (code.textContent = next) };
}
