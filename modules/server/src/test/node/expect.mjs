// What the scripts share: a deadline, a count of what arrived in order, and one line that says how it went.
const DEADLINE_MILLIS = 40_000;

/** The whole script fails when it takes longer. */
export function startDeadline() {
  setTimeout(() => fail('nothing more came'), DEADLINE_MILLIS).unref();
}

export function fail(why) {
  console.log('FAILED: ' + why);
  process.exit(1);
}

export function done(what) {
  console.log('PASSED: ' + what);
  process.exit(0);
}

export function same(actual, expected, what) {
  if (actual !== expected) {
    fail(`${what}: ${actual} instead of ${expected}`);
  }
}

/** Takes "0", "1", "2" … and resolves when `count` came, each in its place. */
export function inOrder(count) {
  let next = 0;
  let resolve;
  const all = new Promise((r) => (resolve = r));
  return {
    all,
    take(text) {
      same(text, String(next), `message ${next}`);
      if (++next === count) {
        resolve();
      }
    },
  };
}
