"""Recorded calls, played into a gateway by the pcm dialect as fast as a test wants."""
import json
import pathlib
import struct
import subprocess
import time

from senders import Pcm

RATE_HZ = 8000
SILENCE = b"\xff"  # mu-law


def read_wav(path):
    """(channels, mu-law samples, interleaved)."""
    data = pathlib.Path(path).read_bytes()
    assert data[:4] == b"RIFF" and data[8:12] == b"WAVE", path
    at, found = 12, {}
    while at + 8 <= len(data):
        name, size = data[at:at + 4], struct.unpack("<I", data[at + 4:at + 8])[0]
        found[name] = data[at + 8:at + 8 + size]
        at += 8 + size + size % 2
    kind, channels, rate_hz = struct.unpack("<HHI", found[b"fmt "][:8])
    assert (kind, rate_hz) == (7, RATE_HZ), f"{path} is not mu-law at 8 kHz"
    return channels, found[b"data"]


def interleave(agent, customer):
    length = max(len(agent), len(customer))
    both = bytearray(2 * length)
    both[::2] = agent.ljust(length, SILENCE)
    both[1::2] = customer.ljust(length, SILENCE)
    return bytes(both)


class SampleCall:
    def __init__(self, folder):
        folder = pathlib.Path(folder)
        channels, self.audio = read_wav(folder / "call.wav")
        assert channels == 2
        said = json.loads((folder / "call.json").read_text())
        self.roles, self.lines = said["channels"], said["lines"]

    def said_by(self, role):
        return " ".join(line["text"] for line in self.lines if line["role"] == role)

    def words_of(self, role):
        """(word, start in ms), where the voice tells."""
        return [(word["text"], word["start_ms"]) for line in self.lines if line["role"] == role
                for word in line.get("words", [])]

    def sections(self, count):
        """As many parts, each of whole lines, with when it begins (ms)."""
        per_part = -(-len(self.lines) // count)
        starts = [line["start_ms"] - 300 for line in self.lines[::per_part]]
        frames = [2 * RATE_HZ * ms // 1000 // 2 * 2 for ms in starts] + [len(self.audio)]
        return [self.audio[a:b] for a, b in zip(frames, frames[1:])]


def synthesize(root, folder):
    subprocess.run([root / "deploy" / "sample-call" / "synthesize", folder], check=True,
                   stderr=subprocess.DEVNULL)
    return SampleCall(folder)


def play(gateway, calls, speed, step_ms=100):
    """calls: {call id: interleaved mu-law}. Side by side, paced; stops each at its end. Returns
    when (monotonic) the first sample was said, as if messages were sent when they are full."""
    step = 2 * RATE_HZ * step_ms // 1000
    senders = {call_id: Pcm(gateway, call_id, encoding="pcmu", rate_hz=RATE_HZ)
               for call_id in calls}
    begin, steps = time.monotonic(), 0
    while senders:
        for call_id, sender in list(senders.items()):
            piece = calls[call_id][steps * step:(steps + 1) * step]
            if piece:
                sender.ws.send(piece)
            else:
                sender.stop()
                del senders[call_id]
        steps += 1
        ahead = begin + steps * step_ms / 1000 / speed - time.monotonic()
        if ahead > 0:
            time.sleep(ahead)
    return begin - step_ms / 1000 / speed


class Transcript:
    """What one call's subscriber was told."""

    def __init__(self, messages, call_id):
        self.messages = [m for m in messages if m.get("call_id") == call_id]
        self.finals = [m["segment"] for m in self.messages if m["type"] == "transcript.final"
                       and m["segment"]["text"]]
        self.partials = [m["segment"] for m in self.messages if m["type"] == "transcript.partial"]
        self.ended = next(m for m in self.messages if m["type"] == "call.ended")
        self.lags_ms = [m["lag_ms"] for m in self.messages if m["type"] == "call.updated"
                        and "lag_ms" in m]

    def texts(self):
        """Per channel, in order."""
        return [[s["text"] for s in self.finals if s["channel"] == channel] for channel in (0, 1)]

    def said_by(self, role):
        return " ".join(s["text"] for s in self.finals if s["role"] == role)


def recognise(gateway, subscribe, calls, speed, seconds=180):
    """Plays the calls and returns {call id: Transcript}."""
    subscriber = subscribe(gateway, calls=list(calls))
    subscriber.until("snapshot.end")
    reader = subscriber.read_in_background(len(calls), "call.ended")
    play(gateway, calls, speed)
    reader.join(seconds)
    assert not reader.is_alive(), f"no end within {seconds} s\n{gateway.log()[-4000:]}"
    return {call_id: Transcript(subscriber.messages, call_id) for call_id in calls}
