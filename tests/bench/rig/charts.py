"""Charts as SVG, written by hand: bars by group, and lines over a logarithmic axis."""

import math
from xml.sax.saxutils import escape

COLOURS = {"stock": "#8a8f98", "ours": "#1f6feb", "worker": "#2da44e", "nginx": "#bf8700"}
WIDTH, HEIGHT = 860, 360
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 60, 40
TICKS = 5


def bars(title, unit, groups, series):
    """groups: labels; series: from server to one Spread, or None, for each group. A thin line has least and most."""
    top = nice(max((spread.most for found in series.values() for spread in found if spread), default=1))
    across = (WIDTH - LEFT - RIGHT) / len(groups)
    each = across * 0.8 / max(1, len(series))
    body = [*frame(title, unit, series, top), *(label(LEFT + across * (n + 0.5), g) for n, g in enumerate(groups))]
    for place, (name, found) in enumerate(series.items()):
        for number, spread in enumerate(found):
            if spread:
                body += bar(LEFT + across * (number + 0.1) + each * place, each, spread, top, COLOURS[name])
    return document(body)


def bar(x, width, spread, top, colour):
    high = height_of(spread.median, top)
    middle = x + width / 2
    sizes = f'width="{width * 0.92:.1f}" height="{bottom() - high:.1f}"'
    yield f'<rect x="{x:.1f}" y="{high:.1f}" {sizes} fill="{colour}"/>'
    yield line(middle, height_of(spread.least, top), middle, height_of(spread.most, top), "#24292f")


def lines(title, unit, points, series):
    """points: numbers, from few to many; series as with bars."""
    top = nice(max((spread.most for found in series.values() for spread in found if spread), default=1))
    first, last = math.log(points[0]), math.log(points[-1])
    places = [LEFT + 30 + (math.log(p) - first) / (last - first or 1) * (WIDTH - LEFT - RIGHT - 60) for p in points]
    body = [*frame(title, unit, series, top), *(label(x, f"{p:,}") for x, p in zip(places, points))]
    for name, found in series.items():
        dots = [(x, spread) for x, spread in zip(places, found) if spread]
        path = " ".join(f"{x:.1f},{height_of(spread.median, top):.1f}" for x, spread in dots)
        body.append(f'<polyline points="{path}" fill="none" stroke="{COLOURS[name]}" stroke-width="2"/>')
        body += [line(x, height_of(s.least, top), x, height_of(s.most, top), COLOURS[name]) for x, s in dots]
    return document(body)


def frame(title, unit, series, top):
    """Title, legend and the lines across with their numbers."""
    yield text(LEFT, 22, title, "start", 16)
    yield text(WIDTH - RIGHT, 22, f"{unit}; thin lines: from the least to the most of the rounds", "end")
    for number, name in enumerate(series):
        x = LEFT + 90 * number
        yield f'<rect x="{x}" y="34" width="12" height="12" fill="{COLOURS[name]}"/>'
        yield text(x + 17, 44, name, "start")
    for tick in range(TICKS + 1):
        value = top * tick / TICKS
        yield line(LEFT, height_of(value, top), WIDTH - RIGHT, height_of(value, top), "#d0d7de")
        yield text(LEFT - 8, height_of(value, top) + 4, f"{value:,.6g}", "end")


def label(x, words):
    return text(x, HEIGHT - BOTTOM + 20, str(words), "middle")


def text(x, y, words, anchor, size=12):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">{escape(words)}</text>'


def line(x1, y1, x2, y2, colour):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'


def document(body):
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
            'font-family="sans-serif" fill="#24292f">')  # fmt: skip
    back = f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>'
    return "\n".join([head, back, *body, "</svg>", ""])


def bottom():
    return HEIGHT - BOTTOM


def height_of(value, top):
    return bottom() - value / top * (bottom() - TOP)


def nice(most):
    """The next number that divides well."""
    if most <= 0:
        return 1
    unit = 10 ** math.floor(math.log10(most))
    return next(step * unit for step in (1, 1.5, 2, 2.5, 3, 4, 5, 7.5, 10) if step * unit >= most)
