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

WINDOWS = (1, 64, 1000)
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


def main():
    kinds = {
        "thread": concurrent.futures.ThreadPoolExecutor,
        "process": concurrent.futures.ProcessPoolExecutor,
    }
    kind = sys.argv[1]
    with kinds[kind](max_workers=1) as executor:
        executor.submit(job, 0).result()  # the worker is started by the first call
        for window in WINDOWS:
            print(
                json.dumps(
                    {
                        "subject": f"Python {kinds[kind].__name__}",
                        "question": f"call into a {kind}, {window} in flight",
                        "unit": "ns",
                        "value": measure(executor, window),
                    }
                ),
                flush=True,
            )


if __name__ == "__main__":
    main()
