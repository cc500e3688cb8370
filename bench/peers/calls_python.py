# SPDX-License-Identifier: MIT
"""A call into a thread or a process, asked of Python's concurrent.futures, one worker each.

usage: calls_python.py thread|process
"""
import collections
import concurrent.futures
import json
import os
import sys
import time

WINDOWS = (1, 64, 1000, 10000)
LATENCY_WINDOWS = (1, 64)
SPAN = float(os.environ.get("BENCH_SECONDS", "0.2"))


def job(value):
    return value + 1


def measure(executor, window):
    """Nanoseconds for each call while `window` of them are under way."""
    begin = time.perf_counter()
    end = begin + SPAN
    calls = 0
    pending = collections.deque(executor.submit(job, i) for i in range(window))
    while pending:
        value = pending.popleft().result()
        calls += 1
        if time.perf_counter() < end:
            pending.append(executor.submit(job, value))
    return (time.perf_counter() - begin) / calls * 1e9


def measure_latency(executor, window):
    """Nanoseconds that half of the calls, and 99 of 100, did not exceed."""
    end = time.perf_counter() + SPAN / 2
    pending = collections.deque()
    seen = []

    def submit(value):
        pending.append((time.perf_counter(), executor.submit(job, value)))

    for i in range(window):
        submit(i)
    while pending:
        begun, call = pending.popleft()
        value = call.result()
        seen.append(time.perf_counter() - begun)
        if time.perf_counter() < end:
            submit(value)
    seen.sort()
    return {"p50": seen[len(seen) // 2] * 1e9, "p99": seen[len(seen) * 99 // 100] * 1e9}


def report(subject, question, value):
    line = {"subject": subject, "question": question, "unit": "ns", "value": value}
    print(json.dumps(line), flush=True)


def main():
    kinds = {
        "thread": concurrent.futures.ThreadPoolExecutor,
        "process": concurrent.futures.ProcessPoolExecutor,
    }
    kind = sys.argv[1]
    subject = f"Python {kinds[kind].__name__}"
    with kinds[kind](max_workers=1) as executor:
        executor.submit(job, 0).result()  # the worker is started by the first call
        for window in WINDOWS:
            value = measure(executor, window)
            report(subject, f"call into a {kind}, {window} in flight", value)
        for window in LATENCY_WINDOWS:
            for share, value in measure_latency(executor, window).items():
                report(subject, f"call into a {kind}, {window} in flight: {share}", value)


if __name__ == "__main__":
    main()
