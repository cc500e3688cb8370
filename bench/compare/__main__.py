# SPDX-License-Identifier: MIT
"""Runs the programs of the bench in interleaved rounds and prints what they measured as Markdown.

Speeds drift on a shared machine, so no figure stands alone: every program runs once in each round,
a ratio is taken inside its round, and what is printed is the median over rounds with its range.
scripts/bench builds the programs and calls this.
"""
import argparse
import os
import pathlib
import platform
import re
import subprocess
import sys
import time

import plots
from figures import Figures
from runner import SOURCE, Runner
from suites import NAMES, Suites, is_due
from tables import all_tables

BEGIN = "<!-- printed by scripts/bench -->\n"
END = "<!-- end -->"


def cpu_model():
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
        for line in file:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return "unknown"


def compiler_of(folder):
    """The first line of `c++ --version` of the compiler that built the programs."""
    for line in (folder.parent / "CMakeCache.txt").read_text().splitlines():
        if line.startswith("CMAKE_CXX_COMPILER:"):
            command = [line.split("=", 1)[1], "--version"]
            return subprocess.run(command, capture_output=True, text=True).stdout.splitlines()[0]
    return "unknown"


def read_options():
    parser = argparse.ArgumentParser(prog="compare", description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path, help="<build>/bench")
    parser.add_argument("--quick", action="store_true", help="3 short rounds, under 3 minutes")
    parser.add_argument("--rounds", type=int, help="default 7, quick 3")
    parser.add_argument("--seconds", type=float, help="span of a measurement; default 0.8, quick 0.3")
    parser.add_argument("--only", action="append", choices=NAMES, help="one suite; may be repeated")
    parser.add_argument("--row", type=re.compile, help="only questions that match this expression")
    parser.add_argument("--save", type=pathlib.Path, help="write the figures to this file")
    parser.add_argument("--load", type=pathlib.Path, help="measure nothing, print a saved run")
    parser.add_argument("--docs", action="store_true", help="also write docs/benchmarks.md, plots")
    options = parser.parse_args()
    options.rounds = options.rounds or (3 if options.quick else 7)
    options.seconds = options.seconds or (0.3 if options.quick else 0.8)
    return options


def measure(options):
    """All rounds; the figures, a line about the run, and what could not be measured."""
    figures = Figures()
    folder = options.folder.resolve()
    runner = Runner(folder, figures, options.seconds, options.row)
    suites = Suites(runner, options.quick)
    load_before = os.getloadavg()[0]
    begin = time.monotonic()
    for number in range(options.rounds):
        for suite in options.only or NAMES:
            if not options.only and not is_due(suite, number):
                continue
            print(f"round {number + 1} of {options.rounds}: {suite}", file=sys.stderr, flush=True)
            getattr(suites, suite)(number)
    took = time.monotonic() - begin
    about = (
        f"{time.strftime('%Y-%m-%d')}, {cpu_model()}, {os.cpu_count()} CPUs, "
        f"Linux {platform.release()}, {compiler_of(folder)}; "
        f"{options.rounds} rounds of {options.seconds:g} s spans in {took:.0f} s; "
        f"load average before {load_before:.1f} (0 is quiet)."
    )
    if runner.skipped:
        about += "\n\nNot measured: " + "; ".join(sorted(runner.skipped)) + "."
    return figures, about


def write_docs(text, figures):
    page = SOURCE.parent / "docs/benchmarks.md"
    before, rest = page.read_text().split(BEGIN)
    after = rest.split(END, 1)[1]
    page.write_text(before + BEGIN + text + END + after)
    for name in plots.draw(figures, SOURCE.parent / "docs/plots"):
        print(f"docs/plots/{name}", file=sys.stderr)


def main():
    options = read_options()
    if options.save:
        options.save.touch()  # a path that cannot be written is said before the measurement
    figures, about = Figures.load(options.load) if options.load else measure(options)
    if options.save:
        figures.save(options.save, about)
    text = "\n".join([about, *all_tables(figures)]) + "\n"
    print(text, end="")
    if options.docs:
        write_docs(text, figures)


if __name__ == "__main__":
    main()
