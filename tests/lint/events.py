#!/usr/bin/env python3
"""Every type of event is described, shown, and seen in an end-to-end test. events.py SOURCE_ROOT"""
import pathlib
import re
import sys

TYPE = re.compile(r'\[ST_EVENT_\w+\] = "([a-z_]+\.[a-z_]+)"')


def is_tested(name, tests):
    family, kind = name.split(".")
    return name in tests or f"{family}.{{change}}" in tests and f'"{kind}"' in tests


def main(root):
    names = TYPE.findall((root / "src/push/message.c").read_text())
    push, asyncapi, completion = ((root / path).read_text() for path in (
        "proto/push.md", "proto/asyncapi.yaml", "deploy/completion/sidetone.bash"))
    tests = "".join(path.read_text() for path in sorted((root / "tests/e2e").rglob("test_*.py")))
    problems = [] if names else ["src/push/message.c: no types of events"]
    for name in names:
        found = {
            f"proto/schemas/{name}.json": (root / f"proto/schemas/{name}.json").is_file(),
            f"proto/examples/{name}.json": (root / f"proto/examples/{name}.json").is_file(),
            "a row of proto/push.md that leads to its example":
                f"\n| [`{name}`](examples/{name}.json) |" in push,
            "a message of proto/asyncapi.yaml": f"schemas/{name}.json" in asyncapi,
            "the words after `tail --events` in the completion": name in completion,
            "a test in tests/e2e": is_tested(name, tests),
        }
        problems += [f"{name} lacks {what}" for what, is_there in found.items() if not is_there]
    print("\n".join(problems) or f"{len(names)} types of events are described and tested")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
