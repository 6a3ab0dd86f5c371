import { connect } from '../emque.js';
import { h } from './dom.js';

const KEY = 'emque.token';

let token = null;
let dialog = null;
try {
  token = sessionStorage.getItem(KEY);
} catch {
  // it is asked for again after a reload
}

/** The broker this page came from. */
export const emque = connect({ token: () => token });

export function hasToken() {
  return token !== null && token !== '';
}

/** Whether an error means that a token is wanted, or another one. */
export function wantsToken(error) {
  return error?.status === 401 || error?.status === 403 || ['UNAUTHENTICATED', 'FORBIDDEN'].includes(error?.code);
}

function keep(value) {
  token = value === '' ? null : value;
  try {
    if (token === null) {
      sessionStorage.removeItem(KEY);
    } else {
      sessionStorage.setItem(KEY, token);
    }
  } catch {
    // kept in memory alone
  }
}

/** Asks for a token, once at a time; then everything begins again with it. */
export function askForToken(why) {
  if (dialog?.open) {
    return;
  }
  const input = h('input', {
    type: 'password',
    id: 'token',
    autocomplete: 'off',
    spellcheck: 'false',
    value: token ?? '',
  });
  const use = () => {
    keep(input.value.trim());
    dialog.close();
    location.reload();
  };
  dialog = h(
    'dialog',
    { class: 'token', 'aria-labelledby': 'token-title' },
    h('h2', { id: 'token-title', text: 'This broker asks who you are' }),
    h('p', { class: 'soft', text: why }),
    h('label', { for: 'token', text: 'Token' }),
    input,
    h('p', { class: 'soft', text: 'It stays in this tab, and goes to this broker alone.' }),
    h(
      'div',
      { class: 'buttons' },
      h('button', { class: 'primary', text: 'Use it', onclick: use }),
      h('button', { text: 'Not now', onclick: () => dialog.close() }),
    ),
  );
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') {
      use();
    }
  });
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  input.focus();
}
