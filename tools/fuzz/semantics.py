"""The meaning of operations in Python, written from the rules of the language and NumPy's, not from
the compiler's table: a second opinion. Values: bool and integers are Python's, f32 and f64 are Python
floats (f32: rounded after each operation).

`op_code` and `cast_code` give a Python expression over operands that are names or literals; NAMES are
the functions that such expressions call."""

import ctypes
import ctypes.util
import math
import struct
from fractions import Fraction

from fuzz import library
from fuzz.dtypes import BITS, int_range, is_float, is_int

LIBM = ctypes.CDLL(ctypes.util.find_library("m") or "libm.so.6")


def libm(name, arity, kind):
    function = getattr(LIBM, name)
    function.restype = kind
    function.argtypes = [kind] * arity
    return function


def to_f32(value, _box=ctypes.c_float):
    return _box(value).value


def f32_of_int(value):
    """An integer rounded once to f32."""
    size = abs(value)
    if size < 1 << 53:
        return to_f32(float(value))
    shift = size.bit_length() - 50
    kept = size >> shift | (size & (1 << shift) - 1 != 0)  # the last bit says "inexact"
    rounded = to_f32(math.ldexp(float(kept), shift))
    return rounded if value >= 0 else -rounded


def int_of_float(value, low, high):
    if value != value:
        return 0
    if value >= high:
        return high
    return low if value <= low else int(value)


def divide(x, y):
    if y != 0 or y != y:
        return x / y
    if x == 0 or x != x:
        return math.nan
    return math.copysign(math.inf, x) * math.copysign(1.0, y)


def float_mod(x, y):
    """NumPy's remainder of floats."""
    if x != x or y != y or math.isinf(x) or y == 0:
        return math.nan
    rest = math.fmod(x, y)
    if rest == 0:
        return math.copysign(0.0, y)
    return rest + y if (rest < 0) != (y < 0) else rest


def float_mod_f32(x, y):
    return to_f32(float_mod(x, y))


def floordiv_by(narrow):
    """NumPy's floor division of floats, each step rounded by `narrow`."""

    def floordiv(x, y):
        if y == 0:
            return narrow(divide(x, y))
        if x != x or y != y or math.isinf(x):
            return math.nan
        rest = math.fmod(x, y)
        quotient = narrow(narrow(x - rest) / y)
        if rest != 0 and (rest < 0) != (y < 0):
            quotient = narrow(quotient - 1.0)
        if quotient == 0:
            return math.copysign(0.0, narrow(divide(x, y)))
        if math.isinf(quotient):
            return quotient
        whole = float(LIBM_FLOOR(quotient))
        return narrow(whole + 1.0) if narrow(quotient - whole) > 0.5 else whole

    return floordiv


LIBM_FLOOR = libm("floor", 1, ctypes.c_double)


def int_floordiv(x, y):
    return x // y if y else 0


def int_mod(x, y):
    return x % y if y else 0


def int_pow(x, y, mask):
    if y < 0:  # 1 / x ** -y, cut to an integer
        return 1 if x == 1 else (-1 if y & 1 else 1) if x == -1 else 0
    return pow(x, y, mask + 1)


def fma_f32(x, y, z):
    product_and_sum = (x, y, z)
    if not all(map(math.isfinite, product_and_sum)):
        return to_f32(x * y + z)
    exact = Fraction(x) * Fraction(y) + Fraction(z)
    if exact == 0:
        return to_f32(x * y + z)
    return round_f32(exact)


def round_f32(exact):
    """A fraction rounded once to f32: first to odd with more bits than matter, then to even."""
    shift = exact.denominator.bit_length() - abs(exact.numerator).bit_length() + 50
    scaled = abs(exact) * Fraction(2) ** shift
    kept = scaled.numerator // scaled.denominator
    if scaled.denominator != 1:
        kept |= 1
    try:
        value = math.ldexp(float(kept), -shift)
    except OverflowError:
        value = math.inf
    value = to_f32(value)
    return -value if exact < 0 else value


def sqrt(x):
    return math.nan if x < 0 else math.sqrt(x) if x == x else x


def same(x, y):
    """== of structs and tuples, leaf by leaf: Python's own takes a nan for equal to itself."""
    if isinstance(x, tuple):
        return all([same(a, b) for a, b in zip(x, y)])
    return x == y


def maximum(x, y):
    return x if x > y or x != x else y


def minimum(x, y):
    return x if x < y or x != x else y


def sign(x):
    return 1.0 if x > 0 else -1.0 if x < 0 else 0.0 if x == 0 else x


def signbit(x):
    return x == x and math.copysign(1.0, x) < 0


def copysign(x, y):
    return math.copysign(x, y if y == y else 1.0)


def to_bits(kind, nan):
    """The bits of a float; every nan has the same."""
    integer = kind.replace("f", "I").replace("d", "Q")
    return lambda x: struct.unpack("<" + integer, struct.pack("<" + kind, x))[0] if x == x else nan


def from_bits(kind):
    integer = kind.replace("f", "I").replace("d", "Q")
    return lambda x: struct.unpack("<" + kind, struct.pack("<" + integer, x))[0]


def shift_left(x, y, bits):
    return x << y if 0 <= y < bits else 0


def shift_right(x, y, bits):
    return x >> y if 0 <= y < bits else (-1 if x < 0 else 0)


NAMES = {
    "to_f32": to_f32, "f32_of_int": f32_of_int, "int_of_float": int_of_float, "divide": divide,
    "float_mod": float_mod, "float_mod_f32": float_mod_f32,
    "float_floordiv": floordiv_by(lambda value: value), "float_floordiv_f32": floordiv_by(to_f32),
    "int_floordiv": int_floordiv, "int_mod": int_mod, "int_pow": int_pow,
    "fma_f64": libm("fma", 3, ctypes.c_double), "fma_f32": fma_f32, "sqrt": sqrt,
    "same": same, "maximum": maximum, "minimum": minimum, "sign": sign, "signbit": signbit, "copysign": copysign,
    "shift_left": shift_left, "shift_right": shift_right, "isinf": math.isinf,
    "isfinite": math.isfinite, "inf": math.inf, "nan": math.nan, "fabs": math.fabs,
    "floor": LIBM_FLOOR, "ceil": libm("ceil", 1, ctypes.c_double),
    "trunc": libm("trunc", 1, ctypes.c_double), "rint": libm("rint", 1, ctypes.c_double),
}
NAMES["to_bits_f32"], NAMES["to_bits_f64"] = to_bits("f", 0x7fc00000), to_bits("d", 0x7ff8000000000000)
NAMES["from_bits_u32"], NAMES["from_bits_u64"] = from_bits("f"), from_bits("d")
for _name in ("exp", "log", "sin", "cos", "tan", "tanh"):
    NAMES[_name + "_f64"] = libm(_name, 1, ctypes.c_double)
    NAMES[_name + "_f32"] = libm(_name + "f", 1, ctypes.c_float)
NAMES["pow_f64"] = libm("pow", 2, ctypes.c_double)
NAMES["pow_f32"] = libm("powf", 2, ctypes.c_float)
NAMES.update(library.functions())


def wrap(code, dtype):
    """An integer expression brought into the range of its type."""
    mask = (1 << BITS[dtype]) - 1
    if dtype[0] == "u":
        return f"({code} & {mask})"
    half = 1 << BITS[dtype] - 1
    return f"(({code} + {half} & {mask}) - {half})"


INT_CODE = {
    "add": "({0} + {1})", "sub": "({0} - {1})", "mul": "{0} * {1}", "neg": "(-{0})",
    "abs": "abs({0})", "and": "({0} & {1})", "or": "({0} | {1})", "xor": "({0} ^ {1})",
    "not": "(~{0})", "floordiv": "int_floordiv({0}, {1})", "mod": "int_mod({0}, {1})",
}
INT_EXACT = {  # results that are in range by themselves
    "sign": "(({0} > 0) - ({0} < 0))", "max": "max({0}, {1})", "min": "min({0}, {1})",
}
BOOL_CODE = {"and": "({0} & {1})", "or": "({0} | {1})", "xor": "({0} ^ {1})", "not": "(not {0})"}
FLOAT_CODE = {  # f32 results of these are rounded
    "add": "({0} + {1})", "sub": "({0} - {1})", "mul": "({0} * {1})", "div": "divide({0}, {1})",
    "sqrt": "sqrt({0})",
}
FLOAT_EXACT = {
    "neg": "(-{0})", "abs": "fabs({0})", "sign": "sign({0})", "floor": "floor({0})",
    "ceil": "ceil({0})", "trunc": "trunc({0})", "round": "rint({0})", "max": "maximum({0}, {1})",
    "min": "minimum({0}, {1})", "isnan": "({0} != {0})", "isinf": "isinf({0})",
    "isfinite": "isfinite({0})", "signbit": "signbit({0})", "copysign": "copysign({0}, {1})",
}
COMPARE = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
BY_TYPE = ("fma", "pow", "exp", "log", "sin", "cos", "tan", "tanh")


def op_code(op, dtype, args):
    """A Python expression for an operation on operands of one dtype (select: of the last two)."""
    if op in COMPARE:
        return f"({args[0]} {COMPARE[op]} {args[1]})"
    if op == "select":
        return f"({args[1]} if {args[0]} else {args[2]})"
    if dtype == "bool":
        return BOOL_CODE[op].format(*args)
    if op in ("to_bits", "from_bits"):
        return f"{op}_{dtype}({args[0]})"
    return (int_op_code if is_int(dtype) else float_op_code)(op, dtype, args)


def int_op_code(op, dtype, args):
    if op in INT_EXACT:
        return INT_EXACT[op].format(*args)
    if op in ("shl", "shr"):
        name = "shift_left" if op == "shl" else "shift_right"
        return wrap(f"{name}({args[0]}, {args[1]}, {BITS[dtype]})", dtype)
    if op == "pow":
        return wrap(f"int_pow({args[0]}, {args[1]}, {(1 << BITS[dtype]) - 1})", dtype)
    return wrap(INT_CODE[op].format(*args), dtype)


def float_op_code(op, dtype, args):
    if op in FLOAT_EXACT:
        return FLOAT_EXACT[op].format(*args)
    if op in BY_TYPE:
        return f"{op}_{dtype}({', '.join(args)})"
    if op in ("mod", "floordiv"):
        return f"float_{op}{'_f32' if dtype == 'f32' else ''}({args[0]}, {args[1]})"
    code = FLOAT_CODE[op].format(*args)
    return f"to_f32({code})" if dtype == "f32" else code


def cast_code(source, target, code):
    """A Python expression for a conversion; weak values are held as i64 and f64."""
    source = {"int": "i64", "float": "f64"}.get(source, source)
    target = {"int": "i64", "float": "f64"}.get(target, target)
    if source == target:
        return code
    if target == "bool":
        return f"({code} != 0)"
    if is_int(target):
        if is_float(source):
            low, high = int_range(target)
            return f"int_of_float({code}, {low}, {high})"
        if source == "bool":
            return f"int({code})"
        return wrap(code, target)
    if is_float(source):
        return f"to_f32({code})" if target == "f32" else code
    if target == "f32":
        return f"f32_of_int({code})"
    return f"float({code})"
