"""What a live call's subscriber was told, beside what `sidetone analyze` finds in its file.

Whatever an event says has to be the same, for every type there is or will be. What may differ is
listed here, and nothing else may.
"""
import collections
import json
import os

import cli

# When something was told, and as how manieth, is not what was found. Matches of partials count too.
VOLATILE = {"seq", "at_unix_ms", "match_id"}

# Of the connection and the recogniser, while they work: a file knows nothing of it.
LIVE_ONLY = {"transcript.partial", "category.provisional", "stt.degraded", "stt.recovered"}
LIVE_ONLY_UPDATES = {"lag_ms", "rate_suspect"}

# What is heard and not said: a transcript alone cannot tell.
HEARD = {"loudness"}


def without(value, keys):
    if isinstance(value, dict):
        return {key: without(item, keys) for key, item in value.items()
                if key not in keys and not key.endswith("_unix_ms")}
    if isinstance(value, list):
        return [without(item, keys) for item in value]
    return value


def is_passing(event):
    """Told while a call goes on, and not a result: of the connection, of partials, or a figure on
    its way."""
    if event["type"] == "category.withdrawn":
        return event["reason"] != "refuted"
    return event["type"] in LIVE_ONLY or event.get("final") is False or (
        event["type"] == "call.updated" and bool(LIVE_ONLY_UPDATES & event.keys()))


def told(messages, call_id, ignored=(), is_deaf=False):
    """A call's events without what may differ, each as often as it came."""
    events = collections.Counter()
    for message in messages:
        if message.get("call_id") != call_id or "media_ms" not in message:
            continue
        if message["type"] not in ignored and not is_passing(message):
            rest = without(message, VOLATILE | HEARD if is_deaf else VOLATILE)
            events[json.dumps(rest, sort_keys=True)] += 1
    return events


def analyze(path, *options):
    """The events of a file, its summaries left out; with the models that the gateway has."""
    models = {key: os.environ[key] for key in ("SIDETONE_MODELS",) if key in os.environ}
    done = cli.run("analyze", "--json", path, *options, env=models)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line for line in lines if line["type"] == "summary"], done.stdout[-1000:]
    return [line for line in lines if line["type"] != "summary"]


def check_agree(live, file, call_id, ignored=(), is_deaf=False):
    """Event by event, as sets that know how often."""
    live, file = (told(messages, call_id, ignored, is_deaf) for messages in (live, file))
    only_live, only_file = live - file, file - live
    assert not only_live and not only_file, "\n".join(
        [f"only live: {event}" for event in sorted(only_live)] +
        [f"only from the file: {event}" for event in sorted(only_file)])
    assert live, f"nothing was told of {call_id}"
