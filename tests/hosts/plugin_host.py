# SPDX-License-Identifier: MIT
"""A program that is not ours: loads a library that uses a process pool, and calls it."""
import ctypes
import sys

library = ctypes.CDLL(sys.argv[1])
library.run_jobs.restype = ctypes.c_char_p
print(library.run_jobs(sys.argv[2].encode()).decode())
