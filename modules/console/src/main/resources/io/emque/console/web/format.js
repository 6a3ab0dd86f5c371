// Numbers for people.

const whole = new Intl.NumberFormat('en');
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });
const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

export function count(n) {
  return n === null || n === undefined ? '–' : whole.format(n);
}

/** 12.3K from ten thousand on. */
export function compact(n) {
  return n === null || n === undefined ? '–' : n < 10_000 ? whole.format(Math.round(n)) : short.format(n);
}

/** A rate keeps a digit while it is small. */
export function rate(n) {
  return n === null || n === undefined ? '–' : n > 0 && n < 10 && n % 1 !== 0 ? n.toFixed(1) : compact(n);
}

export function bytes(n) {
  if (n === null || n === undefined) {
    return '–';
  }
  let unit = 0;
  let value = n;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = unit === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}

export function span(seconds) {
  const s = Math.floor(seconds);
  if (s < 60) {
    return `${s} s`;
  }
  if (s < 3600) {
    return `${Math.floor(s / 60)} min ${s % 60} s`;
  }
  const hours = Math.floor(s / 3600);
  return hours < 48 ? `${hours} h ${Math.floor((s % 3600) / 60)} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** A latency in seconds. */
export function latency(seconds) {
  return seconds < 0.001
    ? `${Math.round(seconds * 1e6)} µs`
    : seconds < 1
      ? `${+(seconds * 1000).toPrecision(3)} ms`
      : `${seconds} s`;
}

export function clock(millis, withMillis = false) {
  const time = new Date(millis);
  const two = (n) => String(n).padStart(2, '0');
  const text = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
  return withMillis ? `${text}.${String(time.getMilliseconds()).padStart(3, '0')}` : text;
}

export function plural(n, one, many = `${one}s`) {
  return `${count(n)} ${n === 1 ? one : many}`;
}
