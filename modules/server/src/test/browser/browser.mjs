// What the scripts share: a Chromium, pages that note whatever goes wrong in them, and a talk with the Java test that runs them.
import { chromium } from 'playwright-core';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import readline from 'node:readline';

const DEADLINE_MILLIS = 240_000;
const WAIT_MILLIS = 60_000;

/** Without background networking, which a closed network refuses many times a second. */
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'];

/** Pages of other names are answered by the scripts; a browser would ask before it lets them talk to loopback. */
const LOCAL = '--disable-features=LocalNetworkAccessChecks';
const MORE_FLAGS = ['--disable-component-update', '--disable-sync', '--disable-dev-shm-usage', '--lang=en', LOCAL];

const [executablePath, server, screenshots] = process.argv.slice(2);
const answers = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();

export { screenshots, server };

setTimeout(() => fail('nothing more came'), DEADLINE_MILLIS).unref();
process.on('unhandledRejection', (e) => fail(e.stack ?? String(e)));

export function fail(why) {
  console.log(`FAILED: ${why}`);
  process.exit(1);
}

export function done(what) {
  console.log(`PASSED: ${what}`);
  process.exit(0);
}

export function check(holds, what) {
  if (!holds) {
    fail(what);
  }
}

export function same(actual, expected, what) {
  check(Object.is(actual, expected), `${what}: ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`);
}

/** Has the Java test do something; resolves with what it answers. */
export async function ask(what) {
  console.log(`@${what}`);
  const { value, done: over } = await answers.next();
  check(!over && value.startsWith('ok'), `${what} was answered with ${value}`);
  return value.slice(3);
}

/** Waits until something holds. */
export async function until(holds, what) {
  const end = Date.now() + WAIT_MILLIS;
  for (let last = null; ;) {
    try {
      last = await holds();
      if (last) {
        return last;
      }
    } catch (e) {
      last = e;
    }
    check(Date.now() < end, `${what}: not within ${WAIT_MILLIS / 1000} s; last ${last}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

export async function launch() {
  const context = await chromium.launchPersistentContext(mkdtempSync(join(tmpdir(), 'emque-browser-')), {
    executablePath,
    args: [...FLAGS, ...MORE_FLAGS],
    headless: true,
    ignoreHTTPSErrors: true,
    viewport: { width: 1280, height: 860 },
    colorScheme: 'light',
  });
  context.setDefaultTimeout(WAIT_MILLIS);
  process.on('exit', () => context.browser()?.process?.()?.kill('SIGKILL'));
  return context;
}

/** A page that notes errors, and violations of its Content-Security-Policy, in `wrong`. */
export async function open(context, url) {
  const page = await context.newPage();
  const wrong = [];
  page.on('pageerror', (e) => wrong.push(`error: ${e.message}`));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) {
      wrong.push(`console: ${message.text()}`);
    }
  });
  page.on('dialog', (dialog) => {
    wrong.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (e) =>
      console.error(`policy: ${e.violatedDirective} ${e.blockedURI}`),
    );
  });
  await page.goto(url);
  return { page, wrong };
}

export async function screenshot(page, name) {
  mkdirSync(screenshots, { recursive: true });
  await page.screenshot({ path: join(screenshots, `${name}.png`) });
}
