# SPDX-License-Identifier: MIT
"""Runs one program of the bench, on one CPU if asked, and collects what it measured."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

LOOP_CPU = 0
OTHER_CPU = 1
PYTHON = "/usr/bin/python3"  # of the distribution, not what some version manager put before it
SOURCE = pathlib.Path(__file__).resolve().parent.parent
PATIENCE = 120  # seconds


def pinned(cpu):
    """What a child does before it starts: stay on one CPU."""
    if cpu is None or os.cpu_count() < 2:
        return None
    return lambda: os.sched_setaffinity(0, {cpu})


class Runner:
    """`row`: a regular expression; figures of other questions are left out."""

    def __init__(self, folder, figures, seconds, row=None):
        self.folder = folder
        self.figures = figures
        self.seconds = seconds
        self.row = row
        self.skipped = set()

    def add(self, number, subject, question, unit, value):
        if self.row is None or self.row.search(question):
            self.figures.add(number, subject, question, unit, value)

    def words(self, command):
        """The command with the path of its program; None, and a note, when it was not built."""
        if command[0].startswith("/"):
            return list(command)
        program = self.folder / command[0]
        if not program.exists():
            self.skipped.add(f"{command[0]} (not built)")
            return None
        return [str(program), *command[1:]]

    def run(self, command, cpu=None, environment=None, share=0.5):
        """The standard output of a program; None, and a note, when it is missing or fails.

        `share`: of the span of a measurement, for each question that the program asks.
        """
        words = self.words(command)
        if words is None:
            return None
        try:
            done = subprocess.run(
                words,
                env={
                    **os.environ,
                    "BENCH_SECONDS": str(self.seconds * share),
                    **(environment or {}),
                },
                capture_output=True,
                text=True,
                timeout=PATIENCE,
                preexec_fn=pinned(cpu),
            )
        except subprocess.TimeoutExpired:
            self.skipped.add(f"{' '.join(command)} (did not end in {PATIENCE} s)")
            return None
        if done.returncode != 0:
            last_words = done.stderr.strip().splitlines()[-1:] or ["no message"]
            self.skipped.add(f"{' '.join(command)} (exit {done.returncode}: {last_words[0]})")
            return None
        return done.stdout

    def own_figures(self, number, command, **how):
        """Runs a program that prints lines of JSON (support/figure.hpp)."""
        for line in (self.run(command, **how) or "").splitlines():
            if line.startswith("{"):
                f = json.loads(line)
                self.add(number, f["subject"], f["question"], f["unit"], f["value"])

    def system_calls(self, command, environment):
        """How many system calls a program makes, with all that it starts; None without strace."""
        words = self.words(command)
        strace = shutil.which("strace")
        if words is None or strace is None:
            self.skipped.add("system calls" if words is None else "system calls (no strace)")
            return None
        with tempfile.NamedTemporaryFile() as counted:
            done = subprocess.run(
                [strace, "-f", "-c", "-U", "calls,name", "-o", counted.name, *words],
                env={**os.environ, **environment},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=PATIENCE,
            )
            lines = counted.read().decode().splitlines()
        totals = [line.split()[0] for line in lines if line.endswith("total")]
        if done.returncode != 0 or not totals:
            self.skipped.add(f"{' '.join(command)} under strace (exit {done.returncode})")
            return None
        return int(totals[-1])

    def throughput(self, number, subject, question, command, size, environment=None):
        """Runs a program to its end that goes through `size` bytes: MB/s of wall time, and the CPU
        time of it and all that it has started."""
        words = self.words(command)
        if words is None:
            return
        begin = time.perf_counter()
        program = subprocess.Popen(
            words,
            env={**os.environ, **(environment or {})},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _, status, usage = os.wait4(program.pid, 0)
        took = time.perf_counter() - begin
        program.returncode = os.waitstatus_to_exitcode(status)
        if program.returncode != 0:
            self.skipped.add(f"{subject} (exit {program.returncode})")
            return
        self.add(number, subject, question, "MB/s", size / took / 1e6)
        cpu = usage.ru_utime + usage.ru_stime
        self.add(number, subject, f"{question}: CPU", "ms", cpu * 1e3)

    def google_figures(self, number, command):
        """Runs a program of Google Benchmark; one thread, so that CPU time is the truer one."""
        flags = ["--benchmark_format=json", f"--benchmark_min_time={self.seconds / 5}"]
        output = self.run([*command, *flags], cpu=LOOP_CPU)
        for b in json.loads(output)["benchmarks"] if output else []:
            name = b["name"].split("/iterations:")[0]
            subject, question = name.split("/", 1)
            ns = 1e9 / b["items_per_second"]
            self.add(number, subject, question.replace("/", ", n = "), "ns", ns)

    def with_server(self, subject, command, environment, use):
        """Starts a server on the loop's CPU, calls use(port, pid), and kills it."""
        words = self.words(command)
        if words is None:
            return
        server = subprocess.Popen(
            words,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=pinned(LOOP_CPU),
        )
        try:
            port = server.stdout.readline().strip()
            if port:
                use(port, str(server.pid))
            else:
                self.skipped.add(f"{subject} ({server.stderr.readline().strip()})")
        finally:
            server.send_signal(signal.SIGKILL)
            server.wait()
