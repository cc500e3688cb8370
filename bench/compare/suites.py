# SPDX-License-Identifier: MIT
"""What there is to measure: each suite runs tridem, the floor and the peers once, in one round.

A peer that was not built, because its package is missing, is noted and left out. Whoever adds a
peer adds a line here, and its package to scripts/bench.
"""
import json

import inputs
from runner import LOOP_CPU, OTHER_CPU, PYTHON, SOURCE

# Of Google Benchmark.
TASKS = [
    ["await"],
    ["yield"],
    ["gather"],
    ["spawn"],
    ["timers"],
    ["peers/tasks_asio"],
    ["peers/timers_asio"],
    ["peers/timers_libuv"],
]

# Of lines of JSON, on one CPU like those above.
TASKS_IN_OTHER_LANGUAGES = [["peers/tasks_go"], ["peers/tasks_tokio"]]

# Of lines of JSON.
TASK_MEMORY = [
    ["task_memory", "floor"],
    ["task_memory", "spawned"],
    ["task_memory", "gathered"],
    ["peers/task_memory_asio"],
]
THREAD_CALLS = [
    ["peers/calls_floor", "thread"],
    ["thread_calls"],
    ["peers/calls_asio"],
    ["peers/calls_go"],
    ["peers/calls_tokio"],
    [PYTHON, str(SOURCE / "peers/calls_python.py"), "thread"],
]
THREAD_MAP = [["thread_map"], ["peers/map_tbb"], ["peers/map_standard"]]
PROCESS_CALLS = [
    ["peers/calls_floor", "process"],
    ["process_calls"],
    [PYTHON, str(SOURCE / "peers/calls_python.py"), "process"],
]

PROCESS_DATA = [
    ["peers/data_floor"],
    ["process_data"],
    [PYTHON, str(SOURCE / "peers/data_python.py")],
]

PROCESS_MAP = [
    ["process_map"],
    [PYTHON, str(SOURCE / "peers/process_map_python.py")],
]

# With the file that is read as their last word.
FILE_READS = [
    (["peers/reads_uring"], {}),
    (["peers/reads_pread"], {}),
    (["file_reads"], {"TRIDEM_DRIVER": "uring"}),
    (["file_reads"], {"TRIDEM_DRIVER": "asio"}),
    (["peers/reads_asio"], {}),
    (["peers/reads_tokio"], {}),
    (["peers/reads_go"], {}),
    ([PYTHON, str(SOURCE / "peers/reads_python.py")], {}),
]

# The shell sorts as the others do; both CPUs, and a process for some dozens of files.
BY_XARGS = 'find "$0" -type f -print0 | sort -z | xargs -0 -n 32 -P 2 '
# With the folder as their last word.
TREE_DIGESTS = {
    "tridem, processes": ["tree_digest", "--quiet"],
    "tridem, threads": ["tree_digest", "--quiet", "--executor", "threads"],
    "xargs -P2 sha256sum": ["/bin/sh", "-c", BY_XARGS + "sha256sum"],
    "xargs -P2 openssl": ["/bin/sh", "-c", BY_XARGS + "openssl dgst -sha256 -r"],
    "Go": ["peers/digest_go"],
    "asyncio + ProcessPoolExecutor": [PYTHON, str(SOURCE / "peers/digest_python.py")],
}

# Counted by strace: what, under way, operations, and what is meant to be the most for one of them.
SYSTEM_CALLS = [
    ("echo", 1, 2000, None),
    ("echo", 64, 6400, None),
    ("read", 1, 2000, None),
    ("read", 32, 6400, None),
    ("thread", 1, 2000, 0),
    ("thread", 64, 6400, 0.05),
    ("thread", 10000, 50000, 0.001),
    ("process", 1, 2000, None),
    ("process", 64, 6400, None),
    ("process", 10000, 50000, None),
]

# With the size of the parent in MiB behind it.
POOL_START = [
    ["pool_start"],
    ["peers/pool_start_floor"],
    *(
        [PYTHON, str(SOURCE / "peers/pool_start_python.py"), kind]
        for kind in ("fork", "forkserver", "pool")
    ),
]
PARENTS = ["10", "1024", "4096"]

# Servers that print their port: command and environment.
ECHO_SERVERS = {
    "io_uring by hand": (["peers/echo_uring"], {}),
    "tridem, uring": (["echo"], {"TRIDEM_DRIVER": "uring"}),
    "tridem, asio": (["echo"], {"TRIDEM_DRIVER": "asio"}),
    "tridem, uring, lent": (["echo_receive"], {"TRIDEM_DRIVER": "uring"}),
    "tridem, asio, lent": (["echo_receive"], {"TRIDEM_DRIVER": "asio"}),
    "epoll by hand": (["peers/echo_epoll"], {}),
    "Asio callbacks": (["peers/echo_asio_callbacks"], {}),
    "Asio awaitable": (["peers/echo_asio_awaitable"], {}),
    "libuv": (["peers/echo_libuv"], {}),
    "tokio": (["peers/echo_tokio"], {}),
    "Go": (["peers/echo_go"], {}),
    "asyncio": ([PYTHON, str(SOURCE / "peers/echo_asyncio.py")], {}),
    "uvloop": ([PYTHON, str(SOURCE / "peers/echo_asyncio.py")], {"ECHO_LOOP": "uvloop"}),
}
ECHO_LOADS = [(1, 64), (64, 64), (1000, 64), (64, 16384), (1000, 16384)]
ECHO_LOADS_QUICK = ECHO_LOADS[:3]


def rotated(items, number):
    """Another one goes first in each round, so that none always follows the same one."""
    items = list(items)
    number %= len(items)
    return items[number:] + items[:number]


class Suites:
    def __init__(self, runner, quick):
        self.runner = runner
        self.loads = ECHO_LOADS_QUICK if quick else ECHO_LOADS
        self.parents = PARENTS[:2] if quick else PARENTS

    def tasks(self, number):
        for command in rotated(TASKS, number):
            self.runner.google_figures(number, command)
        for command in rotated(TASKS_IN_OTHER_LANGUAGES, number):
            self.runner.own_figures(number, command, cpu=LOOP_CPU)
        for command in rotated(TASK_MEMORY, number):
            self.runner.own_figures(number, command)

    def thread_calls(self, number):
        for command in rotated(THREAD_CALLS, number):
            self.runner.own_figures(number, command, share=0.3)

    def thread_map(self, number):
        for command in rotated(THREAD_MAP, number):
            self.runner.own_figures(number, command)

    def process_calls(self, number):
        for command in rotated(PROCESS_CALLS, number):
            self.runner.own_figures(number, command, share=0.3)

    def process_data(self, number):
        for command in rotated(PROCESS_DATA, number):
            self.runner.own_figures(number, command)

    def file_reads(self, number):
        path = inputs.file_for_reads(self.runner.folder)
        for command, environment in rotated(FILE_READS, number):
            how = {"environment": environment, "share": 0.15}
            self.runner.own_figures(number, [*command, str(path)], **how)

    def tree_digest(self, number):
        folder, size = inputs.tree(self.runner.folder)
        self.runner.own_figures(number, ["peers/digest_floor", str(folder)])
        for subject in rotated(TREE_DIGESTS, number):
            command = [*TREE_DIGESTS[subject], str(folder)]
            self.runner.throughput(number, subject, "digest of a tree", command, size)

    def system_calls(self, number):
        path = str(SOURCE / "compare/suites.py")
        for what, under_way, operations, most in SYSTEM_CALLS:
            question = f"system calls for one {what}, {under_way} in flight"
            for driver in ("uring", "asio"):
                counts = [
                    self.runner.system_calls(
                        ["system_calls", what, str(under_way), str(n), path],
                        {"TRIDEM_DRIVER": driver},
                    )
                    for n in (0, operations)
                ]
                if None not in counts:
                    value = (counts[1] - counts[0]) / operations
                    self.runner.add(number, f"tridem, {driver}", question, "calls", value)
                    if most is not None:
                        self.runner.add(number, "meant to be at most", question, "calls", most)

    def pool_start(self, number):
        for parent in self.parents:
            for command in rotated(POOL_START, number):
                self.runner.own_figures(number, [*command, parent])

    def process_map(self, number):
        for command in rotated(PROCESS_MAP, number):
            self.runner.own_figures(number, command)

    def idle(self, number):
        for driver in rotated(["uring", "asio"], number):
            environment = {"TRIDEM_DRIVER": driver}
            self.runner.own_figures(number, ["idle_connections"], environment=environment)

    def echo(self, number):
        for subject in rotated(ECHO_SERVERS, number):
            command, environment = ECHO_SERVERS[subject]

            def use(port, pid, subject=subject):
                for connections, size in self.loads:
                    self.load(number, subject, port, pid, connections, size)

            self.runner.with_server(subject, command, environment, use)

    def load(self, number, subject, port, pid, connections, size):
        command = ["support/echo_load", port, pid, str(connections), str(size)]
        output = self.runner.run([*command, str(self.runner.seconds)], cpu=OTHER_CPU)
        for line in (output or "").splitlines():
            f = json.loads(line)
            question = f"echo {connections} x {size} B: {f['question']}"
            self.runner.add(number, subject, question, f["unit"], f["value"])


# How often a suite runs, if not in each round: a count is no time, and once is enough; what takes
# long runs in every third round, which in a quick run is one.
EVERY = {"system_calls": 1000, "process_data": 3, "tree_digest": 3, "pool_start": 3, "idle": 3}


def is_due(suite, number):
    """Whether a suite runs in this round, unless somebody has asked for it by name."""
    return number % EVERY.get(suite, 1) == 0


NAMES = [name for name in vars(Suites) if not name.startswith("_") and name != "load"]
