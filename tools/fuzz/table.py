"""How rich random programs are: the table that tells whether tests by them mean anything."""

import re
import time

from fuzz import sample

OP_ROW = re.compile(r"^OP\((\w+),", re.MULTILINE)
LEAST_LOOPS, LEAST_RECURSION, LEAST_FAULTS, MOST_FAULTS, LEAST_FIRED = 0.60, 0.40, 0.05, 0.15, 20


class Table:
    def __init__(self, root):
        self.ops = OP_ROW.findall((root / "compiler/lang/ops.def").read_text())
        self.programs = self.loops = self.recursion = self.faults = 0
        self.fired = {}     # op -> programs that ran it
        self.by_type = {}   # (op, dtype) -> the same

    def add(self, one):
        self.programs += 1
        self.loops += one.loop_depends_on_data
        self.recursion += one.depth >= 3
        self.faults += one.faults > 0
        fired = one.evaluator.ops_fired()
        for op in {op for op, _ in fired}:
            self.fired[op] = self.fired.get(op, 0) + 1
        for key in fired:
            self.by_type[key] = self.by_type.get(key, 0) + 1

    def problems(self):
        share = 1.0 / max(self.programs, 1)
        if self.loops * share < LEAST_LOOPS:
            yield f"too few programs have a loop that depends on data ({LEAST_LOOPS:.0%} wanted)"
        if self.recursion * share < LEAST_RECURSION:
            yield f"too few programs recurse 3 deep ({LEAST_RECURSION:.0%} wanted)"
        if not LEAST_FAULTS <= self.faults * share <= MOST_FAULTS:
            yield f"{LEAST_FAULTS:.0%} to {MOST_FAULTS:.0%} of the programs shall fault somewhere"
        least = LEAST_FIRED * self.programs / 1000
        for op in self.ops:
            if self.fired.get(op, 0) < least:
                yield f"{op} ran in {self.fired.get(op, 0)} programs only ({least:.0f} wanted)"
        for op in sorted(set(self.fired) - set(self.ops)):
            yield f"{op} is no operation of compiler/lang/ops.def"

    def text(self):
        def row(what, count):
            return f"  {what:44} {count:6}  {100 * count / max(self.programs, 1):5.1f} %\n"

        text = f"of {self.programs} random programs\n"
        text += row("have a loop whose rounds depend on the data", self.loops)
        text += row("recurse at least 3 deep, not by tail calls", self.recursion)
        text += row("fault in some example", self.faults)
        text += "  operations, by the number of programs that ran them\n"
        cells = [f"{op} {self.fired.get(op, 0)}" for op in self.ops]
        for first in range(0, len(cells), 7):
            text += "    " + "".join(f"{cell:14}" for cell in cells[first:first + 7]).rstrip() + "\n"
        return text


def measure(seeds, root):
    begin = time.monotonic()
    table = Table(root)
    for seed in seeds:
        table.add(sample.make(seed))
    print(table.text(), end="")
    problems = list(table.problems())
    for problem in problems:
        print(f"FAILED {problem}")
    print(f"seeds {seeds.start} to {seeds.stop - 1}, {time.monotonic() - begin:.1f} s")
    return 1 if problems else 0
