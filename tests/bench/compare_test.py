# SPDX-License-Identifier: MIT
"""What bench/compare makes of figures: ratios, verdicts, exponents, tables, pictures."""
import pathlib
import sys
import tempfile
import unittest
import xml.etree.ElementTree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench/compare"))

import plots  # noqa: E402
import tables  # noqa: E402
from figures import Figures, is_noisy  # noqa: E402
from growth import exponents  # noqa: E402
from targets import Target  # noqa: E402


def figures_of(question, unit="ns", **rounds_of):
    figures = Figures()
    for subject, rounds in rounds_of.items():
        for number, value in enumerate(rounds):
            figures.add(number, subject, question, unit, value)
    return figures


class RatiosTest(unittest.TestCase):
    def test_are_taken_inside_a_round(self):
        # The machine became ten times slower, and the ratio does not see it.
        figures = figures_of("q", floor=[1, 10, 10], tridem=[2, 20, 20])
        self.assertEqual(figures.ratio("q", "tridem", "floor"), (2, 2, 2))

    def test_skip_rounds_that_only_one_of_them_has(self):
        figures = figures_of("q", floor=[1], tridem=[3, 100])
        self.assertEqual(figures.ratio("q", "tridem", "floor"), (3, 3, 3))
        self.assertIsNone(figures.ratio("q", "tridem", "nobody"))

    def test_are_called_noisy_when_their_range_is_wide(self):
        quiet = figures_of("q", floor=[1, 1], tridem=[2, 2.5])
        wild = figures_of("q", floor=[1, 1], tridem=[2, 5])
        self.assertFalse(is_noisy(quiet.ratio("q", "tridem", "floor")))
        self.assertTrue(is_noisy(wild.ratio("q", "tridem", "floor")))

    def test_survive_a_file(self):
        figures = figures_of("q", floor=[1, 4], tridem=[2, 6])
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "figures.json"
            figures.save(path, "a run")
            again, about = Figures.load(path)
        self.assertEqual(about, "a run")
        self.assertEqual(again.values, figures.values)


class TargetTest(unittest.TestCase):
    def test_says_whether_it_is_met(self):
        figures = figures_of("q", floor=[10], tridem=[12])
        self.assertIn("| met |", Target("what", ["q"], "floor", 1.3).row(figures))
        self.assertIn("**not met**", Target("what", ["q"], "floor", 1.1).row(figures))
        self.assertIn("| met |", Target("what", ["q"], "floor", 1.1, at_most=False).row(figures))

    def test_is_left_out_without_a_figure(self):
        figures = figures_of("q", tridem=[12])
        self.assertIsNone(Target("what", ["q"], "floor", 1.3).row(figures))

    def test_of_several_questions_is_their_geometric_mean(self):
        figures = figures_of("q", floor=[1], tridem=[4])
        figures.add(0, "floor", "r", "ns", 4)
        figures.add(0, "tridem", "r", "ns", 1)
        self.assertIn("| 1x |", Target("what", ["q", "r"], "floor", 1.3).row(figures))


class GrowthTest(unittest.TestCase):
    def test_finds_what_grows_faster_than_n(self):
        figures = Figures()
        for n in (10, 100, 1000):
            figures.add(0, "linear", f"q, n = {n}", "ns", 5)
            figures.add(0, "square", f"q, n = {n}", "ns", 5 * n)
        seen = {subject: exponent for _, subject, _, exponent in exponents(figures)}
        self.assertAlmostEqual(seen["linear"], 1)
        self.assertAlmostEqual(seen["square"], 2)

    def test_is_seen_over_connections_and_over_bytes(self):
        figures = Figures()
        for connections in (1, 100):
            for size in (64, 16384):
                question = f"echo {connections} x {size} B: server CPU"
                figures.add(0, "tridem", question, "us", connections * size)
        seen = {what: exponent for what, _, _, exponent in exponents(figures)}
        self.assertAlmostEqual(seen["echo of 64 B, server CPU, over connections"], 2)
        self.assertAlmostEqual(seen["echo on 100 connections, server CPU, over bytes"], 1)

    def test_of_what_is_counted_is_not_looked_at(self):
        figures = Figures()
        for n in (1, 64):
            figures.add(0, "tridem", f"system calls for one call, {n} in flight", "calls", 0)
        self.assertEqual(list(exponents(figures)), [])

    def test_needs_two_sizes(self):
        self.assertEqual(list(exponents(figures_of("q, n = 10", tridem=[1]))), [])


class OutputTest(unittest.TestCase):
    def setUp(self):
        self.figures = figures_of("gather, per child, n = 1000", floor=[10, 11], tridem=[21, 22])
        self.figures.add(0, "tridem", "gather, per child, n = 10", "ns", 20)
        self.figures.add(0, "floor", "gather, per child, n = 10", "ns", 9)

    def test_tables_have_ratio_range_and_value(self):
        text = "\n".join(tables.all_tables(self.figures))
        self.assertIn("**2.05x** (2 .. 2.1), 21.5 ns", text)
        self.assertIn("### Growth", text)

    def test_pictures_are_well_formed(self):
        with tempfile.TemporaryDirectory() as folder:
            names = plots.draw(self.figures, pathlib.Path(folder))
            self.assertEqual(len(names), 2)  # bars, and a curve over n
            for name in names:
                xml.etree.ElementTree.parse(pathlib.Path(folder) / name)


if __name__ == "__main__":
    unittest.main()
