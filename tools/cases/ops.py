"""Cases of single operations: tests/cases/ops/**/NAME.jsonl, one JSON object a line.

    {"id": "add/i32", "expr": "x + y", "in": [["x", "i32", HEX], ...], "out": ["i32", HEX],
     "check": "bits"}

`expr` is what the language makes of the inputs; HEX holds the values of all examples, little endian,
bool one byte; all lines of a file have equally many. `check`: `bits` (all nan are equal), `value` (0
equals -0) or `ulp:N`. Many lines are one program with one result each, run by the interpreter, as
scalar C and batched. tools/gen_op_cases.py makes the files.
"""

import json
import re
import shutil

import numpy as np

from cases.base import Case

UNIT = 20  # lines to one program

NUMPY = {"bool": "bool", "i8": "int8", "i16": "int16", "i32": "int32", "i64": "int64", "u8": "uint8",
         "u16": "uint16", "u32": "uint32", "u64": "uint64", "f32": "float32", "f64": "float64"}

ENGINES = [("interp", ["--mode=interp"], ["cc"]),
           ("scalar", ["--mode=scalar"], ["gcc", "tcc", "clang-14"]),
           ("batched-3", ["--mode=batched", "--lanes=3"], ["tcc", "tcc", "clang-14", "tcc", "gcc"]),
           ("batched-8", ["--mode=batched", "--lanes=8"], ["clang-19"])]


def array(dtype, text):
    return np.frombuffer(bytes.fromhex(text), dtype=NUMPY[dtype])


def ordered(values):
    """Floats as integers whose difference counts units in the last place."""
    kind = np.int32 if values.dtype == np.float32 else np.int64
    least = int(np.iinfo(kind).min)
    return [bit if bit >= 0 else least - bit for bit in values.view(kind).tolist()]


def wrong_places(expected, actual, check):
    """Indexes where the values do not agree in the sense of `check`."""
    if expected.dtype.kind != "f" or check == "value":
        same = expected == actual
    elif check == "bits":
        kind = np.int32 if expected.dtype == np.float32 else np.int64
        same = expected.view(kind) == actual.view(kind)
    else:
        distance = np.array([abs(a - b) for a, b in zip(ordered(expected), ordered(actual))])
        same = (distance <= int(check.split(":")[1])) & (np.isfinite(expected) == np.isfinite(actual))
        same |= expected == actual
    if expected.dtype.kind == "f":
        same = same | (np.isnan(expected) & np.isnan(actual))
    return np.flatnonzero(~same)


def parsed(words, dtype):
    if dtype == "bool":
        return np.array([{"true": True, "false": False}[word] for word in words])
    if dtype[0] == "f":
        return np.array([float(word) for word in words]).astype(NUMPY[dtype])
    return np.array([int(word) for word in words], dtype=NUMPY[dtype])


class Unit(Case):
    """Some lines of one file as one program."""

    def __init__(self, setup, path, first, lines):
        super().__init__(setup, path)
        self.first = first
        self.lines = [json.loads(line) for line in lines]
        self.name += f":{first + 1}"

    def inputs(self):
        """(name in the program, line, name in the line, dtype, values)"""
        return [(f"{name}_{number}", number, name, dtype, array(dtype, text))
                for number, line in enumerate(self.lines) for name, dtype, text in line["in"]]

    def program(self):
        params = ",\n".join(f"    {name}: {dtype}" for name, _, _, dtype, _ in self.inputs())
        results = ", ".join(line["out"][0] for line in self.lines)
        exprs = []
        for number, line in enumerate(self.lines):
            expr = line["expr"]
            for name, _, _ in line["in"]:
                expr = re.sub(rf"\b{name}\b", f"{name}_{number}", expr)
            exprs.append("        " + expr)
        return (f"export fn ops(\n{params}\n) -> ({results},) {{\n    return (\n" + ",\n".join(exprs)
                + ",\n    )\n}\n")

    def check(self, setup, outcome):
        folder = setup.scratch / f"ops-{self.path.stem}-{self.first}"
        folder.mkdir()
        (folder / "ops.ab").write_text(self.program())
        words = []
        for name, _, _, _, values in self.inputs():
            np.save(folder / f"{name}.npy", values)
            words.append(f"{name}={name}.npy")
        for engine, options, compilers in ENGINES:
            if setup.engine_filter in engine:
                compiler = compilers[self.first // UNIT % len(compilers)]
                if not shutil.which(compiler):
                    compiler = "cc"
                result = setup.run([setup.abcc, "run", "ops.ab", "ops", *words, *options,
                                    f"--cc={compiler}"], folder)
                self.compare(outcome, f"{engine}/{compiler}", result)
        shutil.rmtree(folder)

    def compare(self, outcome, engine, result):
        rows = [line.split(" ") for line in result.stdout.splitlines()]
        if result.exit != 0 or any(len(row) != len(self.lines) for row in rows):
            outcome.failures.append((engine, f"exit {result.exit}\n{result.stderr}{self.program()}"))
            return
        for number, line in enumerate(self.lines):
            dtype, text = line["out"]
            expected = array(dtype, text)
            actual = parsed([row[number] for row in rows], dtype)
            places = wrong_places(expected, actual, line["check"]) if len(actual) == len(expected) else [0]
            if len(places):
                examples = "\n".join(self.example(line, place, expected, actual) for place in places[:5])
                outcome.failures.append((f"{line['id']} {engine}", examples))
            else:
                outcome.passed += 1

    @staticmethod
    def example(line, place, expected, actual):
        inputs = ", ".join(f"{name} = {array(dtype, text)[place]!r}" for name, dtype, text in line["in"])
        return f"{line['expr']} with {inputs}: {actual[place]!r} instead of {expected[place]!r}"


def cases(setup, folder):
    found = []
    for path in sorted(folder.rglob("*.jsonl")):
        lines = [line for line in path.read_text().splitlines() if line]
        found += [Unit(setup, path, first, lines[first:first + UNIT])
                  for first in range(0, len(lines), UNIT)]
    return found
