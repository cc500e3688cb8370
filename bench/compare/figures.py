# SPDX-License-Identifier: MIT
"""The figures of a run: question -> subject -> value of each round, and what follows from them."""
import collections
import json
import statistics

# A range of ratios wider than this factor says more about the machine than about the programs.
NOISE = 1.5


class Figures:
    def __init__(self):
        self.values = collections.defaultdict(lambda: collections.defaultdict(dict))
        self.units = {}

    def add(self, number, subject, question, unit, value):
        self.values[question][subject][number] = value
        self.units[question] = unit

    @property
    def questions(self):
        return list(self.values)

    def subjects(self, questions, first=()):
        """Who has a figure for one of `questions`: those of `first` in their order, then the rest."""
        there = dict.fromkeys(s for q in questions for s in self.values.get(q, ()))
        return [s for s in first if s in there] + sorted(set(there) - set(first))

    def of(self, question, subject):
        return list(self.values.get(question, {}).get(subject, {}).values())

    def median(self, question, subject):
        mine = self.of(question, subject)
        return statistics.median(mine) if mine else None

    def ratios(self, question, subject, reference):
        """Each taken inside one round, because the speed of the machine drifts between rounds."""
        mine = self.values.get(question, {}).get(subject, {})
        base = self.values.get(question, {}).get(reference, {})
        return [mine[n] / base[n] for n in mine if base.get(n)]

    def ratio(self, question, subject, reference):
        """Median, least and largest ratio; None without a common round."""
        all_ratios = self.ratios(question, subject, reference)
        if not all_ratios:
            return None
        return statistics.median(all_ratios), min(all_ratios), max(all_ratios)

    def save(self, path, about):
        rows = [
            {"question": q, "subject": s, "unit": self.units[q], "rounds": rounds}
            for q, subjects in self.values.items()
            for s, rounds in subjects.items()
        ]
        path.write_text(json.dumps({"about": about, "figures": rows}, indent=1) + "\n")

    @classmethod
    def load(cls, path):
        """What `save` has written: the figures, and the line about the run."""
        read = json.loads(path.read_text())
        self = cls()
        for row in read["figures"]:
            for number, value in row["rounds"].items():
                self.add(int(number), row["subject"], row["question"], row["unit"], value)
        return self, read["about"]


def is_noisy(ratio):
    return ratio is not None and ratio[2] > NOISE * ratio[1]


def short(value):
    """Three digits that count, and thousands as k."""
    if value >= 999_500:
        return f"{value / 1e6:.3g}M"
    if value >= 9_995:
        return f"{value / 1e3:.3g}k"
    return f"{value:.0f}" if value >= 999.5 else f"{value:.3g}"
