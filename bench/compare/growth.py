# SPDX-License-Identifier: MIT
"""How cost grows with n, for every question that was asked for several n."""
import collections
import math
import re

# "gather, per child, n = 1000" and "call into a thread, 64 in flight": what, n, what else.
SIZES = [
    re.compile(r"^(?P<what>.*), n = (?P<n>\d+)$"),
    re.compile(r"^(?P<what>.*), (?P<n>\d+) in flight$"),
]


def families(figures):
    """(what, subject) -> {n: median cost of one}."""
    found = collections.defaultdict(dict)
    for question in figures.questions:
        match = next((m for m in (size.match(question) for size in SIZES) if m), None)
        if match is None:
            continue
        for subject in figures.values[question]:
            n = int(match["n"])
            found[match["what"], subject][n] = figures.median(question, subject)
    return {key: costs for key, costs in found.items() if len(costs) > 1}


def exponent_of(costs):
    """The slope of log(total) over log(n), by least squares; `costs` are those of one of n."""
    points = [(math.log(n), math.log(n * cost)) for n, cost in costs.items()]
    middle_x = sum(x for x, _ in points) / len(points)
    middle_y = sum(y for _, y in points) / len(points)
    above = sum((x - middle_x) * (y - middle_y) for x, y in points)
    return above / sum((x - middle_x) ** 2 for x, _ in points)


def exponents(figures):
    """(what, subject, the sizes as text, exponent) of each family."""
    for (what, subject), costs in families(figures).items():
        sizes = ", ".join(f"{n:,}" for n in sorted(costs))
        yield what, subject, sizes, exponent_of(costs)
