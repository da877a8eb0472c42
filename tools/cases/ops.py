"""Cases of single operations: tests/cases/ops/**/NAME.jsonl, one JSON object a line.

    {"id": "add/i32", "expr": "x + y", "in": [["x", "i32", HEX], ...], "out": ["i32", HEX],
     "check": "bits"}

`expr` is what the language makes of the inputs; HEX holds the values of all examples, little endian,
bool one byte; all lines of a file have equally many. A type may have extents, "f32[2, 3]": elements
are row-major. `check`: `bits` (all nan are equal), `value` (0
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


def array(ty, text):
    """All examples of one input or result: [examples], or [examples, 2, 3]."""
    dtype, _, extents = ty.partition("[")
    shape = [int(extent) for extent in extents.rstrip("]").split(", ")] if extents else []
    return np.frombuffer(bytes.fromhex(text), dtype=NUMPY[dtype]).reshape([-1, *shape])


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


def parsed(words, like):
    if like.dtype.kind == "b":
        return np.array([{"true": True, "false": False}[word] for word in words], dtype=bool)
    if like.dtype.kind == "f":
        return np.array([float(word) for word in words]).astype(like.dtype)
    return np.array([int(word) for word in words], dtype=like.dtype)


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
        wanted = [array(*line["out"]) for line in self.lines]
        widths = [int(np.prod(each.shape[1:])) for each in wanted]
        if result.exit != 0 or any(len(row) != sum(widths) for row in rows):
            outcome.failures.append((engine, f"exit {result.exit}\n{result.stderr}{self.program()}"))
            return
        for number, line in enumerate(self.lines):
            first = sum(widths[:number])
            expected = wanted[number].ravel()
            words = [word for row in rows for word in row[first:first + widths[number]]]
            actual = parsed(words, expected)
            places = wrong_places(expected, actual, line["check"]) if len(actual) == len(expected) else [0]
            places = [place // max(widths[number], 1) for place in places]
            expected = wanted[number]
            actual = actual.reshape(expected.shape) if actual.size == expected.size else actual
            if places:
                examples = "\n".join(self.example(line, place, expected, actual) for place in places[:5] if len(actual))
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
