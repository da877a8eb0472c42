#!/usr/bin/python3
"""Literals of the command line and printed values against Python and NumPy as the other side.

    test_values.py VALUES_TOOL
"""

import random
import struct
import subprocess
import sys

import numpy as np

questions = []  # (line, expected answer)

SPECIAL_BITS_64 = [0, 1, 2, 0xFFFFFFFFFFFFF, 0x10000000000000, 0x7FEFFFFFFFFFFFFF, 0x7FF0000000000000,
                   0x3FF0000000000000, 0x3FEFFFFFFFFFFFFF, 0x4341C37937E08000, 0x4341C37937E07FFF]


def ask(dtype, literal, answer, cast=False):
    questions.append((f"{dtype} {int(cast)} {literal}", answer))


def float64_bits(value):
    return struct.pack(">d", value).hex()


def ask_float64(value, literal=None):
    ask("f64", literal or repr(value), f"{float64_bits(value)} {value!r}")


def float32_text(value):
    """NumPy's text has no exponent's sign rule of its own: only the digits are taken from it."""
    text = np.format_float_scientific(value, unique=True, trim="0")
    return repr(float(text))


def ask_float32(value):
    text = float32_text(value)
    ask("f32", text, f"{struct.pack('>f', value).hex()} {text}")


def floats(rng):
    for bits in SPECIAL_BITS_64:
        for near in range(-3, 4):
            if 0 <= bits + near <= 0x7FF0000000000000:
                yield struct.unpack(">d", struct.pack(">Q", bits + near))[0]
    for exponent in range(-1074, 1024):
        power = 2.0 ** exponent
        yield from (power, np.nextafter(power, 0), np.nextafter(power, np.inf))
    for digits in range(1, 18):
        for exponent in (-320, -5, -4, -1, 0, 3, 15, 16, 17, 300):
            yield float(f"{rng.randrange(1, 10 ** digits)}e{exponent}")
    for _ in range(4000):
        yield struct.unpack(">d", struct.pack(">Q", rng.getrandbits(63)))[0]


def ask_floats():
    rng = random.Random(7)
    for value in floats(rng):
        value = float(value)
        if value == value and abs(value) != float("inf"):
            ask_float64(value)
            ask_float64(-value)
    for bits in [0, 1, 0x7FFFFF, 0x800000, 0x7F7FFFFF, *(e << 23 for e in range(1, 255)),
                 *((e << 23) - 1 for e in range(1, 255)), *(rng.getrandbits(31) for _ in range(4000))]:
        value = np.uint32(bits).view(np.float32)
        if np.isfinite(value):
            ask_float32(value)
    ask("f64", "nan", "7ff8000000000000 nan")
    ask("f64", "inf", "7ff0000000000000 inf")
    ask("f64", "-inf", "fff0000000000000 -inf")
    ask("f32", "-inf", "ff800000 -inf")
    ask("f64", "-0.0", "8000000000000000 -0.0")
    ask("f64", "9007199254740993", f"{float64_bits(9007199254740992.0)} 9007199254740992.0")
    ask("f32", "16777217", "4b800000 16777216.0")
    ask("f64", "1_000.5", f"{float64_bits(1000.5)} 1000.5")
    ask("f64", "0xff", f"{float64_bits(255.0)} 255.0")


def ask_integers():
    for bits in (8, 16, 32, 64):
        for signed in (True, False):
            dtype = f"{'i' if signed else 'u'}{bits}"
            low = -(1 << bits - 1) if signed else 0
            high = (1 << bits - (1 if signed else 0)) - 1
            for value in (low, low + 1, -1 if signed else 1, 0, 7, high - 1, high):
                ask(dtype, str(value), f"{value & (1 << bits) - 1:0{bits // 4}x} {value}")
            why = f"cast: it does not fit {dtype} ({low} to {high})"
            for value in (low - 1, high + 1, 1 << 70):
                ask(dtype, str(value), why)
            ask(dtype, "2.5", f"cast: it is {dtype}, which takes integers")
            ask(dtype, "true", f"cast: it is {dtype}, not a bool")
            for value in (300, -1, 2 ** 64 - 1, -2 ** 63):
                wrapped = value & (1 << bits) - 1
                shown = wrapped - (1 << bits) if signed and wrapped > high else wrapped
                ask(dtype, str(value), f"{wrapped:0{bits // 4}x} {shown}", cast=True)
            for value, shown in ((2.9, 2), (-2.9, -2 if signed else 0), (1e30, high), (-1e30, low)):
                ask(dtype, str(value), f"{shown & (1 << bits) - 1:0{bits // 4}x} {shown}", cast=True)
            ask(dtype, "nan", f"{0:0{bits // 4}x} 0", cast=True)
    ask("i64", "0b101", "0000000000000005 5")
    ask("u8", "0xFF", "ff 255")
    ask("u8", "-0", "00 0")


def ask_others():
    ask("bool", "true", "01 true")
    ask("bool", "false", "00 false")
    ask("bool", "1", "cast: a bool is `true` or `false`")
    ask("bool", "2", "01 true", cast=True)
    ask("bool", "0.0", "00 false", cast=True)
    ask("f64", "true", "3ff0000000000000 1.0", cast=True)
    ask("f64", "true", "cast: it is f64, not a bool")
    ask("f64", "1e999", "cast: it is too large for f64")
    ask("f32", "1e39", "cast: it is too large for f32")
    ask("f32", "1e39", "7f800000 inf", cast=True)
    for text in ("x", "1x", "--1", "1__0", "_1", "1_", "0x", "1e", "+", "-true", "infinity", "nan(1)", "e5"):
        ask("f64", text, "refused: it is no number, nor `true` or `false`")
    ask("i32", "", "refused: there is no value")


def main():
    ask_floats()
    ask_integers()
    ask_others()
    done = subprocess.run([sys.argv[1]], input="".join(line + "\n" for line, _ in questions),
                          capture_output=True, text=True, check=True)
    answers = done.stdout.splitlines()
    wrong = [(line, answer, expected) for (line, expected), answer in zip(questions, answers)
             if answer != expected]
    if len(answers) != len(questions):
        wrong.append(("number of answers", len(answers), len(questions)))
    for line, answer, expected in wrong[:20]:
        print(f"FAILED {line}: {answer}, not {expected}")
    print(f"{len(questions) - len(wrong)} right, {len(wrong)} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
