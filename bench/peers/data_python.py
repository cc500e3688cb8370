# SPDX-License-Identifier: MIT
"""What it costs to hand bytes to a worker process of concurrent.futures."""
import concurrent.futures
import json
import multiprocessing
import os
import statistics
import time

MIB = 1024 * 1024
SPAN = float(os.environ.get("BENCH_SECONDS", "0.2"))


def measure(pool, size, question):
    data = bytes(size)
    turns = []
    end = time.monotonic() + SPAN
    while len(turns) < 3 or time.monotonic() < end:
        begin = time.perf_counter()
        assert pool.submit(len, data).result() == size
        turns.append((time.perf_counter() - begin) * 1e6)
    figure = {
        "subject": "Python ProcessPoolExecutor",
        "question": question,
        "unit": "us",
        "value": statistics.median(turns),
    }
    print(json.dumps(figure), flush=True)


def main():
    context = multiprocessing.get_context("fork")
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as pool:
        pool.submit(len, b"").result()
        measure(pool, MIB, "data for a process, 1 MiB in")
        measure(pool, 64 * MIB, "data for a process, 64 MiB in")


if __name__ == "__main__":
    main()
