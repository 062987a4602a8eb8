#!/usr/bin/env python3
"""Calls that style forbids, and leftovers. banned.py SOURCE_ROOT"""
import pathlib
import re
import sys

BANNED = re.compile(r"\b(strcpy|strcat|sprintf|vsprintf|strtok|atoi|atol|atof|alloca|gets)\s*\(")
LEFTOVER = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
STRUCT_TYPEDEF = re.compile(r"^typedef struct\b")


def main(root):
    problems = []
    for folder in ("src", "include"):
        for path in sorted((root / folder).rglob("*.[ch]")):
            for number, line in enumerate(path.read_text().splitlines(), 1):
                for pattern in (BANNED, LEFTOVER, STRUCT_TYPEDEF):
                    found = pattern.search(line)
                    if found:
                        problems.append(f"{path.relative_to(root)}:{number}: {found.group(0)}")
    print("\n".join(problems) or "nothing banned")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
