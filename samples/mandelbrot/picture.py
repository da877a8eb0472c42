#!/usr/bin/env python3
"""Turns the rounds of mandelbrot.ab into a picture: picture.py ROUNDS.npy PICTURE.png [WIDTH]

Needs the Python library alone. Black where the last round was reached; elsewhere the logarithm
of the rounds runs from dark blue over white to amber. PICTURE.pgm gives a grey one.
"""
import ast
import math
import struct
import sys
import zlib


def read_npy(path):
    """The flat list of numbers of a one-dimensional integer .npy file."""
    with open(path, "rb") as file:
        data = file.read()
    if data[:6] != b"\x93NUMPY":
        sys.exit(f"{path} is no .npy file")
    wide = data[6] >= 2
    size = struct.unpack_from("<I" if wide else "<H", data, 8)[0]
    start = (12 if wide else 10) + size
    header = ast.literal_eval(data[start - size:start].decode("latin-1"))
    kinds = {"<i4": "i", "<i8": "q", "<u4": "I", "<u8": "Q"}
    if header["descr"] not in kinds or len(header["shape"]) != 1:
        sys.exit(f"{path}: {header['descr']} of shape {header['shape']} is not understood")
    return list(struct.unpack_from(f"<{header['shape'][0]}{kinds[header['descr']]}", data, start))


STOPS = [(0.0, (8, 12, 60)), (0.3, (40, 100, 200)), (0.55, (235, 245, 250)),
         (0.8, (250, 180, 30)), (1.0, (110, 30, 10))]


def colour(rounds, last):
    if rounds >= last:
        return (0, 0, 0)
    place = math.log1p(rounds) / math.log1p(last)
    for (low, first), (high, second) in zip(STOPS, STOPS[1:]):
        if place <= high:
            part = (place - low) / (high - low)
            return tuple(round(a + part * (b - a)) for a, b in zip(first, second))
    return STOPS[-1][1]


def chunk(kind, body):
    return (struct.pack(">I", len(body)) + kind + body
            + struct.pack(">I", zlib.crc32(kind + body)))


def write_png(path, width, height, rounds):
    last = max(rounds)
    table = {n: bytes(colour(n, last)) for n in set(rounds)}
    rows = b"".join(b"\0" + b"".join(table[n] for n in rounds[y * width:(y + 1) * width])
                    for y in range(height))
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n"
                   + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
                   + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b""))


def write_pgm(path, width, height, rounds):
    last = max(rounds)
    with open(path, "wb") as file:
        file.write(b"P5 %d %d 255\n" % (width, height))
        file.write(bytes(0 if n >= last else round(255 * math.log1p(n) / math.log1p(last))
                         for n in rounds))


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    rounds = read_npy(sys.argv[1])
    width = int(sys.argv[3]) if len(sys.argv) == 4 else math.isqrt(len(rounds) * 4 // 3)
    if width == 0 or len(rounds) % width:
        sys.exit(f"{len(rounds)} pixels are no rows of {width}: give WIDTH")
    write = write_pgm if sys.argv[2].endswith(".pgm") else write_png
    write(sys.argv[2], width, len(rounds) // width, rounds)


if __name__ == "__main__":
    main()
