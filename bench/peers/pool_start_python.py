# SPDX-License-Identifier: MIT
"""How long a pool of processes takes to its first result, and to its end, asked of Python.

usage: pool_start_python.py fork|forkserver|pool MIB

The parent has MIB resident mebibytes, touched. `pool` is multiprocessing.Pool by fork.
"""
import concurrent.futures
import json
import multiprocessing
import os
import statistics
import sys
import time

SPAN = float(os.environ.get("BENCH_SECONDS", "0.2"))
PAGE = 4096


def job(value):
    return value + 1


def once(kind):
    """Microseconds to the first result, and to the end of everything after it."""
    begin = time.perf_counter()
    if kind == "pool":
        pool = multiprocessing.get_context("fork").Pool(1)
        pool.apply(job, (0,))
        first = time.perf_counter()
        pool.close()
        pool.join()
    else:
        context = multiprocessing.get_context(kind)
        pool = concurrent.futures.ProcessPoolExecutor(1, mp_context=context)
        pool.submit(job, 0).result()
        first = time.perf_counter()
        pool.shutdown()
    return (first - begin) * 1e6, (time.perf_counter() - first) * 1e6


def main():
    kind, mebibytes = sys.argv[1], int(sys.argv[2])
    ballast = bytearray(mebibytes << 20)
    for at in range(0, len(ballast), PAGE):
        ballast[at] = 1
    if kind == "forkserver":
        once(kind)  # its server is started once, and stays
    seen = []
    end = time.perf_counter() + SPAN
    while len(seen) < 3 or time.perf_counter() < end:
        seen.append(once(kind))
    subject = {
        "fork": "Python ProcessPoolExecutor",
        "forkserver": "Python ProcessPoolExecutor, forkserver",
        "pool": "Python multiprocessing.Pool",
    }[kind]
    for what, values in zip(("first result", "shutdown after it"), zip(*seen)):
        figure = {"subject": f"{subject}, {mebibytes} MiB", "question": f"start: pool, {what}"}
        figure["unit"] = "us"
        print(json.dumps({**figure, "value": statistics.median(values)}), flush=True)


if __name__ == "__main__":
    main()
