// @grpc/grpc-js with the .proto files, both services. Arguments: host:port, tls or plain, the folder of the .proto files.
import grpc from '@grpc/grpc-js';
import loader from '@grpc/proto-loader';
import { done, fail, inOrder, same, startDeadline } from './expect.mjs';

startDeadline();
const [address, security, protos] = process.argv.slice(2);
const credentials =
  security === 'tls'
    ? grpc.credentials.createSsl(null, null, null, { rejectUnauthorized: false })
    : grpc.credentials.createInsecure();
const loaded = grpc.loadPackageDefinition(
  loader.loadSync(['emque/v1/emque.proto', 'mq.proto'], { includeDirs: [protos], longs: Number, oneofs: true, defaults: true }),
);
const limits = {
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
  'grpc.ssl_target_name_override': 'localhost',
};
const emque = new loaded.emque.v1.Emque(address, credentials, limits);
const mq = new loaded.mq.MQ(address, credentials, limits);

const call = (client, method, request, options = {}) =>
  new Promise((resolve, reject) =>
    client[method](request, options, (error, answer) => (error ? reject(error) : resolve(answer))),
  );
const refusal = (promise) => promise.then(() => fail('not refused'), (error) => error);

// Unary, and what a refusal carries.
same((await call(emque, 'Publish', { topic: 'unary', payload: Buffer.from('x') })).offset, 0, 'offset');
const refused = await refusal(call(emque, 'Publish', { topic: '', payload: Buffer.from('x') }));
same(refused.code, grpc.status.INVALID_ARGUMENT, 'status');
same(refused.metadata.get('emque-error')[0], 'TOPIC_REQUIRED', 'trailer');
const unknown = await refusal(
  new Promise((resolve, reject) =>
    emque.makeUnaryRequest('/emque.v1.Emque/Nothing', (x) => x, (x) => x, Buffer.alloc(0), (e, a) => (e ? reject(e) : resolve(a))),
  ),
);
same(unknown.code, grpc.status.UNIMPLEMENTED, 'status of an unknown method');

// A stream of publishes and a subscription on one connection.
const count = 10_000;
const expected = inOrder(count);
let heartbeats = 0;
const deliveries = emque.Subscribe({ topic: 'stream' });
deliveries.on('error', (e) => e.code === grpc.status.CANCELLED || fail(e.message));
const standing = new Promise((resolve) =>
  deliveries.on('data', (delivery) => {
    if (delivery.delivery === 'heartbeat') {
      heartbeats++;
      resolve();
    } else {
      expected.take(delivery.message.payload.toString());
    }
  }),
);
await standing;
let acked = 0;
const publishes = emque.PublishStream();
publishes.on('error', (e) => fail(e.message));
publishes.on('data', (answers) => {
  for (const reply of answers.replies) {
    same(reply.ack?.offset, acked++, 'acked offset');
  }
});
for (let i = 0; i < count; i++) {
  if (!publishes.write({ topic: 'stream', payload: Buffer.from(String(i)) })) {
    await new Promise((resolve) => publishes.once('drain', resolve));
  }
}
publishes.end();
await new Promise((resolve) => publishes.on('end', resolve));
same(acked, count, 'acks');
await expected.all;
deliveries.cancel();

// A message beyond gRPC's usual 4 MiB, there and back; a gap is a delivery of its own.
const large = Buffer.alloc(5 * 1024 * 1024, 7);
await call(emque, 'Publish', { topic: 'large', payload: large });
const back = await new Promise((resolve) => {
  const stream = emque.Subscribe({ topic: 'large', from: 'earliest' });
  stream.on('error', () => {});
  stream.on('data', (d) => d.delivery === 'message' && (resolve(d.message.payload), stream.cancel()));
});
same(back.equals(large), true, 'large message');
const gap = await new Promise((resolve) => {
  const stream = emque.Subscribe({ topic: 'unary', after: 'gone:7' });
  stream.on('error', () => {});
  stream.on('data', (d) => d.delivery === 'gap' && (resolve(d.gap), stream.cancel()));
});
same(gap.expected, 'gone:8', 'gap');

// A deadline ends a subscription.
const late = await new Promise((resolve) => {
  const stream = emque.Subscribe({ topic: 'quiet' }, { deadline: Date.now() + 300 });
  stream.on('data', () => {});
  stream.on('error', resolve);
});
same(late.code, grpc.status.DEADLINE_EXCEEDED, 'status at the deadline');

// The original's service.
const payload = await new Promise((resolve) => {
  const stream = mq.Sub({ topic: 'original' });
  stream.on('error', () => {});
  stream.on('data', (d) => (resolve(d.payload.toString()), stream.cancel()));
  stream.on('metadata', () => call(mq, 'Pub', { topic: 'original', payload: Buffer.from('hello') }));
});
same(payload, 'hello', 'payload');

const topics = await call(emque, 'ListTopics', { topic: 'stream' });
same(topics.topics[0].nextOffset, count, 'next offset');
done(`${count} messages in order by gRPC`);
