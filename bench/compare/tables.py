# SPDX-License-Identifier: MIT
"""The figures as Markdown tables: a ratio first, its range over rounds, then the value itself."""
import statistics

import targets
from figures import is_noisy, short
from growth import exponents
from suites import ECHO_LOADS, ECHO_SERVERS, TREE_DIGESTS


def cell(figures, question, subject, reference):
    """Median and range of a figure; for all but the reference, of its ratio first."""
    mine = figures.of(question, subject)
    if not mine:
        return "-"
    value = f"{short(statistics.median(mine))} {figures.units[question]}"
    ratio = figures.ratio(question, subject, reference) if subject != reference else None
    if ratio is None:
        return f"{value} ({short(min(mine))} .. {short(max(mine))})"
    middle, least, most = (short(r) for r in ratio)
    mark = " ~" if is_noisy(ratio) else ""
    return f"**{middle}x** ({least} .. {most}){mark}, {value}"


def table(figures, title, questions, subjects, reference, questions_are_rows=True, strip=""):
    questions = [q for q in questions if q in figures.values]
    subjects = [s for s in subjects if any(figures.of(q, s) for q in questions)]
    if not questions:
        return []
    names = [q.removeprefix(strip) for q in questions]
    rows, columns = (names, subjects) if questions_are_rows else (subjects, names)
    lines = [f"\n### {title}\n", "| | " + " | ".join(columns) + " |", "|---|" + "---:|" * len(columns)]
    for i, row in enumerate(rows):
        if questions_are_rows:
            pairs = [(questions[i], s) for s in subjects]
        else:
            pairs = [(q, row) for q in questions]
        cells = [cell(figures, q, s, reference) for q, s in pairs]
        lines.append(f"| {row} | " + " | ".join(cells) + " |")
    return lines


def all_tables(figures):
    """Every table of a run, as lines."""
    every = figures.questions
    lines = []

    def calls(kind):
        return [q for q in every if q.startswith(f"call into a {kind}")]

    idle = [q for q in every if q.startswith("idle connections: ")]
    on_processes = [q for q in every if q.startswith("map on processes")]
    maps = [q for q in every if q.startswith("map") and q not in on_processes]
    reads = [q for q in every if q.startswith("file read, ")]
    tasks = [
        q
        for q in every
        if figures.units[q] in ("ns", "B") and "call" not in q and q not in idle + maps + reads
    ]
    subjects = figures.subjects(tasks, ["floor", "tridem"])
    lines += table(figures, "Tasks, ratio to the floor", tasks, subjects, "floor")
    for kind in ("thread", "process"):
        lines += table(
            figures,
            f"Calls into a {kind}, ratio to tridem",
            calls(kind),
            figures.subjects(calls(kind), ["tridem", "floor, spinning"]),
            "tridem",
            strip=f"call into a {kind}, ",
        )
    lines += table(
        figures,
        "A map on two threads, per item, ratio to oneTBB",
        maps,
        figures.subjects(maps, ["oneTBB", "tridem"]),
        "oneTBB",
    )
    lines += table(
        figures,
        "A map on two worker processes, ratio to tridem",
        on_processes,
        figures.subjects(on_processes, ["tridem"]),
        "tridem",
        strip="map on processes, ",
    )
    data = [q for q in every if q.startswith("data for a process, ")]
    lines += table(
        figures,
        "Data for a process, ratio to memcpy",
        data,
        figures.subjects(data, ["memcpy, warm", "memcpy, fresh", "process_vm_readv"]),
        "memcpy, warm",
        strip="data for a process, ",
    )
    starts = [q for q in every if q.startswith("start: ")]
    lines += table(
        figures,
        "Starts, from parents of three sizes, ratio to tridem's from 10 MiB",
        starts,
        figures.subjects(starts, ["tridem, 10 MiB"]),
        "tridem, 10 MiB",
        questions_are_rows=False,
        strip="start: ",
    )
    lines += table(
        figures,
        "Reads of 4 KiB at random places of a file, ratio to io_uring by hand",
        reads,
        figures.subjects(reads, ["io_uring by hand", "tridem, uring", "tridem, asio"]),
        "io_uring by hand",
        strip="file read, ",
    )
    lines += table(
        figures,
        "The digest of 3,000 files, 500 MB in the page cache, ratio to SHA-256 alone",
        [q for q in every if q.startswith("digest of a tree")],
        ["SHA-256 on all CPUs", "read and SHA-256 by hand", *TREE_DIGESTS],
        "SHA-256 on all CPUs",
        questions_are_rows=False,
        strip="digest of a tree: ",
    )
    counted = [q for q in every if q.startswith("system calls for one ")]
    lines += table(
        figures,
        "System calls for one operation, counted",
        counted,
        figures.subjects(counted, ["tridem, uring", "tridem, asio", "meant to be at most"]),
        "",
        strip="system calls for one ",
    )
    lines += table(
        figures,
        "15,000 connections, of which 150 talk at last",
        idle,
        figures.subjects(idle, ["tridem, uring", "tridem, asio"]),
        "",
        strip="idle connections: ",
    )
    for connections, size in ECHO_LOADS:
        prefix = f"echo {connections} x {size} B: "
        many = "s" if connections > 1 else ""
        lines += table(
            figures,
            f"Echo, {connections} connection{many}, {size} B, ratio to io_uring by hand",
            [q for q in every if q.startswith(prefix)],
            list(ECHO_SERVERS),
            "io_uring by hand",
            questions_are_rows=False,
            strip=prefix,
        )
    return lines + target_table(figures) + growth_table(figures)


def target_table(figures):
    """Each target beside what was seen; nothing fails by it."""
    rows = [row for row in map(lambda t: t.row(figures), targets.ALL) if row]
    if not rows:
        return []
    head = ["| what | to | target | seen | |", "|---|---|---:|---:|---|"]
    return ["\n### Targets\n", *head, *rows]


def growth_table(figures):
    rows = [
        f"| {question} | {subject} | {sizes} | {exponent:.2f} |"
        for question, subject, sizes, exponent in exponents(figures)
    ]
    if not rows:
        return []
    about = "Total cost over n, fitted on logarithms: 1 is linear, and above 1.15 something grows faster.\n"
    head = ["| what | who | n | exponent |", "|---|---|---|---:|"]
    return ["\n### Growth\n", about, *head, *rows]
