// eventsource: payloads that the format carries only with care come out as they went in. Argument: the server's address.
import { EventSource } from 'eventsource';
import { done, fail, same, startDeadline } from './expect.mjs';

startDeadline();
const server = process.argv[2];
const utf8 = (text) => [...new TextEncoder().encode(text)];
const cases = [
  'plain', '', ' ', '  two spaces first', '\n', 'a\n\nb\n', 'a\rb', 'a\r\nb', '\uFEFFbyte order mark', ':', ': x',
  'data: x', '\ndata: x\n\nid: 9\n', 'event: gap', 'retry: 1', '\0', 'a\0b', '\u0085\u2028\u2029', 'ü€😀', '\uFFFD',
]
  .map(utf8)
  .concat([[0xed, 0xa0, 0x80], [0xc0, 0x8a], [0x61, 0xe2, 0x82], [0xff]]);

/** The text, or null for what goes as Base64. */
const text = (bytes) => {
  try {
    const read = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes));
    return read.includes('\r') ? null : read;
  } catch {
    return null;
  }
};

let next = 0;
const take = (type) => (event) => {
  const expected = text(cases[next]);
  same(event.type, type, `type of event ${next}`);
  same(type, expected === null ? 'base64' : 'message', `type of payload ${next}`);
  same(event.data, expected ?? Buffer.from(cases[next]).toString('base64'), `payload ${next}`);
  same(event.lastEventId.split(':')[1], String(next), `id of payload ${next}`);
  if (++next === cases.length) {
    done(`${cases.length} payloads by Server-Sent Events`);
  }
};
const source = new EventSource(`${server}/sub?topic=cases`);
source.onerror = (e) => fail(`stream: ${e.message}`);
source.addEventListener('message', take('message'));
source.addEventListener('base64', take('base64'));
await new Promise((resolve) => (source.onopen = resolve));
for (const payload of cases) {
  const answer = await fetch(`${server}/pub?topic=cases`, { method: 'POST', body: Uint8Array.from(payload) });
  same(answer.status, 200, 'status of a publish');
}
