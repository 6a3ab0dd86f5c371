// ws: a fast publisher and a subscriber on two connections. Arguments: the server's wss:// or ws:// address.
import WebSocket from 'ws';
import { done, fail, inOrder, same, startDeadline } from './expect.mjs';

startDeadline();
const server = process.argv[2];
const count = 10_000;
const expected = inOrder(count);
const opened = (socket) => new Promise((resolve) => socket.on('open', resolve));

const subscriber = new WebSocket(`${server}/sub?topic=ws`);
subscriber.on('error', (e) => fail(e.message));
subscriber.on('message', (data, isBinary) => {
  same(isBinary, true, 'binary');
  expected.take(data.toString());
});
await opened(subscriber);

const publisher = new WebSocket(`${server}/pub?topic=ws`);
publisher.on('error', (e) => fail(e.message));
await opened(publisher);
for (let i = 0; i < count; i++) {
  publisher.send(String(i));
}
await expected.all;

subscriber.ping();
await new Promise((resolve) => subscriber.on('pong', resolve));
subscriber.close(1000, 'enough');
const [code, reason] = await new Promise((resolve) => subscriber.on('close', (...end) => resolve(end)));
same(code, 1000, 'close code');

const refused = new WebSocket(`${server}/sub?topic=ws&from=nowhere`);
const status = await new Promise((resolve) => {
  refused.on('unexpected-response', (request, response) => resolve(response.statusCode));
  refused.on('open', () => resolve('open'));
  refused.on('error', () => {});
});
same(status, 400, 'status of a wrong option');
done(`${count} messages in order by WebSocket`);
