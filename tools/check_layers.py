#!/usr/bin/python3
"""Holds the order of the layers: which folder of the compiler may include which, and a few rules of
the house that a compiler does not check. Ends with `layers: N passed, N failed`.

A file is one check. It fails when it includes a layer above it, includes a header that is not there,
names a place of one machine, or holds a mark of unfinished work. Files over 800 lines are warned of.
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# A folder and what it may include besides itself and the C library.
LAYERS = {
    "base": "",
    "lang": "base",
    "ast": "base",
    "grammar": "ast base",
    "sema": "ast lang base",
    "ir": "lang base",
    "build": "sema ast ir lang base",
    "analysis": "ir lang base",
    "pass": "analysis ir lang base",
    "interp": "ir lang base",
    "plan": "analysis ir lang base",
    "emit": "plan analysis ir lang base",
    "driver": "grammar base lang ast sema ir build analysis pass plan interp emit runtime",
    "runtime": "",
}

FILE_LINES = 800
# Tables, grammars, data and texts may be long.
MAY_BE_LONG = (".def", ".y", ".re", ".md", ".json", ".jsonl", ".tsv", ".csv", ".txt")

MACHINE_PATH = re.compile(r"(?<![\w.~])/(?:home|root|work|Users|mnt|media)/\w")
UNFINISHED = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)


def tracked_files():
    """Files under version control, or all files when this is an unpacked archive."""
    listing = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                             cwd=ROOT, capture_output=True, check=False)
    if listing.returncode == 0:
        names = listing.stdout.decode().split("\0")
        paths = [ROOT / name for name in names if name]
    else:
        paths = [path for path in ROOT.rglob("*") if not path.parts[len(ROOT.parts)].startswith("build")]
    return sorted(path for path in paths if path.is_file() and not path.is_symlink())


def layer_of(path):
    """The layer a file belongs to; none for tests, tools and texts."""
    parts = path.relative_to(ROOT).parts
    if parts[0] == "compiler" and len(parts) > 2:
        return parts[1]
    return parts[0] if parts[0] in ("grammar", "runtime") and len(parts) > 1 else None


def find_include(path, name):
    """The file of the project that an #include "name" means: beside the includer, or below one of the
    folders that the build gives to the compiler."""
    for folder in (path.parent, ROOT / "compiler", ROOT, ROOT / "runtime", ROOT / "runtime/include"):
        candidate = folder / name
        if candidate.is_file():
            return candidate
    return None


def include_faults(path, text):
    layer = layer_of(path)
    for name in INCLUDE.findall(text):
        target = find_include(path, name)
        if target is None:
            # The lexer and the parser are made by the build.
            if layer is not None and not re.search(r"(parser|lexer|\.inc$|embedded|generated)", name):
                yield f'includes "{name}", which is not there'
            continue
        other = layer_of(target)
        if layer is None or other is None or other == layer:
            continue
        if layer not in LAYERS:
            yield f"layer {layer} is not in the table of tools/check_layers.py"
        elif other not in LAYERS[layer].split():
            yield f'{layer} may not include {other} ("{name}")'


def text_faults(path, text):
    for number, line in enumerate(text.splitlines(), 1):
        if MACHINE_PATH.search(line):
            yield f"line {number} names a place of one machine: {line.strip()}"
        if UNFINISHED.search(line):
            yield f"line {number} holds a mark of unfinished work: {line.strip()}"


def check(path):
    """What is wrong with a file, and what to warn of."""
    try:
        text = path.read_text()
    except UnicodeDecodeError:
        return [], []
    faults = list(text_faults(path, text))
    if path.suffix in (".c", ".h", ".y", ".re", ".def"):
        faults += include_faults(path, text)
    lines = text.count("\n")
    is_long = lines > FILE_LINES and not path.name.endswith(MAY_BE_LONG)
    warnings = [f"{lines} lines; over {FILE_LINES} look for the missing idea"] if is_long else []
    if "tests/cases" in str(path):
        warnings = []
    return faults, warnings


def main():
    passed = failed = 0
    for path in tracked_files():
        faults, warnings = check(path)
        name = path.relative_to(ROOT)
        for text in faults:
            print(f"FAILED {name}: {text}")
        for text in warnings:
            print(f"warning: {name}: {text}")
        failed += bool(faults)
        passed += not faults
    print(f"layers: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
