// The console, by somebody who looks at it, searches, publishes, restarts the broker, and means no good.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { ask, check, done, launch, open, same, screenshot, server, until } from './browser.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const EVIL = `<img src=x onerror="alert(1)"><script>alert(2)</script>`;
const NETWORK =
  /ERR_CONNECTION|ERR_EMPTY_RESPONSE|ERR_SOCKET|ERR_HTTP2|WebSocket connection|ERR_INCOMPLETE|ERR_NETWORK|ERR_FAILED|status of 503/;

const context = await launch();
const { page, wrong } = await open(context, server);
const text = (selector) => page.locator(selector).first().innerText();
const row = (holding) => page.locator('.tail-row:visible', { hasText: holding });

/** Serious findings of axe-core; it is let in past the page's own policy, as an extension would be. */
async function accessible(what) {
  const findings = await page.evaluate(`${AXE}; axe.run(document, { resultTypes: ['violations'] })`);
  const serious = findings.violations.filter(({ impact }) => ['serious', 'critical'].includes(impact));
  same(JSON.stringify(serious.map(({ id, nodes }) => [id, nodes[0].html])), '[]', `axe-core on ${what}`);
}

function clean(what) {
  same(wrong.join(' | '), '', `what went wrong on ${what}`);
}

// ---- a broker nobody has used yet: one click to the first message
await page.getByRole('button', { name: 'Publish a first message' }).click();
await row('"hello":"world"').waitFor();
same(await page.title(), 'hello – Emque', 'title');
clean('the first click');

// ---- the overview moves
await page.getByRole('link', { name: 'Overview' }).click();
await page.locator('#now-published').waitFor();
await until(async () => (await text('.status')) === 'Live', 'the page is live');
await ask('load 300');
await until(async () => Number((await text('#now-published')).replace(/\D/g, '')) > 50, 'messages in move');
await until(async () => Number((await text('#now-delivered')).replace(/\D/g, '')) > 50, 'messages out move');
const uptime = await text('[data-tile=uptime] .figure');
await until(async () => (await text('[data-tile=uptime] .figure')) !== uptime, 'uptime moves');
check(
  /now, at most/.test(await page.locator('.published canvas').getAttribute('aria-label')),
  'a plot says what it shows',
);
await page.getByRole('link', { name: 'orders' }).first().waitFor();
await until(
  async () => (await page.evaluate(() => document.querySelectorAll('.busiest li').length)) >= 4,
  'busiest topics',
);
await accessible('the overview');
await screenshot(page, 'overview-light');
await page.emulateMedia({ colorScheme: 'dark' });
await accessible('the overview in the dark');
await screenshot(page, 'overview-dark');
const dark = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
await page.emulateMedia({ colorScheme: 'light' });
check(dark !== (await page.evaluate(() => getComputedStyle(document.body).backgroundColor)), 'dark differs from light');
await page.getByRole('button', { name: 'Colours: Auto' }).click();
await page.getByRole('button', { name: 'Colours: Light' }).click();
same(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), dark, 'dark by the button');
await page.getByRole('button', { name: 'Colours: Dark' }).click();
clean('the overview');

// ---- 10,000 topics: found, sorted, and few of them elements
await ask('topics 10000');
await page.getByRole('link', { name: 'Topics', exact: true }).click();
await until(async () => Number((await text('#topics-summary')).replace(/\D/g, '')) >= 10_000, 'all topics are listed');
check((await page.locator('tr').count()) < 120, 'only topics in sight are elements');
await page.getByRole('button', { name: 'Rate' }).focus();
await screenshot(page, 'topics-light');
await accessible('the topics');
await page.getByRole('button', { name: 'Topic', exact: true }).click();
await until(async () => (await text('tbody tr:not(.room) td')) === EVIL, 'sorted by name, odd names first');
await page.getByRole('button', { name: 'Memory' }).click();
await until(async () => (await text('tbody tr:not(.room) td')) === 'big', 'sorted by memory');
await page.locator('#search').fill('TOPIC-09999');
await until(async () => (await text('#topics-summary')).startsWith('1 of'), 'found by a part of its name');
await page.getByRole('link', { name: 'topic-09999' }).click();
await page.locator('#from').selectOption('earliest');
await row('one of many').waitFor();
clean('the topics');

// ---- a message published and seen, pretty, and in its curl line
await page.evaluate(() => (location.hash = '#/topic/' + encodeURIComponent("it's/ü")));
await until(async () => (await text('#topic-facts')).includes('epoch'), 'the topic is there with its first subscriber');
await page.locator('#payload').fill('{"a":[1,2,{"b":"ü"}]}');
await page.getByRole('button', { name: 'Publish', exact: true }).click();
await until(async () => /Taken at .+:0, memory/.test(await text('.result')), 'the broker took it');
await row('{"a":[1,2').click();
check((await text('.tail-detail pre')).includes('\n  "a": [\n    1,'), 'JSON is pretty');
check(
  (await page.locator('.curl code').allInnerTexts()).some(
    (line) => line.includes(`-d`) || line.includes(`'{"a":[1,2,{"b":"ü"}]}'`),
  ),
  'a curl line publishes it',
);
await page.locator('#payload').fill('second');
await page.locator('#payload').press('Control+Enter');
await row('second').waitFor();
await page.locator('#payload').fill('');
await page.locator('#payload').press('ArrowUp');
same(await page.locator('#payload').inputValue(), 'second', 'the last one sent comes back');
await until(async () => (await text('#subscribers')).includes('emque.v1'), 'the subscriber is shown with its protocol');
await page.locator('#filter').fill('seco');
await until(async () => (await page.locator('.tail-row:visible').count()) === 1, 'the filter leaves one');
await page.locator('#filter').fill('');
await page.locator('#tail-list').focus();
await page.keyboard.press('End');
await page.keyboard.press('Enter');
await until(
  async () => (await page.locator('.tail-row[aria-selected=true]').innerText()).includes('second'),
  'the keyboard selects',
);
await accessible('a topic');

// ---- paused, what comes is kept back
await page.getByRole('button', { name: 'Pause' }).click();
await page.locator('#payload').fill('while paused');
await page.locator('#payload').press('Control+Enter');
await until(async () => (await text('#tail-sampled')).startsWith('3 received'), 'it is counted');
same(await row('while paused').count(), 0, 'rows while paused');
await page.getByRole('button', { name: 'Resume' }).click();
await row('while paused').waitFor();

// ---- markup, a megabyte, bytes
await page.evaluate((name) => (location.hash = '#/topic/' + encodeURIComponent(name)), EVIL);
await page.locator('#from').selectOption('earliest');
await row(EVIL).click();
same(await text('.tail-detail pre'), EVIL, 'a payload with markup');
same(await text('h1'), EVIL, 'a topic with markup');
same(await page.locator('main img, main script').count(), 0, 'elements made of it');
await page.evaluate(() => (location.hash = '#/topic/big'));
await page.locator('#from').selectOption('earliest');
await until(async () => (await text('.tail-row:visible .tail-size')) === '1.00 MiB', 'a megabyte arrives');
await page.locator('.tail-row:visible').first().click();
check((await text('.tail-detail')).includes('the rest is not shown'), 'what is cut is said');
await page.evaluate(() => (location.hash = '#/topic/bytes'));
await page.locator('#from').selectOption('earliest');
await row('00 ff fe 41').click();
check((await text('.tail-detail pre')).startsWith('00000000  00 ff fe 41'), 'bytes are shown in hex');
await screenshot(page, 'topic-hex');
clean('odd payloads');

// ---- from a time, and from an offset
await page.evaluate(() => (location.hash = '#/topic/many'));
await page.locator('#from').selectOption('offset');
await page.locator('#start-at').fill('1995');
await page.locator('#start-at').press('Enter');
await until(async () => (await text('#tail-sampled')) === '5 received', 'from an offset');
await page.locator('#from').selectOption('since');
await page.locator('#start-at').fill('1h');
await page.locator('#start-at').press('Enter');
await until(async () => (await text('#tail-sampled')).includes('2,000 received'), 'from a time');
check((await page.locator('.tail-row').count()) < 100, 'only messages in sight are elements');
await page.locator('#start-at').fill('soon');
await page.locator('#start-at').press('Enter');
await until(
  async () => (await text('.tail-state')).includes('neither a span'),
  'a refusal is shown as the broker words it',
);
const refusals = wrong.splice(0).filter((line) => !/WebSocket connection|status of 400/.test(line));
same(refusals.join(' | '), '', 'beside the refusal');

// ---- far more than anybody can read: all counted, the page answers
await page.evaluate(() => (location.hash = '#/topic/flood'));
await until(async () => (await text('#topic-facts')).includes('epoch'), 'the topic is open');
await page.evaluate(() => {
  window.longest = 0;
  let last = performance.now();
  setInterval(() => {
    window.longest = Math.max(window.longest, performance.now() - last);
    last = performance.now();
  }, 20);
});
await ask('flood 20000 10000');
await until(async () => (await text('#tail-sampled')).includes('is shown'), 'says that it shows a part');
await page.getByRole('button', { name: 'Pause' }).click();
await page.getByRole('button', { name: 'Resume' }).click();
await screenshot(page, 'topic-flood');
const flooded = Number(await ask('flooded')).toLocaleString('en');
await until(async () => (await text('#tail-sampled')) === `${flooded} received`, `every one of ${flooded} was counted`);
check((await page.locator('.tail-row').count()) < 100, 'only messages in sight are elements');
console.log(`longest time without an answer: ${Math.round(await page.evaluate(() => window.longest))} ms`);
clean('the flood');

// ---- the broker is restarted: the page comes back by itself and says what is gone
await page.evaluate(() => (location.hash = '#/topic/restart'));
await until(async () => (await text('#topic-facts')).includes('epoch'), 'the topic is open');
await page.locator('#payload').fill('before');
await page.locator('#payload').press('Control+Enter');
await row('before').waitFor();
await ask('stop');
await until(async () => (await text('.status')).startsWith('Lost'), 'the loss is shown');
await page.locator('.tail-state').waitFor();
await screenshot(page, 'topic-lost');
await ask('start');
await until(async () => (await text('.status')) === 'Live', 'live again');
await row('Gap: the log began anew').waitFor();
await page.locator('#payload').fill('after');
await page.locator('#payload').press('Control+Enter');
await row('after').waitFor();
await row('before').first().waitFor();
await screenshot(page, 'topic-restarted');
const others = wrong.splice(0).filter((line) => !NETWORK.test(line));
same(others.join(' | '), '', 'beside the restart');

// ---- phone width
await ask('load 40');
await page.setViewportSize({ width: 390, height: 844 });
for (const [name, hash] of [
  ['overview', '#/'],
  ['topics', '#/topics'],
  ['topic', '#/topic/orders'],
]) {
  await page.evaluate((to) => (location.hash = to), hash);
  await page.locator('main h1').waitFor({ state: 'attached' });
  await until(
    async () => (await page.evaluate(() => document.documentElement.scrollWidth)) <= 390,
    `${name} fits a phone`,
  );
  await accessible(`${name} on a phone`);
  if (name === 'topic') {
    await page.locator('.tail-row:visible').nth(4).waitFor();
  }
  await screenshot(page, `${name}-phone`);
}
await page.emulateMedia({ colorScheme: 'dark' });
await page.setViewportSize({ width: 1280, height: 860 });
await page.locator('.tail-row:visible').nth(12).waitFor();
await page.locator('.tail-row:visible').nth(4).click();
await screenshot(page, 'topic-dark');
await page.emulateMedia({ colorScheme: 'light' });
await screenshot(page, 'topic-light');
clean('a phone');

// ---- where the broker asks who one is, so does the page, and goes on with the answer
await page.route(/\/topics\?/, (route) =>
  route.request().headers().authorization === 'Bearer secret'
    ? route.fallback()
    : route.fulfill({ status: 401, headers: { 'Emque-Error': 'UNAUTHENTICATED' }, body: 'give a token\n' }),
);
await page.evaluate(() => (location.hash = '#/topics'));
await page.locator('dialog').getByText('give a token').waitFor();
await accessible('the question for a token');
await page.getByLabel('Token').fill('secret');
await page.getByRole('button', { name: 'Use it' }).click();
await page.getByRole('link', { name: 'orders' }).waitFor();
check((await page.locator('.curl code').first().innerText()).includes('$EMQUE_TOKEN'), 'curl lines want the token too');
const unasked = wrong.splice(0).filter((line) => !/status of 401/.test(line));
same(unasked.join(' | '), '', 'beside the question');
await context.close();
done('the console');
