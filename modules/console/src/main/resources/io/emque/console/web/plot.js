import { h } from './dom.js';
import { clock } from './format.js';

const TOP = 10;
const BOTTOM = 20;
const LINES = 3;
const SHORTEST_MILLIS = 60_000;

/**
 * A line over the last minutes, on a canvas. Samples are `{ t, v }`: milliseconds, and a number or null for a hole. Colours are
 * those of the page's style, so that it follows light and dark.
 */
export class Plot {
  #canvas = h('canvas', { role: 'img' });
  #tip = h('div', { class: 'plot-tip', hidden: true });
  #samples = [];
  #pointer = null;

  constructor({ label, colour, format, minutes = 5 }) {
    this.label = label;
    this.colour = colour;
    this.format = format;
    this.mostMillis = minutes * 60_000;
    this.spanMillis = SHORTEST_MILLIS;
    this.element = h('div', { class: 'plot' }, this.#canvas, this.#tip);
    this.#canvas.addEventListener('pointermove', (event) => {
      this.#pointer = event.offsetX;
      this.draw();
    });
    this.#canvas.addEventListener('pointerleave', () => {
      this.#pointer = null;
      this.draw();
    });
    new ResizeObserver(() => this.draw()).observe(this.element);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.draw());
  }

  /** Shows these from now on; the array may be the owner's own. */
  show(samples) {
    this.#samples = samples;
    this.draw();
  }

  draw() {
    const { width, height } = this.element.getBoundingClientRect();
    if (width === 0 || height === 0) {
      return;
    }
    const scale = devicePixelRatio || 1;
    if (this.#canvas.width !== Math.round(width * scale) || this.#canvas.height !== Math.round(height * scale)) {
      this.#canvas.width = Math.round(width * scale);
      this.#canvas.height = Math.round(height * scale);
    }
    const c = this.#canvas.getContext('2d');
    c.setTransform(scale, 0, 0, scale, 0, 0);
    c.clearRect(0, 0, width, height);
    const style = getComputedStyle(this.element);
    const last = this.#samples.at(-1)?.t ?? Date.now();
    const first = this.#samples.find(({ v }) => v !== null)?.t ?? last;
    this.spanMillis = Math.min(Math.max(last - first, SHORTEST_MILLIS), this.mostMillis);
    const top = niceCeiling(this.#samples.reduce((most, { v }) => Math.max(most, v ?? 0), 0));
    const x = (t) => width - ((last - t) / this.spanMillis) * width;
    const y = (v) => TOP + (1 - v / top) * (height - TOP - BOTTOM);
    this.#grid(c, style, { width, height, last, top, x, y });
    this.#line(c, style.getPropertyValue(this.colour), x, y, height - BOTTOM);
    this.#hover(c, style, x, y, width, height);
    const values = this.#samples.filter(({ v }) => v !== null);
    const now = values.at(-1);
    this.#canvas.setAttribute(
      'aria-label',
      now
        ? `${this.label}: ${this.format(now.v)} now, at most ${this.format(Math.max(...values.map(({ v }) => v)))}`
        : `${this.label}: no samples yet`,
    );
  }

  #grid(c, style, { width, height, last, top, x, y }) {
    c.font = `11px ${style.fontFamily}`;
    c.fillStyle = style.getPropertyValue('--soft');
    c.strokeStyle = style.getPropertyValue('--grid');
    c.lineWidth = 1;
    for (let i = 0; i <= LINES; i++) {
      const value = (top * i) / LINES;
      const at = Math.round(y(value)) + 0.5;
      c.beginPath();
      c.moveTo(0, at);
      c.lineTo(width, at);
      c.stroke();
      if (i > 0) {
        c.fillText(this.format(value), 2, at + 12);
      }
    }
    c.textAlign = 'center';
    const step = this.spanMillis > 2 * SHORTEST_MILLIS ? 60_000 : 15_000;
    for (let t = Math.ceil((last - this.spanMillis) / step) * step; t < last; t += step) {
      const at = x(t);
      if (at > 28 && at < width - 28) {
        c.fillText(step === 60_000 ? clock(t).slice(0, 5) : clock(t), at, height - 5);
      }
    }
    c.textAlign = 'start';
  }

  #line(c, colour, x, y, floor) {
    const runs = [[]];
    for (const { t, v } of this.#samples) {
      if (v === null) {
        runs.push([]);
      } else {
        runs.at(-1).push([x(t), y(v)]);
      }
    }
    for (const run of runs.filter((points) => points.length > 0)) {
      const path = new Path2D();
      run.forEach(([px, py], i) => (i === 0 ? path.moveTo(px, py) : path.lineTo(px, py)));
      const area = new Path2D(path);
      area.lineTo(run.at(-1)[0], floor);
      area.lineTo(run[0][0], floor);
      c.fillStyle = colour;
      c.globalAlpha = 0.12;
      c.fill(area);
      c.globalAlpha = 1;
      c.strokeStyle = colour;
      c.lineWidth = 1.75;
      c.lineJoin = 'round';
      c.stroke(path);
    }
  }

  #hover(c, style, x, y, width, height) {
    const near = this.#pointer === null ? null : this.#nearest(x);
    this.#tip.hidden = near === null;
    if (near === null) {
      return;
    }
    c.strokeStyle = style.getPropertyValue('--soft');
    c.beginPath();
    c.moveTo(x(near.t), TOP);
    c.lineTo(x(near.t), height - BOTTOM);
    c.stroke();
    c.fillStyle = style.getPropertyValue(this.colour);
    c.beginPath();
    c.arc(x(near.t), y(near.v), 3.5, 0, 2 * Math.PI);
    c.fill();
    this.#tip.textContent = `${clock(near.t)}  ${this.format(near.v)}`;
    this.#tip.style.left = `${Math.min(Math.max(x(near.t), 60), width - 60)}px`;
  }

  #nearest(x) {
    let best = null;
    for (const sample of this.#samples) {
      if (
        sample.v !== null &&
        (best === null || Math.abs(x(sample.t) - this.#pointer) < Math.abs(x(best.t) - this.#pointer))
      ) {
        best = sample;
      }
    }
    return best;
  }
}

/** 1, 1.5, 3, 6 or 9 times a power of ten: divides by three into round figures. */
function niceCeiling(value) {
  if (value <= 3) {
    return 3;
  }
  const power = 10 ** Math.floor(Math.log10(value));
  return [1.5, 3, 6, 9, 15].map((step) => step * power).find((step) => step >= value);
}
