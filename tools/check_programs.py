#!/usr/bin/python3
"""Runs the programs of tests/cases/run/*programs.ab on the data of tests/data/programs.jsonl.

    tools/check_programs.py [--abcc=PATH] [--filter=TEXT]
    tools/check_programs.py --write

Each line of the data holds a program in Python, a batch of inputs and the results that Python and
NumPy gave for each example (little endian, in hex). `check` says how exactly they must be met:
`bits`, or `close:R:A` for |got - want| <= A + R |want|. The exact ones are run cases, so that they
see every engine and compiler: --write makes the .args and .out of the data, and every other run
proves that these are what it would write. The close ones are run here.
"""

import argparse
import json
import math
import pathlib
import re
import struct
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Complex numbers are structs in one, pairs in the other.
CASES = [ROOT / "tests/cases/run/programs.ab", ROOT / "tests/cases/run/tensor_programs.ab"]
DATA = ROOT / "tests/data/programs.jsonl"

CODES = {"bool": "?", "int32": "i", "int64": "q", "uint32": "I", "float64": "d", "complex128": "d"}
ENGINES = [["--mode=interp"], ["--mode=scalar"], ["--mode=batched", "--lanes=8"],
           ["--mode=batched", "--lanes=3", "--cc=gcc"]]


def numbers(value):
    data = bytes.fromhex(value["hex"])
    code = CODES[value["dtype"]]
    return list(struct.unpack(f"<{len(data) // struct.calcsize(code)}{code}", data))


def nested(values, shape):
    """Values in a row as lists in lists."""
    for extent in reversed(shape):
        values = [values[i:i + extent] for i in range(0, len(values), extent)]
    return values


def leaves(value, pairs):
    """An input as (suffix of the name, the batch)."""
    values = numbers(value)
    if value["dtype"] == "complex128" and not pairs:
        return [(".re", values[0::2]), (".im", values[1::2])]
    shape = value["shape"] + ([2] if value["dtype"] == "complex128" else [])
    return [("", nested(values, shape))]


def literal(value):
    """A value as the command reads and prints it."""
    if isinstance(value, list):
        return f"[{','.join(map(literal, value))}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value)


def arguments(program, case):
    words = [program["id"]]
    for value in program["in"]:
        for suffix, batch in leaves(value, case != CASES[0]):
            words.append(f"{value['name']}{suffix}={literal(batch)}")
    return words


def results(program):
    """All numbers of each example."""
    batch = program["batch"]
    parts = [nested(values, [len(values) // batch]) for values in map(numbers, program["out"])]
    return [sum(row, []) for row in zip(*parts)]


def exports(case):
    return set(re.findall(r"^export fn (\w+)", case.read_text(), re.MULTILINE))


def case_files(programs):
    found = {}
    for case in CASES:
        names = exports(case)
        exact = [program for program in programs
                 if program["check"] == "bits" and program["id"] in names]
        found[case.with_suffix(".args")] = "".join(" ".join(arguments(program, case)) + "\n"
                                                   for program in exact)
        found[case.with_suffix(".out")] = "".join(" ".join(map(literal, row)) + "\n"
                                                  for program in exact for row in results(program))
    return found


def is_close(got, want, check):
    _, relative, absolute = check.split(":")
    if isinstance(want, (bool, int)):
        return got == literal(want)
    number = float(got)
    if math.isnan(want) or math.isinf(want):
        return literal(number) == literal(want)
    return abs(number - want) <= float(absolute) + float(relative) * abs(want)


def run(abcc, program, case, engine):
    """What is wrong, or nothing."""
    done = subprocess.run([abcc, "run", case, *arguments(program, case), *engine], check=False,
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
    names = {case: exports(case) for case in CASES}
    for program in programs:
        cases = [case for case in CASES if program["id"] in names[case]]
        if not cases:
            print(f"FAILED {program['id']}: no program of this name")
            failed += 1
        if program["check"] == "bits" or options.filter not in program["id"]:
            continue
        for case in cases:
            for engine in ENGINES:
                wrong = run(options.abcc.resolve(), program, case, engine)
                if wrong:
                    print(f"FAILED {program['id']} {' '.join(engine)}: {wrong}")
                    failed += 1
                else:
                    passed += 1
    print(f"programs: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
