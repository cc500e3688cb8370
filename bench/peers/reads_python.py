# SPDX-License-Identifier: MIT
"""File reads, asked of Python: os.preadv on the threads of a ThreadPoolExecutor, awaited by asyncio.

usage: reads_python.py <file>
"""
import asyncio
import concurrent.futures
import json
import mmap
import os
import random
import sys
import time

DEPTHS = (1, 32, 128)
SIZE = 4096
SPAN = float(os.environ.get("BENCH_SECONDS", "0.2"))


async def keep_reading(executor, fd, blocks, end):
    """How many reads it has made; the memory is a page of its own, as O_DIRECT needs it."""
    loop = asyncio.get_running_loop()
    memory = [mmap.mmap(-1, SIZE)]
    reads = 0
    while time.perf_counter() < end:
        place = random.randrange(blocks) * SIZE
        count = await loop.run_in_executor(executor, os.preadv, fd, memory, place)
        assert count == SIZE
        reads += 1
    return reads


async def measure(path, flags, depth):
    """Nanoseconds for each read while `depth` of them are under way."""
    fd = os.open(path, os.O_RDONLY | flags)
    blocks = os.fstat(fd).st_size // SIZE
    with concurrent.futures.ThreadPoolExecutor(min(depth, 32)) as executor:
        begin = time.perf_counter()
        readers = [keep_reading(executor, fd, blocks, begin + SPAN) for _ in range(depth)]
        reads = sum(await asyncio.gather(*readers))
        took = time.perf_counter() - begin
    os.close(fd)
    return took / reads * 1e9


def main():
    for question, flags in (("file read, cached", 0), ("file read, O_DIRECT", os.O_DIRECT)):
        for depth in DEPTHS:
            value = asyncio.run(measure(sys.argv[1], flags, depth))
            line = {
                "subject": "asyncio + threads",
                "question": f"{question}, {depth} in flight",
                "unit": "ns",
                "value": value,
            }
            print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
