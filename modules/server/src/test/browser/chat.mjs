// The chat of docs/examples/browser-chat: two windows talk, a third comes late, the broker restarts.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ask, check, done, launch, open, same, server } from './browser.mjs';

const file = join(await ask('docs'), 'examples', 'browser-chat', 'index.html');
const html = readFileSync(file, 'utf8').replace('https://localhost:8081', server);
check(html.includes(server), 'the page names its broker');
const context = await launch();
await context.route(/^https:\/\/(that|other)\.example\/$/, (route) =>
  route.fulfill({ contentType: 'text/html', body: html }),
);

async function enter(name) {
  const { page, wrong } = await open(context, 'https://that.example/');
  await page.getByText('connected').waitFor();
  await page.getByLabel('Your name').fill(name);
  return {
    page,
    wrong,
    says: async (text) => {
      await page.getByLabel('Message').fill(text);
      await page.getByRole('button', { name: 'Send' }).click();
    },
    hears: (line) => page.getByText(line, { exact: true }).waitFor(),
  };
}

// ---- both see what each says, in one order, and markup stays text
const ann = await enter('Ann');
const bob = await enter('Bob');
await ann.says('hello');
await bob.hears('Ann: hello');
await bob.says('<b>bold</b><img src=x onerror=alert(1)>');
for (const each of [ann, bob]) {
  await each.hears('Bob: <b>bold</b><img src=x onerror=alert(1)>');
  same(await each.page.locator('#messages b, #messages img').count(), 0, 'elements out of what was said');
}

// ---- what is no chat message is shown as it is
const raw = await context.request.post(`${server}/pub?topic=chat/lobby`, { data: 'not JSON' });
same(raw.status(), 200, 'status of a publish by somebody else');
await ann.hears('somebody: not JSON');

// ---- who comes late sees what was said
const carol = await enter('Carol');
await carol.hears('Ann: hello');
for (const each of [ann, bob, carol]) {
  same(each.wrong.join(' | '), '', 'what went wrong');
}

// ---- the broker restarts without what it had: the windows come back and say so
await ask('stop');
await ann.page.locator('#state', { hasText: /waiting|connecting/ }).waitFor();
await ask('start');
for (const each of [ann, bob]) {
  await each.page.getByText('connected').waitFor();
}
await ann.says('back again');
await bob.hears('Ann: back again');
await bob.hears('some messages are not kept any more');

// ---- a page that is not let in says what to do
const other = await context.newPage();
await other.goto('https://other.example/');
await other.getByText('--allow_origins=https://other.example').waitFor();

await context.close();
done('the chat');
