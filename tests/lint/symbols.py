#!/usr/bin/env python3
"""Of two functions with one name in two rooms the linker silently takes either: symbols.py LIBRARY..."""
import collections
import pathlib
import subprocess
import sys


def defined(library):
    lines = subprocess.run(["nm", "--defined-only", library], check=True, capture_output=True,
                           text=True).stdout.splitlines()
    return {fields[2] for fields in map(str.split, lines) if len(fields) == 3 and fields[1] in "TDBR"}


def main(libraries):
    owners = collections.defaultdict(list)
    for library in libraries:
        for symbol in defined(library):
            owners[symbol].append(pathlib.Path(library).name)
    twice = {symbol: names for symbol, names in owners.items() if len(names) > 1}
    for symbol, names in sorted(twice.items()):
        print(f"{symbol}: in {' and '.join(names)}")
    print(f"{len(owners)} names, {len(twice)} of them twice")
    return bool(twice) or not owners


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
