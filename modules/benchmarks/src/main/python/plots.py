"""Small SVG plots, readable on light and on dark. Axes are logarithmic where values span more than one decade."""
import html
import math

COLORS = {"floor": "#8a8f98", "redis": "#d2493a", "nats": "#3a86d9", "nchan": "#3fa66a", "emque": "#e08a00"}
STYLE = """
  text { font: 12px system-ui, sans-serif; fill: #3c4043 }
  .title { font-weight: 600; font-size: 13px }
  .grid { stroke: #9aa0a6; stroke-opacity: .3 }
  .line { fill: none; stroke-width: 1.6; stroke-linejoin: round }
  .own { stroke-width: 2.8 }
  @media (prefers-color-scheme: dark) { text { fill: #d5d8dc } }
"""


class Scale:
    """Values to pixels."""

    def __init__(self, values, start, end):
        low, high = min(values), max(values)
        self.log = low > 0 and high / low > 10
        if self.log:
            self.low, self.high = math.floor(math.log10(low) + 1e-9), math.ceil(math.log10(high) - 1e-9)
            self.ticks = [10.0**power for power in range(self.low, self.high + 1)]
        else:
            step = 10 ** math.floor(math.log10(high)) if high > 0 else 1
            step = next(step * part for part in (0.2, 0.5, 1, 2) if high / (step * part) <= 6)
            self.low, self.high = 0, math.ceil(high / step) * step
            self.ticks = [step * i for i in range(round(self.high / step) + 1)]
        self.start, self.end = start, end

    def at(self, value):
        place = math.log10(value) if self.log else value
        return self.start + (place - self.low) / (self.high - self.low) * (self.end - self.start)


def number(value):
    """Short, and never with an exponent."""
    if value >= 10000 and value % 1000 == 0:
        return f"{value / 1000:,.0f}k" if value < 1e6 else f"{value / 1e6:g}M"
    return f"{value:,.0f}" if value >= 100 else f"{value:.10f}".rstrip("0").rstrip(".")


def text(x, y, words, anchor="start", kind=""):
    attribute = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{attribute}>{html.escape(words)}</text>'


def line(x1, y1, x2, y2):
    return f'<line class="grid" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def legend(columns, titles, x, y):
    parts = []
    for column in columns:
        parts.append(f'<circle cx="{x + 4}" cy="{y - 4}" r="4" fill="{COLORS[column]}"/>')
        parts.append(text(x + 12, y, titles[column]))
        x += 30 + 7 * len(titles[column])
    return parts


def document(width, height, label, parts):
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img"'
        f' aria-label="{html.escape(label)}">\n<style>{STYLE}</style>\n{body}\n</svg>\n'
    )


def curves(title, x_title, series, titles, name_of_x=number):
    """series: {column: [(x, y), …]}; a line each."""
    width, height, left, right, top, bottom = 600, 340, 62, 18, 58, 46
    xs = sorted({x for points in series.values() for x, _ in points})
    x_scale = Scale(xs, left, width - right)
    if len(xs) == 1 or x_scale.log:
        x_scale.ticks = []
        x_scale.low, x_scale.high = math.log10(xs[0]) - 0.05, math.log10(xs[-1]) + 0.05
        x_scale.log = True
    y_scale = Scale([y for points in series.values() for _, y in points], height - bottom, top)
    parts = [text(left - 44, 18, title, kind="title"), *legend(series, titles, left, 40)]
    for tick in y_scale.ticks:
        y = y_scale.at(tick)
        parts += [line(left, y, width - right, y), text(left - 8, y + 4, number(tick), "end")]
    for x in x_scale.ticks or xs:
        parts += [line(x_scale.at(x), top, x_scale.at(x), height - bottom),
                  text(x_scale.at(x), height - bottom + 18, name_of_x(x), "middle")]
    parts.append(text((left + width - right) / 2, height - 8, x_title, "middle"))
    for column, points in series.items():
        places = [(x_scale.at(x), y_scale.at(y)) for x, y in sorted(points)]
        own = " own" if column == "emque" else ""
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts.append(f'<polyline class="line{own}" stroke="{COLORS[column]}" points="{path}"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{COLORS[column]}"/>' for x, y in places]
    return document(width, height, title, parts)


def dots(title, x_title, rows, titles):
    """rows: [(name, {column: [values]})]; one value is a dot, more are dots on a line from the first to the last."""
    columns = [c for c in COLORS if any(c in values for _, values in rows)]
    spread = any(len(v) > 1 for _, values in rows for v in values.values())
    step = 12 + 9 * len(columns) if spread else 26
    width, left, right, top, bottom = 680, 230, 20, 58, 44
    height = top + step * len(rows) + bottom
    scale = Scale([v for _, values in rows for vs in values.values() for v in vs], left, width - right)
    parts = [text(12, 18, title, kind="title"), *legend(columns, titles, 12, 40)]
    for tick in scale.ticks:
        parts += [line(scale.at(tick), top, scale.at(tick), height - bottom),
                  text(scale.at(tick), height - bottom + 18, number(tick), "middle")]
    parts.append(text((left + width - right) / 2, height - 8, x_title, "middle"))
    for i, (name, values) in enumerate(rows):
        middle = top + step * i + step / 2
        parts += [line(left, middle, width - right, middle), text(left - 10, middle + 4, name, "end")]
        for k, column in enumerate(c for c in columns if c in values):
            y = middle + (9 * (k - (len(columns) - 1) / 2) if spread else 0)
            xs = [scale.at(v) for v in values[column]]
            if len(xs) > 1:
                parts.append(f'<line stroke="{COLORS[column]}" stroke-width="2" x1="{xs[0]:.1f}" y1="{y:.1f}" x2="{xs[-1]:.1f}" y2="{y:.1f}"/>')
            size = 5 if column == "emque" and not spread else 4
            parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size - (len(xs) > 1)}" fill="{COLORS[column]}"/>' for x in xs]
    return document(width, height, title, parts)
