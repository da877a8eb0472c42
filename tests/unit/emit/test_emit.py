#!/usr/bin/env python3
"""Emitted C by every C compiler there is: test_emit.py EMIT_CHECK SOURCE_ROOT [SEED].

Random programs of gen_ir.py and gen_tensors.py against the interpreter, and the public
interface of a unit (api_test.c). Exit 77 if no C compiler is there."""
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import gen_ir # noqa: E402
import gen_tensors # noqa: E402

STRICT = ['-std=c99', '-Wall', '-Wextra', '-Wpedantic', '-Werror', '-ffp-contract=off',
          '-fno-math-errno']
GANG = ['-ffp-contract=off', '-fno-math-errno', '-w'] # names of the gang's values are not strict
UNDEFINED = ['-fsanitize=undefined', '-fno-sanitize-recover=all']
# mode (scalar, or lanes), compiler, flags, programs
RUNS = [
    ('scalar', 'tcc', [], 60),
    ('scalar', 'gcc', STRICT + UNDEFINED + ['-O1'], 20),
    ('scalar', 'clang-19', STRICT + ['-O2'], 20),
    ('1', 'tcc', [], 20),
    ('3', 'tcc', [], 60),
    ('8', 'clang-19', GANG + ['-O1', '-march=native'], 10),
]
TENSOR_RUNS = [
    ('scalar', 'tcc', [], 40),
    # At -O1 gcc does not see that a call that faulted is left before its tensors are read.
    ('scalar', 'gcc', STRICT + UNDEFINED + ['-O1', '-Wno-maybe-uninitialized'], 8),
    ('scalar', 'clang-19', STRICT + ['-O2'], 8),
]
API_RUNS = [
    ('scalar', 'tcc', []),
    ('scalar', 'gcc', STRICT + UNDEFINED),
    ('3', 'tcc', []),
    ('4', 'gcc', GANG + UNDEFINED),
    ('8', 'clang-19', GANG + ['-O1', '-march=native']),
]


class Tester:
    def __init__(self, check, root, folder):
        self.check, self.folder = check, folder
        self.include = [f'-I{root}/runtime/include', f'-I{root}/runtime/preludes']
        self.ran = self.failed = 0

    def result(self, title, complaint):
        self.ran += 1
        self.failed += bool(complaint)
        print(f'{"FAIL" if complaint else "ok"}  {title}')
        if complaint:
            print('      ' + complaint[:3000].replace('\n', '\n      '))

    def call(self, *command):
        """What the command says if it fails, or a compiler says anything; else ''."""
        done = subprocess.run(command, capture_output=True, text=True)
        text = done.stdout + done.stderr
        return text or f'exit {done.returncode}' if done.returncode or text.strip() else ''

    def programs(self, generator, mode, compiler, flags, seeds):
        folder = tempfile.mkdtemp(dir=self.folder)
        for seed in seeds:
            with open(f'{folder}/p{seed}.ir', 'w', encoding='ascii') as file:
                file.write(generator.program(seed))
        irs = [f'{folder}/p{seed}.ir' for seed in seeds]
        sources = [f'{folder}/p{seed}.c' for seed in seeds]
        library = f'{folder}/all.so'
        return (self.call(self.check, mode, folder, *irs) or
                self.call(compiler, *flags, '-shared', '-fPIC', *self.include, f'-I{folder}',
                          *sources, '-lm', '-o', library) or
                self.call(self.check, 'run', library, *irs))

    def api(self, unit, mode, compiler, flags):
        folder = tempfile.mkdtemp(dir=self.folder)
        return (self.call(self.check, mode, folder, f'{HERE}/{unit}.ir') or
                self.call(compiler, *flags, *self.include, f'-I{folder}', f'{folder}/{unit}.c',
                          f'{HERE}/{unit}_test.c', '-lm', '-o', f'{folder}/test') or
                self.call(f'{folder}/test'))

    def odd_names(self, mode, compiler, flags):
        """Exports and parameters whose names C, its library or the units themselves use."""
        folder = tempfile.mkdtemp(dir=self.folder)
        return (self.call(self.check, mode, folder, f'{HERE}/names.ir') or
                self.call(compiler, *flags, *self.include, f'-I{folder}', '-c',
                          f'{folder}/names.c', '-o', f'{folder}/names.o'))

    def header_in_cpp(self, compiler):
        folder = tempfile.mkdtemp(dir=self.folder)
        with open(f'{folder}/user.cpp', 'w', encoding='ascii') as file:
            file.write('#include "api.h"\n#include "names.h"\nint main() { return AB_OK; }\n')
        return (self.call(self.check, '8', folder, f'{HERE}/api.ir', f'{HERE}/names.ir') or
                self.call(compiler, '-Wall', '-Wextra', '-Wpedantic', '-Werror', '-fsyntax-only',
                          *self.include, f'-I{folder}', f'{folder}/user.cpp'))


def main():
    check, root = sys.argv[1], sys.argv[2]
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    with tempfile.TemporaryDirectory() as folder:
        tester = Tester(check, root, folder)
        runs = [(gen_ir, 'programs') + run for run in RUNS]
        runs += [(gen_tensors, 'tensor programs') + run for run in TENSOR_RUNS]
        for generator, what, mode, compiler, flags, count in runs:
            title = f'{count} {what} from seed {seed}, {mode}, {compiler} {" ".join(flags)}'
            if shutil.which(compiler):
                seeds = range(seed, seed + count)
                tester.result(title, tester.programs(generator, mode, compiler, flags, seeds))
            else:
                print(f'skip  {title}')
            seed += count
        for mode, compiler, flags in API_RUNS:
            if shutil.which(compiler):
                for unit in ('api', 'arrays'):
                    tester.result(f'interface of {unit}, {mode}, {compiler} {" ".join(flags)}',
                                  tester.api(unit, mode, compiler, flags))
                tester.result(f'odd names, {mode}, {compiler}',
                              tester.odd_names(mode, compiler, flags))
        for compiler in ('g++', 'clang++-19'):
            if shutil.which(compiler):
                tester.result(f'header in C++, {compiler}', tester.header_in_cpp(compiler))
    return 77 if tester.ran == 0 else tester.failed != 0


if __name__ == '__main__':
    sys.exit(main())
