import { refused } from './api.js';
import { announce, h, memory, setText } from './dom.js';
import { overview } from './overview.js';
import { stats } from './stats.js';
import { topicPage } from './topic.js';
import { topicsPage } from './topics.js';

const THEMES = ['auto', 'light', 'dark'];
const STATES = { connecting: 'Connecting', open: 'Live', closed: 'Closed' };

const main = document.getElementById('main');
let leave = () => {};

/** `#/`, `#/topics`, `#/topic/NAME`, `#/topic/NAME?from=earliest`. */
function route() {
  const hash = location.hash;
  if (hash !== '' && !hash.startsWith('#/')) {
    return; // the link that skips to the content
  }
  leave();
  const topic = /^#\/topic\/([^?]+)(?:\?from=(.*))?$/.exec(hash);
  const page = topic ? 'topic' : hash === '#/topics' ? 'topics' : 'overview';
  let shown;
  try {
    shown =
      page === 'topic'
        ? topicPage(decodeURIComponent(topic[1]), topic[2] ?? 'recent')
        : page === 'topics'
          ? topicsPage()
          : overview();
  } catch (e) {
    shown = {
      title: 'Not found',
      element: h('p', { class: 'empty', text: `This address names no topic: ${e.message}` }),
      leave() {},
    };
  }
  leave = shown.leave;
  document.title = `${shown.title} – Emque`;
  main.replaceChildren(shown.element);
  for (const link of document.querySelectorAll('nav a')) {
    const current = link.dataset.page === page || (page === 'topic' && link.dataset.page === 'topics');
    link.toggleAttribute('aria-current', current);
    if (current) {
      link.setAttribute('aria-current', 'page');
    }
  }
  window.scrollTo(0, 0);
  announce(shown.title);
}

function showStatus() {
  const button = document.getElementById('status');
  button.dataset.state = stats.state;
  const text =
    stats.state === 'waiting'
      ? `Lost, again in ${Math.max(0, Math.ceil((stats.retryAt - Date.now()) / 1000))} s`
      : STATES[stats.state];
  setText(button.lastElementChild, text);
  button.title = stats.state === 'waiting' ? 'Connect now' : '';
}

function showTheme(theme) {
  const button = document.getElementById('theme');
  document.documentElement.dataset.theme = theme;
  button.lastElementChild.textContent = theme[0].toUpperCase() + theme.slice(1);
  window.dispatchEvent(new Event('themechange'));
}

let theme = memory.get('theme', 'auto');
document.getElementById('theme').addEventListener('click', () => {
  theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
  memory.set('theme', theme);
  showTheme(theme);
});
document.getElementById('status').addEventListener('click', () => stats.retryNow());
document.querySelector('.skip').addEventListener('click', (event) => {
  event.preventDefault();
  main.focus();
});
window.addEventListener('hashchange', route);
stats.addEventListener('state', () => {
  showStatus();
  if (stats.state === 'open' || stats.state === 'waiting') {
    announce(stats.state === 'open' ? 'Connected to the broker' : 'Connection to the broker lost');
  }
});
setInterval(showStatus, 500);
showTheme(THEMES.includes(theme) ? theme : 'auto');
stats.start();
route();
window.addEventListener('unhandledrejection', (event) => refused(event.reason));
