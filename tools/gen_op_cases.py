#!/usr/bin/python3
"""Makes tests/cases/ops/numpy.jsonl and tensors.jsonl: operations of the language with what NumPy 1.24
makes of the same inputs. tools/cases/ops.py describes the format. Run again, it writes the same bytes.

What NumPy leaves undefined (floats out of range to integers, negative integer exponents) stands in
tests/cases/ops/defined.jsonl, made by the rules of the language in Python's integers.
"""

import argparse
import json
import pathlib
import re

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent
BATCH = 24

NUMPY = {"bool": "bool", "i8": "int8", "i16": "int16", "i32": "int32", "i64": "int64", "u8": "uint8",
         "u16": "uint16", "u32": "uint32", "u64": "uint64", "f32": "float32", "f64": "float64"}
NAMES = {value: key for key, value in NUMPY.items()}
INTS = [name for name in NUMPY if name[0] in "iu"]
FLOATS = ["f32", "f64"]
NUMBERS = INTS + FLOATS


def values(dtype, rng, nonzero=False):
    """Edges and random values of one type."""
    if dtype == "bool":
        return rng.integers(0, 2, BATCH).astype(bool)
    if dtype in INTS:
        info = np.iinfo(NUMPY[dtype])
        edges = [0, 1, info.max, info.min, info.max - 1, info.min + 1, 2, 3, 7, info.max // 2]
        if info.min:
            edges += [-1, -2, -7]
        rest = rng.integers(info.min, info.max, BATCH - len(edges), dtype=NUMPY[dtype], endpoint=True)
        array = np.concatenate([np.array(edges, NUMPY[dtype]), rest])
    else:
        info = np.finfo(NUMPY[dtype])
        edges = [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, info.max, info.tiny,
                 info.smallest_subnormal, 0.5, -2.5, 1e6]
        rest = rng.normal(0, 3, BATCH - len(edges))
        array = np.concatenate([np.array(edges), rest]).astype(NUMPY[dtype])
    array = rng.permutation(array)
    if nonzero:
        array[array == 0] = 1
    return array


def small(dtype, rng, low, high):
    return rng.integers(low, high, BATCH).astype(NUMPY[dtype])


def line(name, expr, inputs, result, check):
    """One case. Nan is written as the one that engines give."""
    result = np.array(result)
    if result.dtype.kind == "f":
        result[np.isnan(result)] = np.nan
    return {"id": name, "expr": expr,
            "in": [[key, NAMES[array.dtype.name], array.tobytes().hex()] for key, array in inputs],
            "out": [NAMES[result.dtype.name], result.tobytes().hex()], "check": check}


BINARY = [("add", "x + y", np.add, NUMBERS, "bits"), ("sub", "x - y", np.subtract, NUMBERS, "bits"),
          ("mul", "x * y", np.multiply, NUMBERS, "bits"), ("div", "x / y", np.true_divide, NUMBERS, "bits"),
          ("floordiv", "x // y", np.floor_divide, NUMBERS, "bits"),
          ("mod", "x % y", np.remainder, NUMBERS, "bits"),
          ("maximum", "maximum(x, y)", np.maximum, NUMBERS, "value"),
          ("minimum", "minimum(x, y)", np.minimum, NUMBERS, "value"),
          ("and", "x & y", np.bitwise_and, INTS + ["bool"], "bits"),
          ("or", "x | y", np.bitwise_or, INTS + ["bool"], "bits"),
          ("xor", "x ^ y", np.bitwise_xor, INTS + ["bool"], "bits"),
          ("shl", "x << y", np.left_shift, INTS, "bits"), ("shr", "x >> y", np.right_shift, INTS, "bits"),
          ("eq", "x == y", np.equal, NUMBERS + ["bool"], "bits"),
          ("ne", "x != y", np.not_equal, NUMBERS + ["bool"], "bits"),
          ("lt", "x < y", np.less, NUMBERS, "bits"), ("le", "x <= y", np.less_equal, NUMBERS, "bits"),
          ("gt", "x > y", np.greater, NUMBERS, "bits"),
          ("ge", "x >= y", np.greater_equal, NUMBERS, "bits"),
          ("copysign", "copysign(x, y)", np.copysign, FLOATS, "bits")]

UNARY = [("neg", "-x", np.negative, NUMBERS, "bits"), ("abs", "abs(x)", np.abs, NUMBERS, "bits"),
         ("sign", "sign(x)", np.sign, NUMBERS, "bits"), ("invert", "~x", np.invert, INTS + ["bool"], "bits"),
         ("not", "not x", np.logical_not, ["bool"], "bits"),
         ("sqrt", "sqrt(x)", np.sqrt, FLOATS + ["i16", "u16", "i32", "u32", "i64", "u64"], "bits"),
         ("floor", "floor(x)", np.floor, FLOATS, "bits"), ("ceil", "ceil(x)", np.ceil, FLOATS, "bits"),
         ("trunc", "trunc(x)", np.trunc, FLOATS, "bits"), ("round", "round(x)", np.rint, FLOATS, "bits"),
         ("isnan", "isnan(x)", np.isnan, FLOATS, "bits"), ("isinf", "isinf(x)", np.isinf, FLOATS, "bits"),
         ("isfinite", "isfinite(x)", np.isfinite, FLOATS, "bits"),
         ("signbit", "signbit(x)", np.signbit, FLOATS, "bits")]
UNARY += [(name, f"{name}(x)", getattr(np, name), FLOATS + ["i16", "u16", "i32", "u32", "i64", "u64"],
           "ulp:4") for name in ("exp", "log", "sin", "cos", "tan", "tanh")]


def operations(rng):
    for name, expr, function, dtypes, check in BINARY:
        for dtype in dtypes:
            x, y = values(dtype, rng), values(dtype, rng)
            if name in ("shl", "shr") and dtype != "bool":
                y[:12] = small(dtype, rng, 0, 80)[:12]
            yield line(f"{name}/{dtype}", expr, [("x", x), ("y", y)], function(x, y), check)
    for name, expr, function, dtypes, check in UNARY:
        for dtype in dtypes:
            x = values(dtype, rng)
            if name in ("sin", "cos", "tan"):
                x[np.abs(x.astype("f8")) > 1e5] = 3  # so far out NumPy's own error is larger
            yield line(f"{name}/{dtype}", expr, [("x", x)], function(x), check)
    for dtype in INTS:
        x, y = values(dtype, rng), small(dtype, rng, 0, 9)
        yield line(f"power/{dtype}", "x ** y", [("x", x), ("y", y)], np.power(x, y), "bits")
    for dtype in FLOATS:
        x, y = np.abs(values(dtype, rng)), values(dtype, rng)
        yield line(f"power/{dtype}", "x ** y", [("x", x), ("y", y)], np.power(x, y), "ulp:4")
        for exponent in ("2", "1", "0", "-1", "0.5"):
            x = values(dtype, rng)
            yield line(f"power {exponent}/{dtype}", f"x ** {exponent}", [("x", x)],
                       x ** float(exponent), "bits")  # NumPy's fast paths
    for dtype in NUMBERS + ["bool"]:
        c, x, y = values("bool", rng), values(dtype, rng), values(dtype, rng)
        yield line(f"where/{dtype}", "where(c, x, y)", [("c", c), ("x", x), ("y", y)], np.where(c, x, y),
                   "bits")
    for dtype in NUMBERS:
        x, low, high = values(dtype, rng), small(dtype, rng, 0, 5), small(dtype, rng, 4, 90)
        yield line(f"clip/{dtype}", "clip(x, low, high)", [("x", x), ("low", low), ("high", high)],
                   np.clip(x, low, high), "value")


def promotions(rng):
    """Every pair of types, by an operation and a comparison."""
    for left in NUMPY:
        for right in NUMPY:
            if left == right:
                continue
            if NAMES.get(np.promote_types(NUMPY[left], NUMPY[right]).name) is None:
                continue
            x, y = values(left, rng), values(right, rng)
            yield line(f"add/{left}, {right}", "x + y", [("x", x), ("y", y)], x + y, "bits")
            yield line(f"less/{left}, {right}", "x < y", [("x", x), ("y", y)], x < y, "bits")


def casts(rng):
    for source in NUMPY:
        for target in NUMPY:
            if source == target:
                continue
            x = values(source, rng)
            if source in FLOATS and target in INTS:
                continue  # tests/cases/ops/defined.jsonl
            yield line(f"cast/{source}, {target}", f"{target}(x)", [("x", x)], x.astype(NUMPY[target]), "bits")


def saturated(value, info):
    """Truncated, kept in range, nan is 0."""
    if value != value:
        return 0
    if value >= info.max:
        return info.max
    return info.min if value <= info.min else int(value)


def defined(rng):
    for source in FLOATS:
        for target in INTS:
            info = np.iinfo(NUMPY[target])
            x = values(source, rng)
            x[:8] = np.array([info.max, info.min, info.max - 1, info.min + 1, info.max * 2.0,
                              info.min * 2.0 - 1, 2.75, -2.75]).astype(NUMPY[source])
            out = np.array([saturated(float(value), info) for value in x], dtype=NUMPY[target])
            yield line(f"cast/{source}, {target}", f"{target}(x)", [("x", x)], out, "bits")
    for dtype in ("i8", "i16", "i32", "i64"):
        x, y = small(dtype, rng, -3, 4), small(dtype, rng, -5, 0)
        out = [0 if abs(a) != 1 else (1 if a == 1 or b % 2 == 0 else -1)
               for a, b in zip(x.tolist(), y.tolist())]
        yield line(f"negative power/{dtype}", "x ** y", [("x", x), ("y", y)],
                   np.array(out, dtype=NUMPY[dtype]), "bits")
    for dtype in FLOATS:
        x, y = values(dtype, rng), rng.permutation(values(dtype, rng))
        out = np.where((x > y) | np.isnan(x), x, y)
        yield line(f"maximum keeps zeros/{dtype}", "maximum(x, y)", [("x", x), ("y", y)], out, "bits")
        out = np.where((x < y) | np.isnan(x), x, y)
        yield line(f"minimum keeps zeros/{dtype}", "minimum(x, y)", [("x", x), ("y", y)], out, "bits")
    # Products of 20-bit integers and sums below 2**53 are exact: fma rounds nothing away.
    a, b = small("f64", rng, -1 << 20, 1 << 20), small("f64", rng, -1 << 20, 1 << 20)
    yield line("fma/f64", "fma(x, y, z)", [("x", a), ("y", b), ("z", -a)], a * b - a, "bits")
    tiny = np.float32(2.0) ** -12
    x = (1 + tiny * small("f32", rng, 1, 60)).astype("f4")
    exact = x.astype("f8") * x.astype("f8") - 1.0
    yield line("fma/f32", "fma(x, x, y)", [("x", x), ("y", np.full(BATCH, -1, "f4"))],
               exact.astype("f4"), "bits")


# ---- tensors ------------------------------------------------------------------------------------

EXAMPLES = 5  # of tensors

# (expression, what NumPy says for one example; None: the same text, with np. before the function)
SHAPES = [
    ("x.T", "x.T"), ("transpose(t, (2, 0, 1))", None), ("swapaxes(t, 0, -1)", None),
    ("moveaxis(t, 0, -1)", None), ("moveaxis(t, (0, 1), (-1, 0))", None), ("reshape(t, (4, -1))", None),
    ("ravel(t)", None), ("expand_dims(x, (0, 2))", None), ("squeeze(t[:1])", "np.squeeze(t[:1])"),
    ("flip(x)", None), ("flip(t, axis=(0, 2))", None), ("fliplr(x)", None), ("flipud(x)", None),
    ("roll(x, 2)", None), ("roll(t, -1, axis=2)", None), ("roll(t, (1, -1), axis=(0, 1))", None),
    ("tile(x, 2)", None), ("tile(v, (2, 2))", None), ("repeat(x, 3)", None), ("repeat(x, 2, axis=1)", None),
    ("broadcast_to(v, (4, 3))", None), ("diagonal(x)", None), ("diagonal(t, 1, axis1=1, axis2=2)",
     "np.diagonal(t, 1, 1, 2)"), ("diag(v)", None), ("diag(v, k=2)", None), ("diag(v, k=-1)", None),
    ("diag(x, k=1)", None), ("tril(x)", None), ("triu(x, k=1)", None), ("triu(t, k=-1)", None),
    ("stack([v, v * 2])", "np.stack([v, v * 2])"), ("stack([v, x[0]], axis=1)", "np.stack([v, x[0]], axis=1)"),
    ("concatenate([x, x[:1]])", "np.concatenate([x, x[:1]])"),
    ("concatenate([x, x[:, 1:]], axis=1)", "np.concatenate([x, x[:, 1:]], axis=1)"),
    ("hstack([v, x[1]])", "np.hstack([v, x[1]])"), ("hstack([x, x])", "np.hstack([x, x])"),
    ("vstack([v, x])", "np.vstack([v, x])"), ("take(x, [5, 0, -1])", "np.take(x, [5, 0, -1])"),
    ("take(t, [2, 0], axis=1)", "np.take(t, [2, 0], axis=1)"), ("take(t, i, axis=2)", "np.take(t, i, axis=2)"),
    ("x[i]", "x[i]"), ("t[i, :, -1]", "t[i, :, -1]"), ("t[..., i - 1]", "t[..., i - 1]"),
    ("x[::-1, 1:]", "x[::-1, 1:]"), ("t[:, ::2, 3:0:-2]", "t[:, ::2, 3:0:-2]"), ("x[:, none, 1]", "x[:, None, 1]"),
    ("v[[2, 0, 2]]", "v[[2, 0, 2]]"), ("x[[[0, 1], [1, 0]]]", "x[np.array([[0, 1], [1, 0]])]"),
    ("slice(v, i, 2)", "v[i:i + 2]"), ("slice(t, i, 1, axis=1)", "t[:, i:i + 1]"), ("diff(v)", None),
    ("diff(t, axis=1)", None), ("where(x > 0, x, v)", "np.where(x > 0, x, v)"),
    ("clip(x, v, v + 1)", "np.clip(x, v, v + 1)"), ("x + v", "x + v"), ("t * x[:, :, none]", "t * x[:, :, None]"),
    ("x[:, none] - v[:, none]", "x[:, None] - v[:, None]"), ("x == v", "x == v"), ("maximum(t, 0)", None),
]

REDUCTIONS = [
    f"{name}({arguments})" for name in ("sum", "prod", "max", "min", "any", "all", "mean", "count_nonzero")
    for arguments in ("t", "x, axis=0", "t, axis=(0, 2)", "t, axis=-1, keepdims=True")
] + [f"{name}({arguments})" for name in ("argmax", "argmin")
     for arguments in ("x", "t, axis=1", "x, axis=-1, keepdims=True")] + [
    "cumsum(t)", "cumsum(x, axis=0)", "cumprod(x, axis=1)", "ptp(x, axis=1)"]

# Of small integers, so that any order of the sums is exact.
PRODUCTS = [
    ("x @ v", "x @ v"), ("v @ x.T", "v @ x.T"), ("x @ t", "x @ t"),
    ("v @ v", "v @ v"), ("x.T @ x", "x.T @ x"), ("dot(x, v)", None),
    ("dot(t, ones([4, 2], t.dtype))", "np.dot(t, np.ones([4, 2], t.dtype))"),
    ("dot(x, t.T[0])", "np.dot(x, t.T[0])"), ("inner(x, v)", None), ("outer(v, x)", None), ("vdot(x, x)", None),
    ("tensordot(t, t, axes=([0, 1], [0, 1]))", None), ("tensordot(x, t, axes=2)", None),
    ("tensordot(v, v, axes=0)", None), ("trace(x)", None), ("trace(t, axis1=1, axis2=2)", None),
    ("swapaxes(t, 1, 2) @ x[:, :, none]", "np.swapaxes(t, 1, 2) @ x[:, :, None]"),
]
LONG = ["sum(w)", "mean(w)", "sum(w * w)", "cumsum(w)", "std(w)", "max(w)", "argmin(w)", "prod(w[:9] / 4)"]


def tensor_line(name, expr, inputs, function, check):
    """One case; the result of each example by itself."""
    results = np.stack([np.asarray(function(*[array[k] for array in inputs.values()]))
                        for k in range(EXAMPLES)])
    made = line(name, expr, list(inputs.items()), results, check)
    for entry, array in zip(made["in"] + [made["out"]], [*inputs.values(), results]):
        if array.ndim > 1:
            entry[-2] += str(list(array.shape[1:]))
    return made


def tensor_inputs(dtype, rng, expr, exact=False):
    """t[2, 3, 4], x[2, 3], v[3], i: those that the expression names."""
    def some(*shape):
        if dtype == "bool":
            return rng.integers(0, 2, (EXAMPLES, *shape)).astype(bool)
        low = 0 if dtype[0] == "u" else -9
        if exact or dtype in INTS:
            return rng.integers(low, 10, (EXAMPLES, *shape)).astype(NUMPY[dtype])
        return rng.normal(0, 3, (EXAMPLES, *shape)).astype(NUMPY[dtype])
    makers = {"t": lambda: some(2, 3, 4), "x": lambda: some(2, 3), "v": lambda: some(3),
              "w": lambda: some(300), "i": lambda: rng.integers(0, 2, EXAMPLES)}
    return {key: make() for key, make in makers.items() if re.search(rf"\b{key}\b", expr)}


def tensor_case(name, expr, numpy_expr, inputs, check):
    text = f"lambda {', '.join(inputs)}: {numpy_expr}"
    function = eval(text, {"np": np})  # the tables above
    return tensor_line(name, expr.replace("True", "true"), inputs, function, check)


def tensors(rng):
    for number, (expr, numpy_expr) in enumerate(SHAPES):
        dtype = ["f64", "i32", "f32", "u8"][number % 4]
        if dtype == "u8" and ("- 1" in expr or "-" in expr and "diff" in expr):
            dtype = "i64"
        yield tensor_case(f"{expr}/{dtype}", expr, numpy_expr or "np." + expr,
                          tensor_inputs(dtype, rng, expr), "bits")
    for number, expr in enumerate(REDUCTIONS):
        for dtype in [["f64", "i8", "u16"], ["f32", "i32", "bool"], ["f64", "i64", "u64"]][number % 3]:
            if dtype == "bool" and re.match("(arg|ptp|cumprod)", expr):
                continue
            exact = "(0, 2)" in expr  # NumPy has another order there
            yield tensor_case(f"{expr}/{dtype}", expr, "np." + expr,
                              tensor_inputs(dtype, rng, expr, exact), "bits")
    for number, (expr, numpy_expr) in enumerate(PRODUCTS):
        for dtype in ["f64", "f32", "i16"][number % 2:][:2]:
            yield tensor_case(f"{expr}/{dtype}", expr, numpy_expr or "np." + expr,
                              tensor_inputs(dtype, rng, expr, True), "bits")
    for expr in LONG:
        for dtype in FLOATS:
            yield tensor_case(f"{expr}/{dtype}", expr, "np." + expr, tensor_inputs(dtype, rng, expr), "bits")


def write(name, lines):
    path = ROOT / "tests/cases/ops" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(case) + "\n" for case in lines))
    print(f"{path.relative_to(ROOT)}: {len(lines)} cases")


def main():
    argparse.ArgumentParser(description=__doc__.split("\n\n")[0]).parse_args()
    rng = np.random.default_rng(20250101)
    with np.errstate(all="ignore"):
        write("numpy.jsonl", [*operations(rng), *promotions(rng), *casts(rng)])
        write("defined.jsonl", list(defined(rng)))
        write("tensors.jsonl", list(tensors(rng)))


if __name__ == "__main__":
    main()
