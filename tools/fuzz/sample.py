"""A program of a seed with inputs and what Python makes of them."""

import math
import random

from fuzz import evaluate, tree
from fuzz.dtypes import int_range, is_int, is_tensor, leaves, size_of
from fuzz.generate import Generator
from fuzz.semantics import to_f32

BATCH = 23  # divisible by none of the lane widths


class Sample:
    """A program, its inputs (a list of values by parameter for each example) and its results."""

    def __init__(self, seed, program, faulty, trap, inputs=None):
        self.seed = seed
        self.program = program
        self.faulty = faulty
        self.trap = trap
        self.text = tree.program_text(program)
        self.evaluator = evaluate.Evaluator(program)
        rng = random.Random(f"inputs {seed}")
        self.inputs = inputs or inputs_of(rng, program)
        self.loops = []
        self.results = []
        for args in self.inputs:
            self.results.append(self.evaluator.run(args))
            self.loops.append(self.evaluator.loop_counts)
        self.depth = self.evaluator.depth

    @property
    def faults(self):
        return sum(result[0] == "fault" for result in self.results)

    @property
    def loop_depends_on_data(self):
        return any(len(set(counts)) > 1 for counts in zip(*self.loops))


def inputs_of(rng, program):
    """Values by parameter for each example; those of shared arrays are the same for all."""
    shared = {param.name: value_of(rng, param) for param in program.entry.params if param.shared}
    return [[shared[param.name] if param.shared else value_of(rng, param)
             for param in program.entry.params] for _ in range(BATCH)]


def value_of(rng, param):
    values = [leaf_value(rng, leaf) if param.name != "trap" else rng.randrange(3)
              for _, leaf in leaves(param.type)]
    return evaluate.nest(values, param.type)


def leaf_value(rng, a_type):
    """Most tensors are calm: one infinite element, and sums are lost."""
    if not is_tensor(a_type):
        return scalar(rng, a_type)
    make = calm if rng.random() < 0.8 else scalar
    return tuple([make(rng, a_type[1]) for _ in range(size_of(a_type[2]))])


def calm(rng, dtype):
    if dtype in ("f32", "f64"):
        value = rng.gauss(0, 4)
        return to_f32(value) if dtype == "f32" else value
    return scalar(rng, dtype)


FLOAT_EDGES = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, math.inf, -math.inf, math.nan]


def scalar(rng, dtype):
    """Small, at an edge, or anything."""
    if dtype == "bool":
        return rng.random() < 0.5
    kind = rng.random()
    if is_int(dtype):
        low, high = int_range(dtype)
        if kind < 0.35:
            return rng.randrange(max(low, -3), 12)
        if kind < 0.55:
            return rng.choice([low, high, low + 1, high - 1, high >> 1, 0, 1])
        if kind < 0.75:
            return rng.randrange(max(low, -1000), min(high, 1000))
        return rng.randrange(low, high + 1)
    if kind < 0.45:
        value = rng.gauss(0, 4)
    elif kind < 0.65:
        value = float(rng.randrange(-6, 12))
    elif kind < 0.85:
        edges = {"f32": [to_f32(3.4028234663852886e38), 1.401298464324817e-45, 1.1754943508222875e-38],
                 "f64": [1.7976931348623157e308, 5e-324, 2.2250738585072014e-308]}[dtype]
        value = rng.choice(FLOAT_EDGES + edges)
    else:
        value = math.ldexp(rng.uniform(-2, 2), rng.randrange(-30, 60))
    return to_f32(value) if dtype == "f32" else value


def make(seed):
    """The sample of a seed. A program that does not do what its wishes say is made anew, from the seed
    and the number of the attempt."""
    for attempt in range(100):
        generator = Generator(f"{seed}.{attempt}" if attempt else f"{seed}")
        if attempt:
            generator.wishes = wishes
        wishes = generator.wishes
        program = generator.program()
        program.seed = f"tools/gen_program.py {seed}"
        try:
            one = Sample(seed, program, wishes.faulty, wishes.trap)
        except evaluate.TooLong:
            continue
        if not wishes.faulty and one.faults:
            raise AssertionError(f"seed {seed}: a program that may not fault does")
        if one.faults >= BATCH or wishes.faulty and not one.faults:
            continue
        if (one.depth >= 3 or not wishes.recursion) and (one.loop_depends_on_data or not wishes.loops):
            return one
    raise AssertionError(f"seed {seed}: no program as wished in 100 attempts")
