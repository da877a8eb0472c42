#!/usr/bin/python3
"""Every diagnostic has a case, and grammar/ERRORS.md is what `abcc explain --all` prints.
Ends with `errors: N passed, N failed`.

    tools/check_errors.py [--abcc=PATH] [--bless]
"""

import argparse
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
ROW = re.compile(r"^DIAG\((\d{4}),", re.MULTILINE)
CODE = re.compile(r"AB(\d{4})")


def codes():
    return sorted(set(ROW.findall((ROOT / "compiler/base/diag_codes.def").read_text())))


def codes_of_cases():
    """Codes that some expected stderr holds."""
    found = set()
    cases = ROOT / "tests/cases"
    for path in [*cases.rglob("*.err"), *cases.glob("cli/**/stderr"), *cases.glob("cli/**/stdout")]:
        found |= set(CODE.findall(path.read_text()))
    return found


def main():
    parser = argparse.ArgumentParser(description="every diagnostic has a case and is documented")
    parser.add_argument("--abcc", type=pathlib.Path, default=ROOT / "build/compiler/driver/abcc")
    parser.add_argument("--bless", action="store_true", help="write grammar/ERRORS.md")
    options = parser.parse_args()
    passed = failed = 0
    have = codes_of_cases()
    for code in codes():
        if code in have:
            passed += 1
        else:
            print(f"FAILED AB{code}: no case of tests/cases expects it")
            failed += 1
    errors_md = ROOT / "grammar/ERRORS.md"
    text = subprocess.run([options.abcc, "explain", "--all"], capture_output=True, text=True,
                          check=False).stdout
    if options.bless and text:
        errors_md.write_text(text)
    if text and errors_md.exists() and errors_md.read_text() == text:
        passed += 1
    else:
        print("FAILED grammar/ERRORS.md: not what `abcc explain --all` prints "
              "(tools/check_errors.py --bless writes it)")
        failed += 1
    print(f"errors: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
