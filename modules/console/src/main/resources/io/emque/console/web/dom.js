// Elements, made of text alone: nothing here, or anywhere in this page, turns a string into markup.

/** An element. Properties: `class`, `text`, listeners as `onclick`, and attributes; null leaves one out. */
export function h(tag, properties = {}, ...children) {
  const element = tag.startsWith('svg:')
    ? document.createElementNS('http://www.w3.org/2000/svg', tag.slice(4))
    : document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) {
      continue;
    }
    if (name.startsWith('on')) {
      element.addEventListener(name.slice(2), value);
    } else if (name === 'text') {
      element.textContent = value;
    } else {
      element.setAttribute(name, value === true ? '' : value);
    }
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** Sets text only where it changes, so that nothing is drawn or read out again without need. */
export function setText(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

/** Calls `work` at most once per frame, however often it is asked for. */
export function everyFrame(work) {
  let asked = 0;
  return () => {
    asked ||= requestAnimationFrame(() => {
      asked = 0;
      work();
    });
  };
}

/** Says something to a screen reader, politely. */
export function announce(text) {
  setText(document.getElementById('announce'), text);
}

/** What a browser remembers for this page; some forbid it. */
export const memory = {
  get(name, fallback) {
    try {
      return JSON.parse(localStorage.getItem(`emque.${name}`)) ?? fallback;
    } catch {
      return fallback;
    }
  },
  set(name, value) {
    try {
      localStorage.setItem(`emque.${name}`, JSON.stringify(value));
    } catch {
      // the page works without
    }
  },
};
