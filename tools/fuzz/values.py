"""Values of examples as bytes, as text of the command, and as NumPy arrays."""

import math
import struct

import numpy as np

from fuzz.dtypes import NUMPY, is_float, leaves
from fuzz.evaluate import flatten
from fuzz.semantics import to_f32


def input_leaves(program):
    """(path, dtype) of all input leaves of the entry."""
    return [leaf for param in program.entry.params for leaf in leaves(param.type, param.name)]


def columns(program, inputs):
    """One array for each input leaf, with the values of all examples."""
    rows = [[value for param, arg in zip(program.entry.params, args)
             for value in flatten(arg, param.type)] for args in inputs]
    return [np.array([row[index] for row in rows], dtype=NUMPY[dtype])
            for index, (_, dtype) in enumerate(input_leaves(program))]


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
    """The same of an array that a compiled program wrote."""
    if array.dtype.kind == "f":
        array = array.view(np.uint32 if array.dtype == np.float32 else np.uint64)
    return [int(value) for value in array]


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
