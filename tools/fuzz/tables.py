"""How operations are written, and which dtypes go together."""

from fuzz import tree
from fuzz.dtypes import NUMBERS, PROMOTE, int_range, is_int

# op -> how it is written. Several forms are taken in turn.
BINARY = {"add": ["{0} + {1}"], "sub": ["{0} - {1}"], "mul": ["{0} * {1}"], "floordiv": ["{0} // {1}"],
          "mod": ["{0} % {1}"], "max": ["maximum({0}, {1})"], "min": ["minimum({0}, {1})"]}
INT_BINARY = {"and": ["{0} & {1}"], "or": ["{0} | {1}"], "xor": ["{0} ^ {1}"], "shl": ["{0} << {1}"],
              "shr": ["{0} >> {1}"]}
UNARY = {"neg": ["-{0}"], "abs": ["abs({0})"], "sign": ["sign({0})"]}
FLOAT_UNARY = {name: [name + "({0})"] for name in
               ("sqrt", "floor", "ceil", "trunc", "round", "exp", "log", "sin", "cos", "tan", "tanh")}
FLOAT_TESTS = ("isnan", "isinf", "isfinite", "signbit")
COMPARE = {"eq": "{0} == {1}", "ne": "{0} != {1}", "lt": "{0} < {1}", "le": "{0} <= {1}",
           "gt": "{0} > {1}", "ge": "{0} >= {1}"}
BITS_OF = {"u32": ("to_bits", "f32"), "u64": ("to_bits", "f64"), "f32": ("from_bits", "u32"),
           "f64": ("from_bits", "u64")}

# (a, b) with promote(a, b) = T, by T; the plain (T, T) apart.
PAIRS = {}
for (_a, _b), _t in PROMOTE.items():
    if _t in NUMBERS and not (_a == _b == _t):
        PAIRS.setdefault(_t, []).append((_a, _b))


def fits(arg, dtype):
    """A weak integer literal must fit the integer type it meets."""
    if isinstance(arg, tree.Lit) and arg.type == "int" and is_int(dtype):
        low, high = int_range(dtype)
        return low <= arg.value <= high
    return True
