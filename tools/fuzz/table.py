"""How rich random programs are: the table that tells whether tests by them mean anything."""

import re
import time

from fuzz import generate, sample, tree
from fuzz.dtypes import is_composed, is_tensor, parts

OP_ROW = re.compile(r"^OP\((\w+),", re.MULTILINE)
LEAST_LOOPS, LEAST_RECURSION, LEAST_FAULTS, MOST_FAULTS, LEAST_FIRED = 0.60, 0.40, 0.05, 0.15, 20
# What programs have, and the least share of all.
LEAST_SHARES = {"tensors": 0.30, "structs with tensors": 0.04, "shared arrays": 0.08,
                "run-time extents": 0.04, "lambdas": 0.05, "size parameters": 0.08,
                "tensors in recursion": 0.04, "x[i] = v in a loop": 0.10, "bounds faults": 0.005}


def holds_tensor(a_type):
    return is_tensor(a_type) or is_composed(a_type) and a_type[0] != "fn" and \
        any(holds_tensor(part) for _, part in parts(a_type))


def features(one):
    """What a program has of the things of LEAST_SHARES."""
    program = one.program
    nodes = list(tree.walk([function.body for function in program.functions]))
    params = [param for function in program.functions for param in function.params]
    types = [node.type for node in nodes if hasattr(node, "type")] + [param.type for param in params]
    if any(holds_tensor(a_type) for a_type in types if a_type is not None):
        yield "tensors"
    if any(holds_tensor(a_struct) for a_struct in program.structs):
        yield "structs with tensors"
    if any(param.shared for param in params):
        yield "shared arrays"
    if any(param.run_time for param in params):
        yield "run-time extents"
    if any(isinstance(node, tree.Lambda) for node in nodes):
        yield "lambdas"
    if any(function.sizes and function.instance_of for function in program.functions):
        yield "size parameters"
    if any(function.group and any(holds_tensor(param.type) for param in function.params)
           for function in program.functions):
        yield "tensors in recursion"
    loops = [node for node in nodes if isinstance(node, (tree.For, tree.While, tree.ForEach))]
    if any(isinstance(node, tree.Assign) and any(isinstance(place, tree.Index) for place in node.places)
           for loop in loops for node in tree.walk(loop.body)):
        yield "x[i] = v in a loop"
    if any(result[0] == "fault" and result[1] == "bounds" for result in one.results):
        yield "bounds faults"


class Table:
    def __init__(self, root):
        self.ops = OP_ROW.findall((root / "compiler/lang/ops.def").read_text())
        self.programs = self.loops = self.recursion = self.faults = 0
        self.fired = {}     # op -> programs that ran it
        self.by_type = {}   # (op, dtype) -> the same
        self.shares = dict.fromkeys(LEAST_SHARES, 0)

    def add(self, one):
        self.programs += 1
        self.loops += one.loop_depends_on_data
        self.recursion += one.depth >= 3
        self.faults += one.faults > 0
        for feature in features(one):
            self.shares[feature] += 1
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
        for feature, least in LEAST_SHARES.items():
            if generate.TENSOR_SHARE and self.shares[feature] * share < least:
                yield f"too few programs have {feature} ({least:.0%} wanted)"
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
        for feature, count in self.shares.items():
            text += row("have " + feature, count)
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
