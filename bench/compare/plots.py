# SPDX-License-Identifier: MIT
"""The figures as pictures: bars of ratios, and cost over n. Plain SVG, readable in light and dark."""
import math
import re
from xml.sax.saxutils import escape

from growth import families

WIDTH = 720
LEFT = 250  # of the bars; names stand before
RIGHT = 90  # values stand behind
BAR = 16
# One of each kind, with the reference of its table; the others are in the tables.
BARS = [
    ("create + await a leaf", "floor"),
    ("yield, 1000 tasks", "floor"),
    ("gather, per child, n = 1000", "floor"),
    ("spawn + join, per task, n = 1000", "floor"),
    ("memory of a spawned task that waits", "floor"),
    ("timer armed and cancelled, 1000000 at once", "floor"),
    ("call into a thread, 64 in flight", "tridem"),
    ("call into a process, 64 in flight", "tridem"),
    ("echo 64 x 64 B: requests", "io_uring by hand"),
    ("echo 1000 x 64 B: requests", "io_uring by hand"),
    ("echo 1000 x 64 B: server CPU", "io_uring by hand"),
]

OURS = "#2f7ed8"
OTHERS = "#9aa5b1"
INK = "#6b7280"


class Picture:
    def __init__(self, title, height):
        self.height = height
        self.parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
            f'font-family="sans-serif" font-size="12" role="img">',
            f"<title>{escape(title)}</title>",
        ]
        self.text(0, 16, title, size=14)

    def text(self, x, y, words, anchor="start", size=12):
        self.parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" '
            f'fill="{INK}">{escape(words)}</text>'
        )

    def line(self, points, colour, width=1.5):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self.parts.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width}"/>'
        )

    def bar(self, x, y, width, colour):
        self.parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{BAR - 4}" fill="{colour}"/>'
        )

    def save(self, path):
        path.write_text("\n".join([*self.parts, "</svg>"]) + "\n")


def is_ours(subject):
    return subject.startswith("tridem")


def bars(figures, title, question, reference):
    """Ratios to `reference` of all who answered `question`, on a logarithmic axis from the least."""
    seen = {s: figures.ratio(question, s, reference) for s in figures.values[question]}
    seen = {s: ratio for s, ratio in seen.items() if ratio is not None}
    if len(seen) < 2:
        return None
    order = sorted(seen, key=lambda s: seen[s][0])
    least = math.log(min(1, *(r[1] for r in seen.values()))) - 0.3
    most = math.log(max(1, *(r[2] for r in seen.values()))) + 0.1
    scale = (WIDTH - LEFT - RIGHT) / (most - least)
    picture = Picture(title, 34 + BAR * len(order))

    def x_of(ratio):
        return LEFT + (math.log(ratio) - least) * scale

    for i, subject in enumerate(order):
        top = 28 + BAR * i
        middle, low, high = seen[subject]
        picture.text(LEFT - 8, top + 10, subject, anchor="end")
        picture.bar(LEFT, top, x_of(middle) - LEFT, OURS if is_ours(subject) else OTHERS)
        picture.line([(x_of(low), top + 6), (x_of(high), top + 6)], INK, 1)
        picture.text(x_of(high) + 6, top + 10, f"{middle:.3g}x")
    return picture


def curves(title, costs_of):
    """Cost of one over n, both logarithmic; a line for each subject."""
    sizes = sorted({n for costs in costs_of.values() for n in costs})
    values = [value for costs in costs_of.values() for value in costs.values()]
    low, high = math.log(min(values)) - 0.2, math.log(max(values)) + 0.2
    first, last = math.log(sizes[0]), math.log(sizes[-1])
    top, bottom, right = 30, 230, WIDTH - 200

    def place(n, value):
        x = 60 + (math.log(n) - first) / (last - first) * (right - 60)
        return x, bottom - (math.log(value) - low) / (high - low) * (bottom - top)

    picture = Picture(title, 260)
    picture.line([(60, top), (60, bottom), (right, bottom)], INK, 1)
    for n in sizes:
        picture.text(place(n, values[0])[0], bottom + 16, f"{n:,}", anchor="middle")
    for value in (min(values), max(values)):
        picture.text(54, place(sizes[0], value)[1] + 4, f"{value:.3g}", anchor="end")
    for subject, costs in sorted(costs_of.items()):
        points = [place(n, costs[n]) for n in sorted(costs)]
        picture.line(points, OURS if is_ours(subject) else OTHERS, 2)
        picture.text(points[-1][0] + 6, points[-1][1] + 4, subject)
    return picture


def file_name(title):
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") + ".svg"


def draw(figures, folder):
    """Writes all pictures into `folder`; gives their names."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures = {}
    for question, reference in BARS:
        if reference in figures.values.get(question, {}):
            title = f"{question}, ratio to {reference}"
            pictures[question] = bars(figures, title, question, reference)
    grouped = {}
    for (what, subject), costs in families(figures).items():
        grouped.setdefault(what, {})[subject] = costs
    for what, costs_of in grouped.items():
        title = what if ", over " in what else f"{what}, over n"
        pictures[title] = curves(f"{title}: cost of one", costs_of)
    names = []
    for title, picture in pictures.items():
        if picture is not None:
            names.append(file_name(title))
            picture.save(folder / names[-1])
    return names
