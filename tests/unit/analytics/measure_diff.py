#!/usr/bin/env python3
"""Generates calls with times known to the millisecond, recomputes what is measured of them by
painting every millisecond, and compares it exactly with what the analysis says.

usage: measure_diff.py MEASURE_CALL_PROGRAM LEXICON [CALLS] [SEED]

Definitions: include/sidetone/characteristics.h and sentiment.h; this file shares no code with them.
"""
import json
import random
import subprocess
import sys

PAUSE = NON_TALK = INTERRUPTION = 2000
BREAK = 1000
PLAIN = "the account number is on your letter and it says that we can change it here today".split()
NODS = ["Yeah.", "Mhm.", "okay", "right"]
SENTENCES = {5: ["glad"], -5: ["awful"], 0: []}


class Segment:
    def __init__(self, channel, words):
        self.channel = channel
        self.words = words  # (text, start, end)
        self.start = words[0][1]
        self.end = max(end for _, _, end in words)

    def stretches(self):
        found = []
        for _, start, end in self.words:
            if found and start - found[-1][1] < PAUSE:
                found[-1][1] = max(found[-1][1], end)
                found[-1][2] += 1
            else:
                found.append([start, end, 1])
        return found

    def line(self):
        words = "\t".join(f"{text}:{start}:{end}" for text, start, end in self.words)
        return f"final\t{self.channel}\t{self.start}\t{self.end}\t{words}"

    def sentences(self):
        """(start, score) of each."""
        found, is_open = [], False
        for text, start, _ in self.words:
            if not is_open:
                found.append([start, 0])
            for score, cues in SENTENCES.items():
                if text.rstrip(".") in cues:
                    found[-1][1] = score
            is_open = not text.endswith(".")
        return found


def make_segment(rng, channel, at):
    words = []
    if rng.random() < 0.2:
        texts = [rng.choice(NODS) for _ in range(rng.randint(1, 6))]
    else:
        texts = []
        if rng.random() < 0.3:
            texts += [rng.choice(NODS) for _ in range(rng.randint(1, 3))]
        for _ in range(rng.randint(1, 3)):
            sentence = [rng.choice(PLAIN) for _ in range(rng.randint(2, 9))]
            cue = SENTENCES[rng.choice([5, -5, 0])]
            if cue:
                sentence[rng.randrange(len(sentence))] = cue[0]
            sentence[-1] += "."
            texts += sentence
    for text in texts:
        length = rng.randint(80, 700)
        words.append((text, at, at + length))
        at += length + rng.choice([0, 0, 0, 10, 150, rng.randint(0, 3500) if rng.random() < .2 else 0])
    return Segment(channel, words)


def make_call(rng, until):
    segments = []
    for channel in (0, 1):
        at = rng.randint(0, 4000)
        while at < until:
            segment = make_segment(rng, channel, at)
            segments.append(segment)
            at = segment.end + rng.choice([0, 30, 400, rng.randint(300, 15000)])
    segments.sort(key=lambda segment: (segment.start, segment.channel))
    return segments


def runs(mask, value, start, end):
    """[start, end) of the runs of `value` in mask[start:end]."""
    found, at = [], start
    while at < end:
        begin = mask.find(value, at, end)
        if begin < 0:
            break
        stop = mask.find(1 - value, begin, end)
        stop = end if stop < 0 else stop
        found.append((begin, stop))
        at = stop
    return found


class Painted:
    """Every millisecond of a call."""

    def __init__(self, segments, end):
        self.segments = segments
        self.end = end
        size = max([end] + [segment.end for segment in segments]) + 1
        self.talk = [bytearray(size), bytearray(size)]
        self.long = [bytearray(size), bytearray(size)]
        for segment in segments:
            for start, stop, _ in segment.stretches():
                self.talk[segment.channel][start:stop] = b"\1" * (stop - start)
                if stop - start >= BREAK:
                    self.long[segment.channel][start:stop] = b"\1" * (stop - start)
        both = int.from_bytes(self.talk[0], "big"), int.from_bytes(self.talk[1], "big")
        self.any = (both[0] | both[1]).to_bytes(size, "big")
        self.both = (both[0] & both[1]).to_bytes(size, "big")
        self.gaps = [gap for gap in runs(self.any, 0, 0, end) if gap[1] - gap[0] >= NON_TALK]
        self.interruptions = [span for span in map(self.interruption, segments) if span]

    def interruption(self, segment):
        for other in self.segments:
            if other.channel == segment.channel or not other.start < segment.start < other.end:
                continue
            limit = min(other.end, segment.end)
            content = [start for text, start, _ in segment.words if text not in NODS]
            if not content or content[0] >= limit:
                return None
            stop = min(limit, self.any.find(0, segment.start))
            if stop - segment.start >= INTERRUPTION:
                return segment.channel, segment.start, stop
        return None

    def monologue(self, channel, start, end):
        other = self.long[1 - channel]
        longest, run = 0, None
        for begin, stop in runs(self.talk[channel], 1, start, end):
            for first, last in runs(other, 0, begin, stop):
                if run and first - run[1] < PAUSE and other.find(1, run[1], first) < 0:
                    run[1] = last
                else:
                    run = [first, last]
                longest = max(longest, run[1] - run[0])
        return longest

    def words(self, channel, start, end):
        total = 0.0
        for segment in self.segments:
            if segment.channel == channel:
                for begin, stop, words in segment.stretches():
                    part = min(stop, end) - max(begin, start)
                    total += words * part / (stop - begin) if part > 0 else 0
        return int(total + 0.5)

    def window(self, start, end):
        parts = [(max(a, start), min(b, end)) for a, b in self.gaps if a < end and b > start]
        within = [gap for gap in self.gaps if start <= gap[0] < end]
        return {
            "overlap_ms": self.both[start:end].count(1),
            "non_talk_ms": sum(b - a for a, b in parts),
            "non_talk_longest_ms": max((b - a for a, b in parts), default=0),
            "non_talks": len(within),
            "channels": [self.channel(channel, start, end) for channel in (0, 1)],
        }

    def channel(self, channel, start, end):
        spans = [span for span in self.interruptions if span[0] == channel and start <= span[1] < end]
        return {
            "talk_ms": self.talk[channel][start:end].count(1),
            "words": self.words(channel, start, end),
            "segments": sum(s.channel == channel and start <= s.start < end for s in self.segments),
            "interruptions": len(spans),
            "interruption_ms": sum(stop - begin for _, begin, stop in spans),
            "monologue_ms": self.monologue(channel, start, end),
        }

    def response(self):
        customer = [s for segment in self.segments if segment.channel == 1 for s in segment.stretches()]
        agent = [s for segment in self.segments if segment.channel == 0 for s in segment.stretches()]
        for start, end, _ in agent:
            if customer and start > customer[0][0] and end - start >= BREAK:
                asked = [s[1] for s in customer if s[0] <= start]
                return max(0, start - asked[-1])
        return None


def tenths(values):
    """The mean to one decimal, halves away from zero."""
    if not values:
        return None
    total, count = abs(sum(values)) * 10, len(values)
    rounded = (2 * total + count) // (2 * count)
    return (-1 if sum(values) < 0 else 1) * rounded / 10


def quarters(segments, channel):
    own = [segment for segment in segments if segment.channel == channel]
    last = max((segment.end for segment in own), default=0)
    said = [sentence for segment in own for sentence in segment.sentences()]
    edges = [last * i // 4 for i in range(5)]
    scores = [tenths([score for start, score in said
                      if edges[i] <= start and (i == 3 or start < edges[i + 1])]) for i in range(4)]
    return {
        "channel": channel,
        "role": ["agent", "customer"][channel],
        "overall": tenths([score for _, score in said]),
        "quarters": [{"start_ms": edges[i], "end_ms": edges[i + 1], "score": scores[i]}
                     for i in range(4)],
    }


def final_figures(painted, seconds):
    """What characteristics.updated says at the end."""
    window = painted.window(0, painted.end)
    talk = [channel["talk_ms"] for channel in window["channels"]]
    for i, channel in enumerate(window["channels"]):
        heard = [half for half in seconds[i] if half is not None]
        channel.update(
            channel=i, role=["agent", "customer"][i],
            talk_share=round(talk[i] / sum(talk), 3) if sum(talk) else 0,
            words_per_minute=(channel["words"] * 120000 + talk[i]) // (2 * talk[i]) if talk[i] else 0,
            loudness={"mean": sum(heard) / len(heard), "max": max(heard)} if heard else None)
    window.update(
        conversation_ms=max(segment.end for segment in painted.segments),
        known_ms=painted.end, hold_ms=0,
        talk_ratio=round(talk[0] / talk[1], 2) if talk[1] else None,
        response_ms=painted.response(),
        sentiment=[quarters(painted.segments, channel) for channel in (0, 1)])
    return window


def differences(path, expected, got):
    if isinstance(expected, dict):
        for key in expected:
            yield from differences(f"{path}.{key}", expected[key], got.get(key, "absent"))
    elif isinstance(expected, list):
        if len(expected) != len(got):
            yield f"{path}: {len(expected)} expected, {len(got)} found"
        for i, pair in enumerate(zip(expected, got, strict=False)):
            yield from differences(f"{path}[{i}]", *pair)
    elif isinstance(expected, float) and isinstance(got, (int, float)):
        limit = {"mean": 0.051, "talk_share": 0.00051, "talk_ratio": 0.0051}
        if abs(expected - got) > limit.get(path.rsplit(".", 1)[-1], 1e-9):
            yield f"{path}: {expected} expected, {got} found"
    elif expected != got:
        yield f"{path}: {expected} expected, {got} found"


def run(program, lexicon, lines):
    done = subprocess.run([program, lexicon], input="\n".join(lines) + "\n", text=True, check=True,
                          stdout=subprocess.PIPE)
    return [json.loads(line) for line in done.stdout.splitlines()]


def check_call(rng, program, lexicon, is_shuffled):
    segments = make_call(rng, rng.choice([20000, 120000, 600000]))
    end = max(segment.end for segment in segments) + rng.choice([0, 700, 30000])
    painted = Painted(segments, end)
    order = list(segments)
    if is_shuffled:  # as live: by the end of each, channels not in step
        order.sort(key=lambda segment: segment.end + rng.randint(0, 3000) * (segment.channel == 1))
    seconds = [[None if rng.random() < 0.3 else rng.randint(80, 180) / 2 for _ in range(end // 1000)]
               for _ in (0, 1)]
    lines = [segment.line() for segment in order]
    for channel in (0, 1):
        for at, half in enumerate(seconds[channel]):
            lines.append(f"audio\t{channel} {at} {0 if half is None else 500} {(half or 0) - 100}")
    lines.append(f"end\t{end}")
    windows = [sorted(rng.randint(0, end) for _ in range(2)) for _ in range(20)]
    lines += [f"window\t{start}\t{stop}" for start, stop in windows]
    said = run(program, lexicon, lines)
    final = [event for event in said if event.get("final")]
    wrong = list(differences("final", [final_figures(painted, seconds)],
                             [event["characteristics"] for event in final]))
    wrong += differences("non_talks", [{"start_ms": a, "end_ms": b} for a, b in painted.gaps[-200:]],
                         final[0]["non_talks"])
    spans = sorted((b, channel, e) for channel, b, e in painted.interruptions)
    wrong += differences("interruptions", [{"channel": c, "start_ms": b, "end_ms": e}
                                           for b, c, e in spans], final[0]["interruptions"])
    found = [event for event in said if event["type"] == "window"]
    for (start, stop), window in zip(windows, found, strict=True):
        wrong += differences(f"window {start} {stop}", painted.window(start, stop), window)
    return wrong, len(painted.interruptions), len(painted.gaps)


def check_long_call(rng, program, lexicon):
    """What was folded away still counts, exactly so in the totals."""
    segments = make_call(rng, 4 * 3600 * 1000)
    end = max(segment.end for segment in segments)
    painted = Painted(segments, end)
    order = sorted(segments, key=lambda segment: segment.end)
    lines = []
    for segment in order:
        lines += [segment.line(), f"tick\t{segment.end}"]
    lines += [f"end\t{end}", f"window\t0\t{end}"]
    said = run(program, lexicon, lines)
    expected = painted.window(0, end)
    got = [event for event in said if event["type"] == "window"][0]
    wrong = []
    for path in differences("long", expected, got):
        if ".words" not in path:
            wrong.append(path)
    for i in (0, 1):
        if abs(expected["channels"][i]["words"] - got["channels"][i]["words"]) > 250:
            wrong.append(f"long words {expected['channels'][i]['words']} {got['channels'][i]['words']}")
    return wrong


def main():
    program, lexicon = sys.argv[1:3]
    calls = int(sys.argv[3]) if len(sys.argv) > 3 else 40
    rng = random.Random(int(sys.argv[4]) if len(sys.argv) > 4 else 1)
    wrong, interruptions, gaps = [], 0, 0
    for call in range(calls):
        found, more_interruptions, more_gaps = check_call(rng, program, lexicon, call % 2 == 1)
        interruptions += more_interruptions
        gaps += more_gaps
        wrong += [f"call {call}: {text}" for text in found]
    wrong += check_long_call(rng, program, lexicon)
    for text in wrong[:20]:
        print(text)
    print(f"{calls} calls, {interruptions} interruptions, {gaps} silent stretches, {len(wrong)} differences")
    sys.exit(1 if wrong or interruptions < calls or gaps < calls else 0)


if __name__ == "__main__":
    main()
