#!/usr/bin/python3
"""Random well-typed programs of one seed each.

    tools/gen_program.py SEED            prints the program of a seed
    tools/gen_program.py SEED --run      prints what its examples give (evaluated in Python)
    tools/gen_program.py --table N [--seed=S]
        makes N programs, runs them, prints how many loop, recurse and fault and how often each
        operation ran, and fails when that is less than the tests count on
"""

import argparse
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from fuzz import sample, table, tree  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent


def main():
    parser = argparse.ArgumentParser(description="random well-typed programs of one seed each")
    parser.add_argument("seed", nargs="?", type=int, help="print the program of this seed")
    parser.add_argument("--run", action="store_true", help="print inputs and results")
    parser.add_argument("--python", action="store_true", help="print the Python text it runs as")
    parser.add_argument("--table", type=int, metavar="N", help="measure N programs")
    parser.add_argument("--seed", type=int, default=1, dest="first", help="the first of the N seeds")
    options = parser.parse_args()
    if options.table:
        return table.measure(range(options.first, options.first + options.table), ROOT)
    if options.seed is None:
        parser.error("a seed or --table is needed")
    one = sample.make(options.seed)
    print(tree.program_text(one.program), end="")
    if options.python:
        print(one.evaluator.text)
    if options.run:
        for args, result in zip(one.inputs, one.results):
            print(args, "->", result[1] if result[0] == "ok" else f"{result[1]} at line {result[2].line}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
