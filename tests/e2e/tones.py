"""Speech for codecs that keep no constant value, and for what alters loudness: a sentence is a tone,
told by how often it passes zero. As speech.py and listener.py otherwise."""
import math

import listener

FIRST_HZ, APART_HZ = 300, 200
LOUD, QUIET = 9000, 1500


def samples(parts, rate_hz=8000):
    out = []
    for sentence, milliseconds in parts:
        turn = 2 * math.pi * (FIRST_HZ + APART_HZ * sentence) / rate_hz
        loud = LOUD if sentence else 0
        out += [int(loud * math.sin(turn * i)) for i in range(rate_hz * milliseconds // 1000)]
    return out


class Listener(listener.Listener):
    @staticmethod
    def sentence_in(values):
        if max(values) - min(values) < QUIET:
            return 0
        crossings = sum((a < 0) != (b < 0) for a, b in zip(values, values[1:]))
        hz = crossings * 1000 / listener.STEP_MS / 2
        return round((hz - FIRST_HZ) / APART_HZ)
