"""Values of examples as bytes, as text of the command, and as NumPy arrays."""

import math
import struct

import numpy as np

from fuzz.dtypes import NUMPY, dtype_of, is_float, is_tensor, leaves, shape_of
from fuzz.evaluate import flatten
from fuzz.semantics import to_f32


def input_leaves(program):
    """(path, type, is it shared?) of all input leaves of the entry."""
    return [(path, leaf, param.shared) for param in program.entry.params
            for path, leaf in leaves(param.type, param.name)]


def columns(program, inputs):
    """One array for each input leaf: [example, ...], of shared arrays the array itself."""
    rows = [[value for param, arg in zip(program.entry.params, args)
             for value in flatten(arg, param.type)] for args in inputs]
    found = []
    for index, (_, a_type, shared) in enumerate(input_leaves(program)):
        dtype, shape = NUMPY[dtype_of(a_type)], shape_of(a_type)
        if shared:
            found.append(np.array(rows[0][index], dtype=dtype).reshape(shape))
        else:
            column = np.array([row[index] for row in rows], dtype=dtype)
            found.append(column.reshape((len(rows),) + shape))
    return found


def leaf_bits(value, a_type):
    """The bits of a leaf: a number, of a tensor a list."""
    if is_tensor(a_type):
        return [bits(item, a_type[1]) for item in value]
    return bits(value, a_type)


def bits(value, dtype):
    """A value as an integer that is equal iff the value is the same; nan is canonical."""
    if not is_float(dtype):
        return int(value)
    if value != value:
        return 0x7fc00000 if dtype == "f32" else 0x7ff8000000000000
    if dtype == "f32":
        return struct.unpack("<I", struct.pack("<f", value))[0]
    return struct.unpack("<Q", struct.pack("<d", value))[0]


def array_bits(array):
    """The same of an array that a compiled program wrote: one for each example."""
    if array.dtype.kind == "f":
        array = array.view(np.uint32 if array.dtype == np.float32 else np.uint64)
    array = array.astype(object) if array.dtype.kind != "b" else array.astype(int)
    return list(array) if array.ndim == 1 else [row.reshape(-1).tolist() for row in array]


def parse(text, dtype):
    """A value as `abcc run` prints it."""
    if dtype == "bool":
        return {"true": 1, "false": 0}[text]
    if is_float(dtype):
        value = float(text)
        return to_f32(value) if dtype == "f32" else value
    return int(text)


def text_of(value, dtype):
    """A value as the command reads and prints it: floats as Python's repr, f32 as short as it can be."""
    if dtype == "bool":
        return "true" if value else "false"
    if not is_float(dtype):
        return str(int(value))
    if dtype == "f32" and math.isfinite(value):
        for digits in range(1, 10):
            shorter = float(f"{value:.{digits - 1}e}")
            if to_f32(shorter) == value:
                return repr(math.copysign(shorter, value))
    return repr(float(value))


def text_of_leaf(value, a_type, comma=","):
    """The same of a tensor, as nested lists."""
    if not is_tensor(a_type):
        return text_of(value, a_type)
    inner, items = a_type[2][1:], []
    width = len(value) // a_type[2][0] if a_type[2][0] else 0
    for first in range(0, len(value), width or 1):
        row = value[first:first + width]
        items.append(text_of_leaf(row, ("tensor", a_type[1], inner), comma) if inner else
                     text_of(row[0], a_type[1]))
    return "[" + comma.join(items) + "]"
