"""Functions of runtime/std/math.ab in Python: what exp, log, .. mean. Their text is straight-line code that
is nearly Python's; arrays of one element make NumPy compute in the dtype of the operands."""

import math
import pathlib
import re

import numpy as np

PATH = pathlib.Path(__file__).resolve().parent.parent.parent / "runtime/std/math.ab"
HEAD = re.compile(r"^(?:export )?fn (\w+)\(([^)]*)\)[^{]*\{\n(.*?)^\}", re.MULTILINE | re.DOTALL)


def array_of(dtype):
    return lambda x: np.atleast_1d(x).astype(dtype)


def to_bits(x):
    nan = np.full(1, np.nan, x.dtype)
    return (nan if x[0] != x[0] else x).view("u" + str(x.dtype.itemsize))


def from_bits(x):
    return x.view("f" + str(x.dtype.itemsize))


def where(condition, x, y):
    """One of them; a number beside an array is of the array's dtype."""
    taken, other = (x, y) if condition else (y, x)
    if not isinstance(taken, np.ndarray) and isinstance(other, np.ndarray):
        return np.full(1, taken, other.dtype)
    return taken


SPACE = {
    "where": where, "to_bits": to_bits, "from_bits": from_bits,
    "maximum": lambda x, y: where(x > y or x != x, x, y), "minimum": lambda x, y: where(x < y or x != x, x, y),
    "abs": abs, "floor": np.floor, "round": np.rint, "trunc": np.trunc, "sqrt": np.sqrt, "copysign": np.copysign,
    "inf": math.inf, "nan": math.nan, "pi": math.pi, "e": math.e, "true": True, "false": False,
    **{name: array_of(dtype) for name, dtype in (
        ("f32", "f4"), ("f64", "f8"), ("i32", "i4"), ("i64", "i8"), ("u32", "u4"), ("u64", "u8"), ("bool", "?"))},
}


def translated(name, params, body):
    names = ", ".join(param.split(":")[0].strip() for param in params.split(","))
    lines = re.sub(r"^(\s*)(?:let|var) (\w+)(?:: \w+)?", r"\1\2", body, flags=re.MULTILINE).splitlines()
    return f"def {name}({names}):\n" + "\n".join(f"    {line.strip()}" for line in lines) + "\n"


def called(function, dtype):
    def call(*args):
        with np.errstate(all="ignore"):
            return float(np.atleast_1d(function(*[np.array([arg], dtype) for arg in args]))[0])
    return call


def functions():
    """By name: "exp_f64", ..; none if the operations mean the functions of C."""
    space, found = dict(SPACE), {}
    text = PATH.read_text() if PATH.exists() else ""
    for name, params, body in HEAD.findall(text):
        exec(translated(name, params, body), space)
        if name[-4:] in ("_f32", "_f64"):
            found[name] = called(space[name], "f4" if name.endswith("_f32") else "f8")
    return found
