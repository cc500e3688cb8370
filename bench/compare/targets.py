# SPDX-License-Identifier: MIT
"""What tridem is meant to reach, as ratios inside one run. Nobody fails by them: read the table."""
import dataclasses
import math

from figures import is_noisy, short


@dataclasses.dataclass
class Target:
    """`subject` over `reference` in `questions`; of several, the geometric mean.

    `at_most`: the ratio is to stay below; otherwise above.
    """

    what: str
    questions: list
    reference: str
    bound: float
    at_most: bool = True
    subject: str = "tridem"

    def row(self, figures):
        """The line of the table; None when the run has no figure for it."""
        seen = [figures.ratio(q, self.subject, self.reference) for q in self.questions]
        if not seen or None in seen:
            return None
        ratio = math.exp(sum(math.log(r[0]) for r in seen) / len(seen))
        is_met = ratio <= self.bound if self.at_most else ratio >= self.bound
        verdict = "met" if is_met else "**not met**"
        if any(map(is_noisy, seen)):
            verdict += ", noisy"
        sign = "<=" if self.at_most else ">="
        bound, seen_text = f"{sign} {self.bound:.3g}x", f"{short(ratio)}x"
        return f"| {self.what} | {self.reference} | {bound} | {seen_text} | {verdict} |"


def echo(figure, cells):
    return [f"echo {connections} x {size} B: {figure}" for connections, size in cells]


READS = [f"{n} in flight" for n in (1, 32, 128)]
BUSY = [(64, 64), (1000, 64), (64, 16384), (1000, 16384)]
GATHERS = [f"gather, per child, n = {n}" for n in (10, 1000, 100000)]
SPAWNS = [f"spawn + join, per task, n = {n}" for n in (1000, 1000000)]
TIMERS = ["timer armed and cancelled, 1000000 at once"]

ALL = [
    Target("await a leaf", ["create + await a leaf"], "floor", 1.3),
    Target("await a leaf", ["create + await a leaf"], "asio", 0.8),
    Target("chain", ["chain of 1000, per level"], "floor", 1.3),
    Target("chain", ["chain of 1000, per level"], "asio", 0.8),
    *(
        Target(f"yield, {n}", [f"yield, {n}"], peer, bound)
        for n in ("1 task", "1000 tasks")
        for peer, bound in (("asio", 0.08), ("tokio", 0.1), ("go", 0.1))
    ),
    *(Target(q, [q], peer, 0.07) for q in GATHERS for peer in ("asio", "tokio")),
    *(Target(q, [q], peer, 0.12) for q in SPAWNS for peer in ("asio", "tokio", "go")),
    Target("spawned task, memory", ["memory of a spawned task that waits"], "floor", 1.25),
    Target("gathered task, memory", ["memory of a gathered task that waits"], "floor", 1.25),
    *(Target(q, [q], peer, 0.12) for q in TIMERS for peer in ("asio", "libuv", "tokio", "go")),
    *(
        Target(q, [q], "io_uring by hand", 0.95, at_most=False, subject="tridem, uring")
        for q in echo("requests", [(64, 64), (1000, 64)])
    ),
    *(
        Target(q, [q], "io_uring by hand", 1.08, subject="tridem, uring")
        for q in echo("server CPU", [(64, 64), (1000, 64)])
    ),
    *(
        Target(
            "echo requests, busy cells",
            echo("requests", BUSY),
            peer,
            bound,
            at_most=False,
            subject="tridem, uring",
        )
        for peer, bound in (
            ("Asio awaitable", 1.2),
            ("tokio", 1.1),
            ("libuv", 1.05),
            ("Go", 1.3),
        )
    ),
    *(
        Target("digest of a tree", ["digest of a tree"], peer, bound, False, "tridem, processes")
        for peer, bound in (
            ("SHA-256 on all CPUs", 0.95),
            ("xargs -P2 sha256sum", 1),
            ("asyncio + ProcessPoolExecutor", 3),
        )
    ),
    # Of reads per second: the bound is the inverse of what the time may be.
    *(
        Target(q, [q], "io_uring by hand", 1 / 0.85, subject="tridem, uring")
        for q in (f"file read, cached, {n}" for n in READS)
    ),
    *(
        Target(q, [q], "io_uring by hand", 1 / 0.97, subject="tridem, uring")
        for q in (f"file read, O_DIRECT, {n}" for n in READS)
    ),
    Target("call into a thread", ["call into a thread, 1 in flight"], "floor, spinning", 1.7),
    *(
        Target("call into a thread, 64", ["call into a thread, 64 in flight"], peer, 0.15)
        for peer in ("asio, callbacks", "tokio", "go, channels")
    ),
    Target("call into a thread, 10k", ["call into a thread, 10000 in flight"], "tokio", 0.1),
    Target("map of tiny items", ["map, 1000000 tiny items"], "oneTBB", 1.1),
    Target("map of medium items", ["map, 1000 items of 100 us"], "serial loop", 0.5 / 0.985),
    Target("call into a process", ["call into a process, 1 in flight"], "floor, spinning", 3),
    Target(
        "call into a process",
        ["call into a process, 1 in flight"],
        "Python ProcessPoolExecutor",
        1 / 100,
    ),
    Target(
        "call into a process, 10k",
        ["call into a process, 10000 in flight"],
        "Python ProcessPoolExecutor",
        1 / 500,
    ),
    Target(
        "1 MiB to a process, copied",
        ["data for a process, 1 MiB in"],
        "process_vm_readv",
        1.25,
        subject="tridem, span",
    ),
    Target(
        "1 MiB to a process, copied",
        ["data for a process, 1 MiB in"],
        "Python ProcessPoolExecutor",
        1 / 25,
        subject="tridem, span",
    ),
    Target(
        "64 MiB to a process, copied",
        ["data for a process, 64 MiB in"],
        "Python ProcessPoolExecutor",
        1 / 12,
        subject="tridem, span",
    ),
    Target(
        "64 MiB to a process, in a vector",
        ["data for a process, 64 MiB in"],
        "memcpy, fresh",
        3,
        subject="tridem, vector",
    ),
    Target(
        "1 GiB to a process and back",
        ["data for a process, 1 GiB there and back"],
        "memcpy, fresh",
        2,
        subject="tridem, vector",
    ),
    Target(
        "map of 1000000 ints on processes",
        ["map on processes, 1000000 ints"],
        "Python Pool.map",
        1 / 25,
    ),
    Target(
        "64 MiB to a process, shared",
        ["data for a process, 64 MiB in"],
        "tridem, nothing",
        3,
        subject="tridem, shared_array",
    ),
    *(
        Target(
            f"{what}, from {size}",
            [question],
            "tridem, 10 MiB",
            1.2,
            subject=f"tridem, {size}",
        )
        for what, question in (
            ("worker held", "start: worker, held"),
            ("worker ready", "start: worker, first result"),
        )
        for size in ("1024 MiB", "4096 MiB")
    ),
    *(
        Target(
            f"pool to its first result, from {size}",
            ["start: pool, first result"],
            f"Python ProcessPoolExecutor, {size}",
            0.35,
            subject=f"tridem, {size}",
        )
        for size in ("10 MiB", "1024 MiB", "4096 MiB")
    ),
]
