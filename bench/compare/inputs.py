# SPDX-License-Identifier: MIT
"""What programs of the bench read: made once beside them, and brought into the page cache."""
import os
import random

READS_SIZE = 256 << 20  # bytes: more than the caches of a CPU


def warm(path):
    """Reads all of it, so that it is in the page cache as far as there is room."""
    with open(path, "rb", buffering=0) as file:
        while file.read(1 << 20):
            pass


def file_for_reads(folder):
    """A file of random bytes, which no file system stores as a hole or packs."""
    path = folder / "data/reads.bin"
    if not path.exists() or path.stat().st_size != READS_SIZE:
        path.parent.mkdir(exist_ok=True)
        numbers = random.Random(1)
        with open(path, "wb") as file:
            for _ in range(READS_SIZE >> 20):
                file.write(numbers.randbytes(1 << 20))
            # What is dirty still, a read past the page cache would have to write first.
            os.fsync(file.fileno())
    warm(path)
    return path
