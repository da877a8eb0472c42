#!/usr/bin/env python3
"""Every kernel, as scalars and as gangs of several widths, by every C compiler there is, against
op_eval: test_kernels.py KERNEL_PROGRAM SOURCE_ROOT. Exit 77 if no C compiler is there."""
import os
import shutil
import subprocess
import sys
import tempfile

FLAGS = ['-std=c99', '-Wall', '-Wextra', '-Werror', '-ffp-contract=off', '-fno-math-errno']
UNDEFINED = ['-fsanitize=undefined', '-fno-sanitize-recover=all']
# compiler, lanes, flags
RUNS = [
    ('tcc', 1, []),
    ('tcc', 3, []),
    ('gcc', 8, FLAGS + ['-O2']),
    ('gcc', 3, FLAGS + UNDEFINED),
    ('clang-19', 8, FLAGS + ['-O2', '-march=native']),
    ('clang-19', 16, FLAGS + ['-O1']),
    ('clang-19', 64, FLAGS + ['-O1', '-march=native']),
]


def differences(got, expected):
    got, expected = got.splitlines(), expected.splitlines()
    if len(got) != len(expected):
        return [f'{len(got)} kernels instead of {len(expected)}']
    return [f'scalar {have}, op_eval has {want.split()[1]}'
            for have, want in zip(got, expected) if have != want]


def run(compiler, lanes, flags, source, include, folder, expected):
    """The list of complaints."""
    binary = os.path.join(folder, f'{compiler}-{lanes}')
    command = [compiler, *flags, f'-DAB_LANES={lanes}', *include, source, '-lm', '-o', binary]
    built = subprocess.run(command, capture_output=True, text=True)
    if built.returncode != 0 or built.stderr.strip():
        return ['does not compile: ' + built.stderr[:3000]]
    ran = subprocess.run([binary], capture_output=True, text=True)
    complaints = [f'gang differs from scalar: {line}' for line in ran.stderr.splitlines()[:20]]
    if ran.returncode != 0 and not complaints:
        complaints = [f'exit {ran.returncode}']
    return complaints + differences(ran.stdout, expected)[:20]


def main():
    program, root = sys.argv[1], sys.argv[2]
    include = ['-I' + os.path.join(root, folder)
               for folder in ('tests/unit/ops', 'runtime/preludes', 'runtime/include')]
    text = subprocess.run([program], capture_output=True, text=True, check=True).stdout
    expected = subprocess.run([program, 'expect'], capture_output=True, text=True,
                              check=True).stdout
    ran = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, 'kernels.c')
        with open(source, 'w', encoding='ascii') as file:
            file.write(text)
        for compiler, lanes, flags in RUNS:
            if not shutil.which(compiler):
                print(f'skip  {compiler}, {lanes} lanes: no such compiler')
                continue
            complaints = run(compiler, lanes, flags, source, include, folder, expected)
            ran += 1
            failed += bool(complaints)
            print(f'{"FAIL" if complaints else "ok"}  {compiler}, {lanes} lanes: {" ".join(flags)}')
            for complaint in complaints:
                print('      ' + complaint)
    return 77 if ran == 0 else failed != 0


sys.exit(main())
