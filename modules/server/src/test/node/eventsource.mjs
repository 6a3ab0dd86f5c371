// eventsource: the stream, its ids, and that a lost connection loses no message. Arguments: the server's address.
import { EventSource } from 'eventsource';
import { done, fail, inOrder, same, startDeadline } from './expect.mjs';

startDeadline();
const server = process.argv[2];
const count = 1_000;
const publish = async (i) => {
  const answer = await fetch(`${server}/pub?topic=sse`, { method: 'POST', body: String(i) });
  same(answer.status, 200, 'status of a publish');
};

// Half of the messages come by a first stream, the rest by one that resumes after the last id seen.
const first = inOrder(count / 2);
let lastId;
const source = new EventSource(`${server}/sub?topic=sse`);
source.onerror = (e) => fail(`stream: ${e.message}`);
source.onmessage = (event) => {
  lastId = event.lastEventId;
  first.take(event.data);
};
await new Promise((resolve) => (source.onopen = resolve));
for (let i = 0; i < count / 2; i++) {
  await publish(i);
}
await first.all;
source.close();
same(lastId.split(':')[1], String(count / 2 - 1), 'offset of the last event');

for (let i = count / 2; i < count; i++) {
  await publish(i);
}
let next = count / 2;
const resumed = new EventSource(`${server}/sub?topic=sse`, {
  fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, 'Last-Event-ID': lastId } }),
});
resumed.onerror = (e) => fail(`resumed stream: ${e.message}`);
resumed.onmessage = (event) => {
  same(event.data, String(next), `message ${next}`);
  if (++next === count) {
    done(`${count} messages in order by Server-Sent Events, resumed once`);
  }
};
