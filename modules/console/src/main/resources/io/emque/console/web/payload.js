// A payload for people: pretty JSON, text, or bytes in hex. What is very long is cut, and says so.

const TEXT_SHOWN = 256 * 1024;
const HEX_SHOWN = 16 * 1024;
const PREVIEW_BYTES = 400;
const decoder = new TextDecoder();
const strict = new TextDecoder('utf-8', { fatal: true });

/** Control characters, and those that change the direction of writing, as what they are. */
function visible(text) {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, (c) =>
    c < ' ' ? String.fromCharCode(0x2400 + c.charCodeAt(0)) : '\ufffd',
  );
}

/** One line that begins as the payload does. */
export function preview(bytes) {
  if (bytes.length === 0) {
    return '(empty)';
  }
  const head = bytes.subarray(0, PREVIEW_BYTES);
  if (isBinary(head)) {
    return Array.from(head.subarray(0, 48), hexByte).join(' ') + (bytes.length > 48 ? ' …' : '');
  }
  return visible(decoder.decode(head).replaceAll(/\s+/g, ' ')) + (bytes.length > PREVIEW_BYTES ? '…' : '');
}

/** The ways a payload can be shown, the best one first: `{ name, text, cut }`. */
export function views(bytes) {
  const all = [];
  const text = asText(bytes);
  if (text !== null) {
    const json = asJson(text);
    if (json !== null) {
      all.push({ name: 'JSON', ...cut(json, TEXT_SHOWN) });
    }
    all.push({ name: 'Text', ...cut(visible(text), TEXT_SHOWN) });
  }
  all.push({ name: 'Hex', text: hexDump(bytes.subarray(0, HEX_SHOWN)), cut: bytes.length > HEX_SHOWN });
  return all;
}

function cut(text, limit) {
  return text.length > limit ? { text: text.slice(0, limit), cut: true } : { text, cut: false };
}

function asText(bytes) {
  try {
    return strict.decode(bytes);
  } catch {
    return null;
  }
}

function asJson(text) {
  if (!/^\s*[{[]/.test(text)) {
    return null;
  }
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return null;
  }
}

/** Looks at the beginning: a character cut in two at its end is none against text. */
function isBinary(head) {
  return head.includes(0) || decoder.decode(head, { stream: false }).slice(0, -1).includes('\ufffd');
}

function hexByte(b) {
  return b.toString(16).padStart(2, '0');
}

function hexDump(bytes) {
  const lines = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = bytes.subarray(at, at + 16);
    const hex = Array.from(row, hexByte);
    const ascii = Array.from(row, (b) => (b >= 0x20 && b < 0x7f ? String.fromCharCode(b) : '.')).join('');
    const columns = `${hex.slice(0, 8).join(' ')}  ${hex.slice(8).join(' ')}`.padEnd(48);
    lines.push(`${at.toString(16).padStart(8, '0')}  ${columns}  ${ascii}`);
  }
  return lines.join('\n');
}
