#!/usr/bin/env python3
"""Only the privacy stage makes cleared segments; everybody else takes pointers to them. cleared.py SOURCE_ROOT"""
import pathlib
import re
import sys

MADE = re.compile(r"struct st_cleared_segment\s+\w+\s*[;=\[]|\(struct st_cleared_segment\)|sizeof\(struct st_cleared_segment\)")
# transcript_show.c formats one that has been cleared.
MAKERS = {"src/analytics/pii/pii.c", "src/analytics/pii/pii_output.c", "src/analytics/text/transcript_show.c"}
HOLDERS = {"include/sidetone/pii.h"}  # of the one that pii.c fills


def main(root):
    problems = []
    for folder in ("src", "include"):
        for path in sorted((root / folder).rglob("*.[ch]")):
            name = str(path.relative_to(root))
            if name in MAKERS | HOLDERS:
                continue
            for number, line in enumerate(path.read_text().splitlines(), 1):
                if MADE.search(line):
                    problems.append(f"{name}:{number}: makes a cleared segment")
    print("\n".join(problems) or "only the privacy stage makes cleared segments")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
