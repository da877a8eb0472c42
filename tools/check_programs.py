#!/usr/bin/python3
"""Runs the programs of tests/cases/run/programs.ab on the data of tests/data/programs.jsonl.

    tools/check_programs.py [--abcc=PATH] [--filter=TEXT]
    tools/check_programs.py --write

Each line of the data holds a program in Python, a batch of inputs and the results that Python and
NumPy gave for each example (little endian, in hex). `check` says how exactly they must be met:
`bits`, or `close:R:A` for |got - want| <= A + R |want|. The exact ones are a run case, so that they
see every engine and compiler: --write makes programs.args and programs.out of the data, and every
other run proves that these two are what it would write. The close ones are run here.
"""

import argparse
import json
import math
import pathlib
import struct
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
CASE = ROOT / "tests/cases/run/programs.ab"
DATA = ROOT / "tests/data/programs.jsonl"

CODES = {"bool": "?", "int32": "i", "int64": "q", "uint32": "I", "float64": "d"}
ENGINES = [["--mode=interp"], ["--mode=scalar"], ["--mode=batched", "--lanes=8"],
           ["--mode=batched", "--lanes=3", "--cc=gcc"]]


def leaves(value):
    """The scalars of an input or output of the data, as (suffix of the name, values)."""
    data = bytes.fromhex(value["hex"])
    if value["dtype"] == "complex128":
        parts = struct.unpack(f"<{len(data) // 8}d", data)
        return [(".re", parts[0::2]), (".im", parts[1::2])]
    code = CODES[value["dtype"]]
    return [("", struct.unpack(f"<{len(data) // struct.calcsize(code)}{code}", data))]


def literal(value):
    """A value as the command reads and prints it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value)


def arguments(program):
    words = [program["id"]]
    for value in program["in"]:
        for suffix, values in leaves(value):
            words.append(f"{value['name']}{suffix}=[{','.join(map(literal, values))}]")
    return words


def results(program):
    """One tuple an example."""
    return list(zip(*[values for value in program["out"] for _, values in leaves(value)]))


def case_files(programs):
    exact = [program for program in programs if program["check"] == "bits"]
    args = "".join(" ".join(arguments(program)) + "\n" for program in exact)
    out = "".join(" ".join(map(literal, row)) + "\n" for program in exact
                  for row in results(program))
    return {CASE.with_suffix(".args"): args, CASE.with_suffix(".out"): out}


def is_close(got, want, check):
    _, relative, absolute = check.split(":")
    if isinstance(want, (bool, int)):
        return got == literal(want)
    number = float(got)
    if math.isnan(want) or math.isinf(want):
        return literal(number) == literal(want)
    return abs(number - want) <= float(absolute) + float(relative) * abs(want)


def run(abcc, program, engine):
    """What is wrong, or nothing."""
    done = subprocess.run([abcc, "run", CASE, *arguments(program), *engine], check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120)
    if done.returncode != 0:
        return f"exit {done.returncode}\n{done.stderr}"
    rows = [line.split() for line in done.stdout.splitlines()]
    expected = results(program)
    if len(rows) != len(expected):
        return f"{len(rows)} lines instead of {len(expected)}"
    for number, (row, wanted) in enumerate(zip(rows, expected)):
        if len(row) != len(wanted) or not all(is_close(got, want, program["check"])
                                              for got, want in zip(row, wanted)):
            return f"example {number}: {' '.join(row)} instead of {wanted}"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--abcc", default=ROOT / "build/compiler/driver/abcc", type=pathlib.Path)
    parser.add_argument("--filter", default="", help="only programs whose name contains this")
    parser.add_argument("--write", action="store_true", help="write the run case and stop")
    options = parser.parse_args()
    programs = [json.loads(line) for line in DATA.read_text().splitlines()]
    passed = failed = 0
    for path, text in case_files(programs).items():
        if options.write:
            path.write_text(text)
        elif path.exists() and path.read_text() == text:
            passed += 1
        else:
            print(f"FAILED {path.name} is not what the data says: tools/check_programs.py --write")
            failed += 1
    if options.write:
        return 0
    for program in programs:
        if program["check"] == "bits" or options.filter not in program["id"]:
            continue
        for engine in ENGINES:
            wrong = run(options.abcc.resolve(), program, engine)
            if wrong:
                print(f"FAILED {program['id']} {' '.join(engine)}: {wrong}")
                failed += 1
            else:
                passed += 1
    print(f"programs: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
