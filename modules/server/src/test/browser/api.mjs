// The descriptions of the API: that they are valid, and that the running server does what they say, and nothing else.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Validator } from '@seriousme/openapi-schema-validator';
import Ajv from 'ajv';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import WebSocket from 'ws';
import { ask, check, done, same, server, until } from './browser.mjs';

const METHODS = ['get', 'put', 'post', 'delete', 'patch', 'options'];
const require = createRequire(import.meta.url);

// ---- valid, in the eyes of others
const openapi = await (await fetch(`${server}/openapi.json`)).json();
const asyncapi = await (await fetch(`${server}/asyncapi.json`)).json();
const validator = new Validator();
const verdict = await validator.validate(structuredClone(openapi));
check(verdict.valid, `openapi.json: ${JSON.stringify(verdict.errors)}`);
const rules = new Ajv({ strict: false, meta: false, validateSchema: false, validateFormats: false });
const isAsyncApi = rules.compile(
  JSON.parse(readFileSync(require.resolve('@asyncapi/specs/schemas/3.0.0.json'), 'utf8')),
);
check(isAsyncApi(asyncapi), `asyncapi.json: ${JSON.stringify(isAsyncApi.errors)}`);

/** What a document's reference points at. */
function resolve(document, value) {
  if (value?.$ref === undefined) {
    return value;
  }
  const found = value.$ref
    .slice(2)
    .split('/')
    .reduce((at, key) => at?.[key.replaceAll('~1', '/')], document);
  check(found !== undefined, `${value.$ref} points nowhere`);
  return resolve(document, found);
}

function references(value) {
  return value === null || typeof value !== 'object'
    ? []
    : Object.entries(value).flatMap(([key, each]) => (key === '$ref' ? [each] : references(each)));
}

for (const document of [openapi, asyncapi]) {
  references(document).forEach(($ref) => resolve(document, { $ref }));
}

const schemas = new Ajv2020({ strict: false, allErrors: true });
addFormats(schemas);
schemas.addSchema({ $id: 'https://emque/openapi', components: openapi.components });
schemas.addSchema({ $id: 'https://emque/asyncapi', components: asyncapi.components });

function fits(value, schema, what, document = 'openapi') {
  const whole = JSON.parse(JSON.stringify(schema).replaceAll('"#/', `"https://emque/${document}#/`));
  const validate = schemas.compile(whole);
  check(validate(value), `${what}: ${JSON.stringify(validate.errors)} in ${JSON.stringify(value).slice(0, 300)}`);
}

// ---- error codes are those of the program
const codes = (await ask('codes')).split(' ').sort().join();
same(openapi.components.schemas.ErrorCode.enum.toSorted().join(), codes, 'error codes');

// ---- requests, each answered as described
const answered = new Set();

/** Sends a request, and holds its answer against the description. Returns the body, or the beginning of an endless one. */
async function request(path, method, target, init = {}, expected = 200) {
  const operation = openapi.paths[path][method];
  const what = `${method.toUpperCase()} ${target}`;
  const cut = new AbortController();
  const answer = await fetch(server + target, {
    method: method.toUpperCase(),
    redirect: 'manual',
    signal: cut.signal,
    ...init,
  });
  same(answer.status, expected, `status of ${what}`);
  const described = resolve(openapi, operation.responses[String(answer.status)]);
  check(described !== undefined, `${what}: ${answer.status} is not described`);
  for (const [name, value] of answer.headers) {
    const header = Object.entries(described.headers ?? {}).find(([known]) => known.toLowerCase() === name)?.[1];
    check(header !== undefined || !name.startsWith('emque-'), `${what}: header ${name} is not described`);
    if (header !== undefined) {
      fits(
        resolve(openapi, header.schema).type === 'integer' ? Number(value) : value,
        header.schema,
        `${what}: ${name}`,
      );
    }
  }
  const body = await beginning(answer, init.until ?? null);
  cut.abort();
  const type = answer.headers.get('content-type')?.split(';')[0];
  if (type !== undefined && body !== '') {
    const content = described.content?.[type];
    check(content !== undefined, `${what}: ${type} is not described`);
    if (type.includes('json') || content.schema.$ref?.endsWith('Stats')) {
      const lines =
        type === 'application/json' || type === 'application/problem+json' ? [body] : body.trim().split('\n');
      lines.filter((line) => line !== '').forEach((line) => fits(JSON.parse(line), content.schema, what));
    }
    answered.add(`${method} ${path} ${answer.status} ${type}`);
  }
  answered.add(`${method} ${path} ${answer.status}`);
  return { answer, body };
}

/** All of a body, or as much of it as ends with a line that holds something. */
async function beginning(answer, holding) {
  if (holding === null) {
    return answer.text();
  }
  const decoder = new TextDecoder();
  let text = '';
  for await (const piece of answer.body) {
    text += decoder.decode(piece, { stream: true });
    if (text.includes(holding) && text.endsWith('\n')) {
      return text;
    }
  }
  return text;
}

const problem = { headers: { Accept: 'application/problem+json' } };
for (const method of ['post', 'put']) {
  await request('/pub', method, '/pub?topic=a', {
    body: 'x',
    headers: { 'Emque-Id': method, 'Emque-Header-Kind': 'y' },
  });
  await request('/pub', method, '/pub?topic=a', { body: 'x', headers: { 'Emque-Id': method } });
  await request('/pub', method, '/pub?topic=a&batch=lines', { body: 'x\ny' });
  await request('/pub', method, '/pub', { body: 'x' }, 400);
  await request('/pub', method, '/pub?topic=a', { body: new Uint8Array(2 << 20) }, 413);
  await request('/pub', method, '/pub?topic=a', { body: 'x', headers: { Origin: 'https://example.com' } }, 403);
}
await request('/pub', 'post', '/pub?topic=a', { body: new Uint8Array([0, 255]) });
const formats = resolve(openapi, openapi.components.parameters.format).schema.enum;
await request('/pub', 'post', '/pub?topic=lines', { body: 'x\n' });
for (const format of formats) {
  await request('/sub', 'get', `/sub?topic=lines&from=earliest&format=${format}`, { until: 'x' });
}
await request('/sub', 'get', '/sub?topic=a&from=earliest&format=json', { until: 'payloadBase64' });
await request('/sub', 'get', '/sub?topic=a&after=gone:7&format=json', { until: '"gap"' });
for (const bad of ['from=middle', 'after=x', 'since=soon', 'slow=maybe', 'format=xml', 'from=1&after=a:1']) {
  await request('/sub', 'get', `/sub?topic=a&${bad}`, problem, 400);
}
await request('/sub', 'get', '/sub?topic=a&slow=block', {}, 403);
await request('/topics', 'get', '/topics');
await request('/topics', 'get', '/topics?limit=1&after_topic=a');
await request('/topics', 'get', '/topics?topic=a');
await request('/topics', 'get', '/topics?topic=none', problem, 404);
await request('/topics', 'get', '/topics?limit=0', {}, 400);
await request('/topics/{name}', 'get', '/topics/a');
await request('/topics/{name}', 'get', '/topics/none', {}, 404);
await request('/topics/{name}', 'delete', '/topics/a');
await request('/topics/{name}', 'delete', '/topics/a', {}, 404);
await request('/topics', 'delete', '/topics?topic=lines');
await request('/topics', 'delete', '/topics', {}, 400);
await request('/stats', 'get', '/stats', { until: '}' });
await request('/stats', 'get', '/stats?format=json&from=earliest', { until: '}' });
await request('/stats', 'get', '/stats?format=sse&from=earliest', { until: '}' });
await request('/stats', 'get', '/stats?from=middle', {}, 400);
await request('/health/live', 'get', '/health/live');
await request('/health/ready', 'get', '/health/ready');
await request('/metrics', 'get', '/metrics');
await request('/', 'get', '/');
for (const path of ['/', '/emque.js', '/openapi.json', '/asyncapi.json']) {
  const { answer } = await request(path, 'get', path, { headers: { Accept: 'text/html' } });
  await request(
    path,
    'get',
    path,
    { headers: { Accept: 'text/html', 'If-None-Match': answer.headers.get('etag') } },
    304,
  );
}

// ---- every operation was tried, and methods that are not described are refused, with those that are in Allow
for (const [path, item] of Object.entries(openapi.paths)) {
  for (const method of METHODS) {
    const described = item[method] !== undefined;
    check(!described || answered.has(`${method} ${path} 200`), `${method} ${path} was not tried`);
    if (!described) {
      const answer = await fetch(server + path.replace('{name}', 'x'), { method: method.toUpperCase() });
      same(answer.status, 405, `status of ${method} ${path}`);
      const allowed = METHODS.filter((each) => item[each] !== undefined).map((each) => each.toUpperCase());
      const told = answer.headers.get('allow').split(', ').filter((each) => each !== 'HEAD'); // goes with GET
      same(told.sort().join(), allowed.sort().join(), `Allow of ${path}`);
    }
  }
}
const unknown = await (await fetch(`${server}/nowhere`)).text();
for (const path of unknown
  .slice(unknown.indexOf('see ') + 4)
  .trim()
  .split(', ')) {
  check(openapi.paths[path] !== undefined, `${path}, which the 404 names, is not described`);
}

// ---- WebSockets, as the other document describes them
for (const [name, channel] of Object.entries(asyncapi.channels)) {
  const { query, headers } = channel.bindings.ws;
  const protocol = headers?.properties['Sec-WebSocket-Protocol']?.const;
  check(query.properties.topic !== undefined, `${name}: topic`);
  const socket = new WebSocket(
    `${server.replace('http', 'ws')}${channel.address}?topic=ws`,
    protocol === undefined ? [] : [protocol],
  );
  const first = new Promise((resolve) => socket.once('message', (data) => resolve(data)));
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  same(socket.protocol, protocol ?? '', `${name}: sub-protocol`);
  if (name === 'publish') {
    socket.send('by WebSocket');
  } else if (name === 'publishV1') {
    socket.send(Buffer.from([0x22, 1, 0x78])); // payload: x
    check((await first).length > 0, `${name}: the answer`);
  } else if (name === 'subscribeV1') {
    check((await first).length > 0, `${name}: the first heartbeat`);
  }
  socket.close();
}
const subscribe = asyncapi.channels.subscribe.bindings.ws.query.properties;
for (const format of subscribe.format.enum) {
  const socket = new WebSocket(`${server.replace('http', 'ws')}/sub?topic=ws&from=earliest&format=${format}`);
  const [data, isBinary] = await new Promise((resolve, reject) =>
    socket.once('message', (...got) => resolve(got)).once('error', reject),
  );
  same(isBinary, format === 'raw', `format=${format}`);
  if (format === 'json') {
    fits(
      JSON.parse(data),
      resolve(asyncapi, asyncapi.components.messages.JsonLine.payload),
      'a JSON frame',
      'asyncapi',
    );
  }
  socket.close();
}

// ---- the last word of a broker that stops
const goodbye = request('/sub', 'get', '/sub?topic=goodbye&format=json', { until: '"moved"' });
await until(
  async () => (await (await fetch(`${server}/topics`)).text()).includes('goodbye'),
  'the subscription stands',
);
await ask('stop');
await goodbye;
done(`${answered.size} kinds of answers are as described`);
