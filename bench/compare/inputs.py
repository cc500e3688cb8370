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


TREE_FILES = 3000
TREE_FOLDERS = 60


def tree(folder):
    """A folder of 3,000 files of 1 KiB to 8 MiB, and the bytes of all: 500 MB. Most files are small,
    most bytes are in large ones."""
    root = folder / "data/tree"
    if not root.exists():
        made = root.with_suffix(".new")
        numbers = random.Random(2)
        for number in range(TREE_FILES):
            place = made / f"{number % TREE_FOLDERS:02}"
            place.mkdir(parents=True, exist_ok=True)
            size = int(1024 * 8192 ** (numbers.random() ** 6))
            (place / f"{number:04}.bin").write_bytes(numbers.randbytes(size))
        made.rename(root)
    files = list(root.rglob("*.bin"))
    for file in files:
        warm(file)
    return root, sum(file.stat().st_size for file in files)
