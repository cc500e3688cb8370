# SPDX-License-Identifier: MIT
"""Runs the programs of the bench in interleaved rounds and prints what they measured as Markdown.

Speeds drift on a shared machine, so no figure stands alone: every program runs once in each round,
a ratio is taken inside its round, and what is printed is the median over rounds with its range.
scripts/bench builds the programs and calls this.
"""
import argparse
import collections
import json
import os
import pathlib
import platform
import signal
import statistics
import subprocess
import sys
import time

LOOP_CPU = 0
OTHER_CPU = 1
PYTHON = "/usr/bin/python3"  # of the distribution, not what some version manager put before it
SOURCE = pathlib.Path(__file__).resolve().parent

SUITES = ["tasks", "thread_calls", "process_calls", "idle", "echo"]

ECHO_SERVERS = {
    "io_uring by hand": ("peers/echo_uring", {}),
    "tridem, uring": ("echo", {"TRIDEM_DRIVER": "uring"}),
    "tridem, asio": ("echo", {"TRIDEM_DRIVER": "asio"}),
    "epoll by hand": ("peers/echo_epoll", {}),
    "Asio callbacks": ("peers/echo_asio_callbacks", {}),
    "Asio awaitable": ("peers/echo_asio_awaitable", {}),
}


def pinned(cpu):
    """What a child does before it starts: stay on one CPU, and die with us."""
    if cpu is None or os.cpu_count() < 2:
        return None
    return lambda: os.sched_setaffinity(0, {cpu})


class Bench:
    def __init__(self, folder, options):
        self.folder = folder
        self.seconds = options.seconds
        self.rounds = options.rounds
        self.with_large = not options.quick
        # question -> subject -> value of each round
        self.figures = collections.defaultdict(lambda: collections.defaultdict(dict))
        self.units = {}
        self.skipped = set()

    def add(self, number, subject, question, unit, value):
        self.figures[question][subject][number] = value
        self.units[question] = unit

    def run(self, command, cpu=None, environment=None):
        """The standard output of a program; None, and a note, when it is missing or fails."""
        program = self.folder / command[0]
        if command[0] != PYTHON and not program.exists():
            self.skipped.add(f"{command[0]} (not built)")
            return None
        words = [str(program) if command[0] != PYTHON else PYTHON, *command[1:]]
        try:
            done = subprocess.run(
                words,
                env={**os.environ, "BENCH_SECONDS": str(self.seconds / 2), **(environment or {})},
                capture_output=True,
                text=True,
                timeout=120,
                preexec_fn=pinned(cpu),
            )
        except subprocess.TimeoutExpired:
            self.skipped.add(f"{' '.join(command)} (did not end in 120 s)")
            return None
        if done.returncode != 0:
            last_words = done.stderr.strip().splitlines()[-1:] or ["no message"]
            self.skipped.add(f"{' '.join(command)} (exit {done.returncode}: {last_words[0]})")
            return None
        return done.stdout

    def own_figures(self, number, command, **how):
        """Runs a program that prints lines of JSON (support/figure.hpp)."""
        for line in (self.run(command, **how) or "").splitlines():
            if not line.startswith("{"):
                continue
            f = json.loads(line)
            self.add(number, f["subject"], f["question"], f["unit"], f["value"])

    def google_figures(self, number, command):
        """Runs a program of Google Benchmark; one thread, so that CPU time is the truer one."""
        flags = ["--benchmark_format=json", f"--benchmark_min_time={self.seconds / 5}"]
        output = self.run([*command, *flags], cpu=LOOP_CPU)
        for b in json.loads(output)["benchmarks"] if output else []:
            name = b["name"].split("/iterations:")[0]
            subject, question = name.split("/", 1)
            ns = 1e9 / b["items_per_second"]
            self.add(number, subject, question.replace("/", ", n = "), "ns", ns)

    def tasks(self, number):
        programs = ["await", "yield", "gather", "spawn", "timers"]
        for program in rotated([*programs, "peers/tasks_asio", "peers/timers_asio"], number):
            self.google_figures(number, [program])
        for subject in ("floor", "spawned", "gathered"):
            self.own_figures(number, ["task_memory", subject])
        self.own_figures(number, ["peers/task_memory_asio"])

    def thread_calls(self, number):
        commands = [
            ["peers/calls_floor", "thread"],
            ["thread_calls"],
            ["peers/calls_asio"],
            [PYTHON, str(SOURCE / "peers/calls_python.py"), "thread"],
        ]
        for command in rotated(commands, number):
            self.own_figures(number, command)

    def process_calls(self, number):
        commands = [
            ["peers/calls_floor", "process"],
            ["process_calls"],
            [PYTHON, str(SOURCE / "peers/calls_python.py"), "process"],
        ]
        for command in rotated(commands, number):
            self.own_figures(number, command)

    def echo(self, number):
        for subject in rotated(list(ECHO_SERVERS), number):
            program, environment = ECHO_SERVERS[subject]
            if not (self.folder / program).exists():
                self.skipped.add(f"{program} (not built)")
                continue
            server = subprocess.Popen(
                [self.folder / program],
                env={**os.environ, **environment},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                preexec_fn=pinned(LOOP_CPU),
            )
            try:
                port = server.stdout.readline().strip()
                if not port:
                    self.skipped.add(f"{subject} ({server.stderr.readline().strip()})")
                    continue
                for connections, size in self.loads():
                    self.load(number, subject, port, server.pid, connections, size)
            finally:
                server.send_signal(signal.SIGKILL)
                server.wait()

    def idle(self, number):
        for driver in rotated(["uring", "asio"], number):
            self.own_figures(number, ["idle_connections"], environment={"TRIDEM_DRIVER": driver})

    def loads(self):
        small = [(1, 64), (64, 64), (1000, 64)]
        return small + ([(64, 16384)] if self.with_large else [])

    def load(self, number, subject, port, pid, connections, size):
        command = ["support/echo_load", port, str(pid), str(connections), str(size)]
        output = self.run([*command, str(self.seconds)], cpu=OTHER_CPU)
        for line in (output or "").splitlines():
            f = json.loads(line)
            question = f"echo {connections} x {size} B: {f['question']}"
            self.add(number, subject, question, f["unit"], f["value"])

    # What is printed ---------------------------------------------------------------------------

    def cell(self, question, subject, reference):
        """Median and range of a figure; for all but the reference, of its ratio first."""
        mine = self.figures[question].get(subject)
        if not mine:
            return "-"
        value = f"{short(statistics.median(mine.values()))} {self.units[question]}"
        base = self.figures[question].get(reference)
        if subject == reference or not base:
            return f"{value} ({short(min(mine.values()))} .. {short(max(mine.values()))})"
        ratios = [mine[n] / base[n] for n in mine if n in base]
        if not ratios:
            return value
        return (
            f"**{short(statistics.median(ratios))}x** "
            f"({short(min(ratios))} .. {short(max(ratios))}), {value}"
        )

    def table(self, title, questions, subjects, reference, questions_are_rows=True, strip=""):
        questions = [q for q in questions if q in self.figures]
        subjects = [s for s in subjects if any(s in self.figures[q] for q in questions)]
        if not questions:
            return
        print(f"\n### {title}\n")
        names = [q.removeprefix(strip) for q in questions]
        rows, columns = (names, subjects) if questions_are_rows else (subjects, names)
        print("| | " + " | ".join(columns) + " |")
        print("|---|" + "---:|" * len(columns))
        for i, row in enumerate(rows):
            pairs = (
                [(questions[i], s) for s in subjects]
                if questions_are_rows
                else [(q, row) for q in questions]
            )
            cells = [self.cell(q, s, reference) for q, s in pairs]
            print(f"| {row} | " + " | ".join(cells) + " |")

    def print_tables(self):
        every = list(self.figures)
        subjects = list(dict.fromkeys(s for q in every for s in self.figures[q]))

        def calls(kind):
            return [q for q in every if q.startswith(f"call into a {kind}")]

        def others(first, questions):
            present = [s for s in subjects if any(s in self.figures[q] for q in questions)]
            return [s for s in first if s in present] + sorted(set(present) - set(first))

        idle = [q for q in every if q.startswith("idle connections: ")]
        task_questions = [
            q for q in every if self.units[q] in ("ns", "B") and "call" not in q and q not in idle
        ]
        self.table(
            "Tasks, ratio to the floor",
            task_questions,
            others(["floor", "tridem"], task_questions),
            "floor",
        )
        for kind in ("thread", "process"):
            self.table(
                f"Calls into a {kind}, ratio to tridem",
                calls(kind),
                others(["tridem", "floor, spinning"], calls(kind)),
                "tridem",
                strip=f"call into a {kind}, ",
            )
        self.table(
            "15,000 connections, of which 150 talk at last",
            idle,
            others(["tridem, uring", "tridem, asio"], idle),
            "",
            strip="idle connections: ",
        )
        for connections, size in self.loads():
            prefix = f"echo {connections} x {size} B: "
            self.table(
                f"Echo, {connections} connection{'s' if connections > 1 else ''}, {size} B, "
                "ratio to io_uring by hand",
                [q for q in every if q.startswith(prefix)],
                list(ECHO_SERVERS),
                "io_uring by hand",
                questions_are_rows=False,
                strip=prefix,
            )


def rotated(items, number):
    """Another one goes first in each round, so that none always follows the same one."""
    number %= len(items)
    return items[number:] + items[:number]


def short(value):
    """Three digits that count, and thousands as k."""
    if value >= 999_500:
        return f"{value / 1e6:.3g}M"
    if value >= 9_995:
        return f"{value / 1e3:.3g}k"
    return f"{value:.0f}" if value >= 999.5 else f"{value:.3g}"


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


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path, help="<build>/bench")
    parser.add_argument("--quick", action="store_true", help="3 short rounds, under 3 minutes")
    parser.add_argument("--rounds", type=int, help="default 7, quick 3")
    parser.add_argument("--seconds", type=float, help="span of a measurement; default 1, quick 0.4")
    parser.add_argument(
        "--only", action="append", choices=SUITES
    )
    options = parser.parse_args()
    options.rounds = options.rounds or (3 if options.quick else 7)
    options.seconds = options.seconds or (0.4 if options.quick else 1.0)

    bench = Bench(options.folder.resolve(), options)
    suites = options.only or SUITES
    load_before = os.getloadavg()[0]
    begin = time.monotonic()
    for number in range(options.rounds):
        for suite in suites:
            print(f"round {number + 1} of {options.rounds}: {suite}", file=sys.stderr, flush=True)
            getattr(bench, suite)(number)
    took = time.monotonic() - begin

    print(
        f"{time.strftime('%Y-%m-%d')}, {cpu_model()}, {os.cpu_count()} CPUs, "
        f"Linux {platform.release()}, {compiler_of(bench.folder)}; "
        f"{options.rounds} rounds of {options.seconds:g} s spans in {took:.0f} s; "
        f"load average before {load_before:.1f} (0 is quiet)."
    )
    bench.print_tables()
    if bench.skipped:
        print("\nNot measured: " + "; ".join(sorted(bench.skipped)) + ".")


if __name__ == "__main__":
    main()
