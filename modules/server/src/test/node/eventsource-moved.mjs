// eventsource: a server that stops says when to come back, and with what. Arguments: the server's address.
import { EventSource } from 'eventsource';
import { done, fail, same, startDeadline } from './expect.mjs';

startDeadline();
const server = process.argv[2];
let moved;
let movedAt;
const source = new EventSource(`${server}/sub?topic=moved`);
source.onerror = (e) => source.readyState === EventSource.CLOSED && fail(`gave up: ${e.message}`);
source.addEventListener('moved', (event) => {
  const told = JSON.parse(event.data);
  if (moved === undefined) {
    moved = told;
    movedAt = performance.now();
  } // else it came again while the first server was still there
  same(event.lastEventId, moved.after, 'id of the event');
});
const gap = new Promise((resolve) => source.addEventListener('gap', (event) => resolve(JSON.parse(event.data))));
source.onmessage = async (event) => {
  if (event.data === 'before') {
    return;
  }
  same(event.data, 'after', 'first message of the next server');
  const waited = performance.now() - movedAt;
  if (moved === undefined || waited < moved.retryMillis - 2) {
    fail(`back after ${waited} ms, asked for ${moved?.retryMillis} ms`);
  }
  const [epoch, offset] = moved.after.split(':');
  same((await gap).expected, `${epoch}:${Number(offset) + 1}`, 'what it came back for');
  source.close();
  done(`back after ${Math.round(waited)} ms, asked for ${moved.retryMillis} ms`);
};
