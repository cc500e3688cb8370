# SPDX-License-Identifier: MIT
"""The digest of every file below a folder, asked of Python: asyncio, and a ProcessPoolExecutor whose
workers read and hash. usage: digest_python.py <folder>
"""
import asyncio
import concurrent.futures
import hashlib
import os
import sys


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def walk(folder):
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            yield os.path.join(place, name)


async def main():
    loop = asyncio.get_running_loop()
    paths = list(walk(sys.argv[1]))
    with concurrent.futures.ProcessPoolExecutor(os.cpu_count()) as executor:
        calls = [loop.run_in_executor(executor, digest, path) for path in paths]
        for path, call in zip(paths, calls):
            print(f"{await call}  {path}")


if __name__ == "__main__":
    asyncio.run(main())
