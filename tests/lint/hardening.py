#!/usr/bin/env python3
"""Reads the hardening of a built binary: hardening.py BINARY"""
import re
import subprocess
import sys


def readelf(*arguments):
    return subprocess.run(["readelf", "-W", *arguments], check=True, capture_output=True,
                          text=True).stdout


def main(binary):
    header, segments = readelf("-h", binary), readelf("-l", binary)
    dynamic, symbols = readelf("-d", binary), readelf("--dyn-syms", binary)
    checks = {
        "position independent (PIE)": "DYN (" in header and " PIE" in dynamic,
        "read-only relocations (RELRO)": "GNU_RELRO" in segments,
        "bound at start (full RELRO)": "BIND_NOW" in dynamic or re.search(r"FLAGS.*NOW", dynamic),
        "stack protector": "__stack_chk_fail" in symbols,
        "fortified libc calls": re.search(r"__\w+_chk\b", symbols.replace("__stack_chk_fail", "")),
        "stack not executable": re.search(r"GNU_STACK.*RW ", segments),
        "no run path": "RPATH" not in dynamic and "RUNPATH" not in dynamic,
    }
    for what, holds in checks.items():
        print(f"{'ok' if holds else 'MISSING'}  {what}")
    return not all(checks.values())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
