#!/usr/bin/env python3
"""Random programs with tensors, in scalar mode and every form of batched C, against the interpreter:
test_random.py RANDOM_CHECK SOURCE_ROOT [FIRST_SEED [COUNT]]. Exit 77 if no C compiler is there."""
import shutil
import subprocess
import sys
import tempfile

FLAGS = ['-fPIC', '-w', '-ffp-contract=off', '-fno-math-errno']
UNDEFINED = ['-fsanitize=undefined', '-fno-sanitize-recover=all']
# mode (lanes and choices of the plan), -O of the passes, compiler, flags, programs
RUNS = [
    ('scalar', '2', 'tcc', [], 40),
    ('scalar', '0', 'gcc', UNDEFINED, 10),
    ('1', '2', 'tcc', [], 40),
    ('3,loops=cut', '2', 'tcc', [], 40),
    ('8,branches=guard,captures=each_iter', '2', 'tcc', [], 40),
    ('8,branches=select,captures=at_exit,tensors=columns', '1', 'tcc', [], 40),
    ('3,tensors=columns', '2', 'tcc', [], 40),
    ('16,naive', '0', 'tcc', [], 40),
    ('5,no_refill,least,loops=native', '2', 'tcc', [], 40),
    ('4', '2', 'gcc', UNDEFINED, 10),
    ('8', '2', 'clang-19', ['-O1', '-march=native'], 6),
    ('16', '1', 'clang-19', ['-O1'], 6),
]


def call(*command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    return done.stdout + done.stderr + f'exit {done.returncode}' if done.returncode else ''


def run(check, include, folder, mode, level, compiler, flags, first, count):
    """What is wrong, or ''."""
    complaint = call(check, mode, level, folder, str(first), str(count))
    sources = [f'{folder}/p{seed}.c' for seed in range(first, first + count)]
    library = f'{folder}/all.so'
    return (complaint or
            call(compiler, *FLAGS, *flags, *include, '-shared', *sources, '-lm', '-o', library) or
            call(check, 'run', level, library, str(first), str(count)))


def main():
    check, root = sys.argv[1:3]
    first = int(sys.argv[3]) if len(sys.argv) > 3 else 1000
    include = [f'-I{root}/runtime/include', f'-I{root}/runtime/preludes']
    ran = failed = 0
    for mode, level, compiler, flags, count in RUNS:
        if not shutil.which(compiler):
            continue
        count = int(sys.argv[4]) if len(sys.argv) > 4 else count
        with tempfile.TemporaryDirectory() as folder:
            complaint = run(check, include, folder, mode, level, compiler, flags, first, count)
        ran += 1
        failed += bool(complaint)
        print(f'{"FAIL" if complaint else "ok"}  {mode} -O{level} {compiler}, '
              f'{count} programs from {first}\n{complaint[:3000]}', flush=True)
        first += count
    if ran == 0:
        return 77
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
