# SPDX-License-Identifier: MIT
"""How cost grows with n, for every question that was asked for several n."""
import collections
import dataclasses
import math
import re


@dataclasses.dataclass
class Family:
    """Questions that differ in n alone.

    `of_one`: the figure is what one of n costs; otherwise what all of them cost together.
    `title`: what the family is called, from the groups of the pattern.
    """

    pattern: re.Pattern
    title: str = "{what}"
    of_one: bool = True

    def match(self, question):
        """(title, n), or None."""
        found = self.pattern.match(question)
        return found and (self.title.format(**found.groupdict()), int(found["n"]))


FAMILIES = [
    Family(re.compile(r"^(?P<what>.*), n = (?P<n>\d+)$")),
    Family(re.compile(r"^(?P<what>.*), (?P<n>\d+) in flight$")),
    Family(
        re.compile(r"^echo (?P<n>\d+) x (?P<size>\d+) B: server CPU$"),
        "echo of {size} B, server CPU, over connections",
    ),
    Family(
        re.compile(r"^echo (?P<connections>\d+) x (?P<n>\d+) B: server CPU$"),
        "echo on {connections} connections, server CPU, over bytes",
        of_one=False,
    ),
    Family(
        re.compile(r"^(?P<what>data for a process), (?P<n>\d+) MiB in$"),
        "{what}, over MiB",
        of_one=False,
    ),
]


def families(figures):
    """(what, subject) -> {n: median cost of one}."""
    found = collections.defaultdict(dict)
    for question in figures.questions:
        # System calls are counted and not timed, and may be none.
        if figures.units[question] == "calls":
            continue
        for family in FAMILIES:
            match = family.match(question)
            if not match:
                continue
            what, n = match
            for subject in figures.values[question]:
                cost = figures.median(question, subject)
                found[what, subject][n] = cost if family.of_one else cost / n
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
