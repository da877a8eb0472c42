"""Types of generated programs. A type is a scalar's name ("i32"), a weak one ("int", "float"),
("tensor", DTYPE, (EXTENT, ...)), ("tuple", T, ...) or ("struct", NAME, (FIELD, T), ...)."""

import math

import numpy as np

NUMPY = {"bool": "bool", "i8": "int8", "i16": "int16", "i32": "int32", "i64": "int64", "u8": "uint8",
         "u16": "uint16", "u32": "uint32", "u64": "uint64", "f32": "float32", "f64": "float64"}
FROM_NUMPY = {value: key for key, value in NUMPY.items()}

SIGNED = ("i8", "i16", "i32", "i64")
UNSIGNED = ("u8", "u16", "u32", "u64")
INTS = SIGNED + UNSIGNED
FLOATS = ("f32", "f64")
NUMBERS = INTS + FLOATS
SCALARS = ("bool",) + NUMBERS
WEAK = ("int", "float")

BITS = {name: int(name[1:]) for name in NUMBERS}


def is_scalar(a_type):
    return isinstance(a_type, str)


def is_tensor(a_type):
    return not isinstance(a_type, str) and a_type[0] == "tensor"


def is_composed(a_type):
    """A struct or a tuple."""
    return not isinstance(a_type, str) and a_type[0] != "tensor"


def dtype_of(a_type):
    return a_type[1] if is_tensor(a_type) else a_type


def shape_of(a_type):
    return a_type[2] if is_tensor(a_type) else ()


def shaped(dtype, shape):
    """A tensor, or a scalar where there are no axes."""
    return ("tensor", dtype, tuple(shape)) if shape else dtype


def size_of(shape):
    return math.prod(shape)


def is_int(a_type):
    return a_type in INTS


def is_float(a_type):
    return a_type in FLOATS


def int_range(dtype):
    bits = BITS[dtype]
    return (0, (1 << bits) - 1) if dtype[0] == "u" else (-(1 << bits - 1), (1 << bits - 1) - 1)


def settled(dtype):
    """What a weak type is held as when it meets nothing."""
    return {"int": "i64", "float": "f64"}.get(dtype, dtype)


def promote(a, b):
    """The type of `a op b` (L8): NumPy's table, with weak types as NEP 50. None where the result is no
    type of this language's part (float16)."""
    if a in WEAK and b in WEAK:
        return "float" if "float" in (a, b) else "int"
    if b in WEAK:
        a, b = b, a
    if a in WEAK:
        if b == "bool":
            return settled(a)
        if a == "float" and b in INTS:
            return "f64"
        return b
    return FROM_NUMPY.get(np.promote_types(NUMPY[a], NUMPY[b]).name)


PROMOTE = {(a, b): promote(a, b) for a in SCALARS + WEAK for b in SCALARS + WEAK}


def converts(source, target):
    """May a value of `source` stand where `target` is expected (L11)?"""
    if not is_composed(source) and not is_composed(target):
        return shape_of(source) == shape_of(target) and \
            PROMOTE.get((dtype_of(target), dtype_of(source))) == dtype_of(target)
    return source == target


def leaves(a_type, path=""):
    """(path, type) of all leaves, in order: scalars and tensors."""
    if not is_composed(a_type):
        return [(path, a_type)]
    found = []
    if a_type[0] == "tuple":
        for index, part in enumerate(a_type[1:]):
            found += leaves(part, f"{path}.{index}")
    else:
        for field, part in a_type[2:]:
            found += leaves(part, f"{path}.{field}")
    return found


def type_text(a_type):
    if is_scalar(a_type):
        return a_type
    if a_type[0] == "struct":
        return a_type[1]
    if a_type[0] == "fn":
        return f"fn({', '.join(map(type_text, a_type[1]))}) -> {type_text(a_type[2])}"
    if a_type[0] == "tensor":
        return f"{a_type[1]}[{', '.join(map(str, a_type[2]))}]"
    comma = "," if len(a_type) == 2 else ""
    return "(" + ", ".join(type_text(part) for part in a_type[1:]) + comma + ")"


def parts(a_type):
    """(selector, type) of the direct parts of a tuple or struct."""
    if a_type[0] == "tensor":
        return []
    if a_type[0] == "tuple":
        return [(str(index), part) for index, part in enumerate(a_type[1:])]
    return list(a_type[2:])
