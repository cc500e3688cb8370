# SPDX-License-Identifier: MIT
"""A map of a million ints on two worker processes, by multiprocessing and concurrent.futures."""
import concurrent.futures
import json
import multiprocessing
import os
import statistics
import time

SPAN = float(os.environ.get("BENCH_SECONDS", "0.2"))
NUMBERS = list(range(1_000_000))


def add_one(number):
    return number + 1


def measure(subject, run):
    run()
    turns = []
    end = time.monotonic() + SPAN
    while len(turns) < 3 or time.monotonic() < end:
        begin = time.perf_counter()
        assert len(run()) == len(NUMBERS)
        turns.append((time.perf_counter() - begin) * 1e6)
    figure = {
        "subject": subject,
        "question": "map on processes, 1000000 ints",
        "unit": "us",
        "value": statistics.median(turns),
    }
    print(json.dumps(figure), flush=True)


def main():
    context = multiprocessing.get_context("fork")
    with context.Pool(2) as pool:
        measure("Python Pool.map", lambda: pool.map(add_one, NUMBERS))
    # Its own chunks are of one item each, which takes minutes.
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:
        size = len(NUMBERS) // 8
        measure(
            "Python ProcessPoolExecutor",
            lambda: list(pool.map(add_one, NUMBERS, chunksize=size)),
        )


if __name__ == "__main__":
    main()
