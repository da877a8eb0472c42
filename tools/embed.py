#!/usr/bin/env python3
"""Writes text files as C arrays: embed.py OUT.c FILE... defines
`const char embedded_abrt_h[]` (NUL at the end) for a file abrt.h, and so on."""
import os
import re
import sys


def main():
    out_path, paths = sys.argv[1], sys.argv[2:]
    with open(out_path, 'w', encoding='ascii') as out:
        out.write('#include "emit/embedded.h"\n')
        for path in paths:
            symbol = re.sub(r'\W', '_', os.path.basename(path))
            with open(path, 'rb') as file:
                data = file.read() + b'\0'
            out.write(f'\nconst char embedded_{symbol}[] = {{\n')
            for i in range(0, len(data), 24):
                out.write('    ' + ', '.join(str(byte) for byte in data[i:i + 24]) + ',\n')
            out.write('};\n')


main()
