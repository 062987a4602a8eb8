"""A call whose sides cannot be mistaken for each other, and how alike two sounds are."""
import array
import functools
import math
import wave

LEAD_MS = 600  # of silence, while a receiver gets ready
SOUND_MS = 2400
# A sweep for each side, rising and falling, in Hz.
SWEEPS = {"agent": (300, 900), "customer": (1600, 1100)}


@functools.cache
def sweep(role, rate_hz=8000):
    low, high = SWEEPS[role]
    count = rate_hz * SOUND_MS // 1000
    phase, samples = 0.0, array.array("h")
    for i in range(count):
        phase += 2 * math.pi * (low + (high - low) * i / count) / rate_hz
        samples.append(int(9000 * math.sin(phase)))
    return samples


def write_call(path, rate_hz=8000):
    silence = [0] * (rate_hz * LEAD_MS // 1000)
    sides = [array.array("h", silence) + sweep(role, rate_hz) for role in ("agent", "customer")]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(array.array("h", (v for pair in zip(*sides) for v in pair)).tobytes())
    return path


def read(path, rate_hz):
    """The samples of a file; of stereo, the first channel."""
    with wave.open(str(path), "rb") as file:
        assert (file.getframerate(), file.getsampwidth()) == (rate_hz, 2)
        samples = array.array("h", file.readframes(file.getnframes()))
        return samples[::file.getnchannels()]


def onset(samples, rate_hz):
    """Where it becomes loud, roughly."""
    step = rate_hz // 200
    for at in range(0, len(samples) - step, step):
        if max(abs(v) for v in samples[at:at + step]) > 3000:
            return at
    return None


def _dot(a, b):
    return sum(x * y for x, y in zip(a, b))


def likeness(heard, role, rate_hz, skip_ms=300):
    """How much of the side's sweep is in it, 0 to 1: correlation at the lag that suits best, without
    its first part, in which a codec may still be settling."""
    wanted = sweep(role, rate_hz)
    begin = onset(heard, rate_hz)
    if begin is None:
        return 0.0
    reach, skip = rate_hz // 50, rate_hz * skip_ms // 1000
    probe = wanted[skip:-reach:7]
    best = max(range(-reach, reach),
               key=lambda lag: _dot(probe, heard[max(0, begin + skip + lag)::7]))
    part = heard[max(0, begin + skip + best):]
    count = min(len(part), len(wanted) - skip - reach)
    a, b = wanted[skip:skip + count], part[:count]
    # What ended early is not alike.
    share = count / (len(wanted) - skip - reach)
    return share * _dot(a, b) / math.sqrt(_dot(a, a) * _dot(b, b) + 1)
