"""Speech that a machine can be certain of: a sentence is a stretch of constant sample value.

The value survives G.711 and resampling well enough to tell sentences apart, so a scripted
recogniser (listener.py) gives the same text for the same audio whatever happened on the way.
"""
import struct

STEP = 600  # sample value of sentence 1; sentence n has n times this

SENTENCES = {
    1: "thank you for calling how can i help",
    2: "i have a problem with my bill",
    3: "this is terrible i am very angry",
    4: "i want to speak to a manager right now",
    5: "i am sorry i can refund the charge today",
    6: "that is great thank you so much you have been wonderful",
    7: "goodbye",
    8: "i want to speak",
    9: "to a manager please",
    10: "cancel my account",
    41: "okay what is your account number",
    42: "it is one two three",
    43: "this damn thing is crap",
    44: "um i i want to to pay twenty five dollars",
    45: "this call is recorded for quality purposes",
    46: "may i have your name please",
    47: "is there anything else i can do for you",
    31: "i am calling because i was charged twice on my bill",
    32: "okay i have refunded the second charge to your card",
    33: "i will send you an email tomorrow",
}


def samples(parts, rate_hz=8000):
    """parts: (sentence or 0 for silence, milliseconds)… as a list of sample values."""
    out = []
    for sentence, milliseconds in parts:
        out += [sentence * STEP] * (rate_hz * milliseconds // 1000)
    return out


def babble(milliseconds, amplitude, rng, rate_hz=8000):
    """Noise in syllables, not in step with frames: what a level meter takes for speech."""
    out = [0] * (rate_hz // 100)
    wanted = rate_hz * milliseconds // 1000
    while len(out) < wanted:
        loud = amplitude * rng.uniform(0.2, 1)
        out += [int(loud * rng.uniform(-1, 1)) for _ in range(rate_hz * rng.randint(4, 15) // 50)]
        out += [0] * (rate_hz * rng.randint(1, 4) // 50)
    return out[:wanted]


def interleave(agent, customer):
    length = max(len(agent), len(customer))
    agent = agent + [0] * (length - len(agent))
    customer = customer + [0] * (length - len(customer))
    return [value for pair in zip(agent, customer) for value in pair]


def l16(values):
    return struct.pack(f"<{len(values)}h", *values)


_MULAW = None


def _mulaw_byte(value):
    """ITU-T G.711 mu-law, by its definition."""
    sign = 0x80 if value < 0 else 0
    magnitude = min(abs(value), 32635) + 132
    exponent = magnitude.bit_length() - 8
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    return ~(sign | exponent << 4 | mantissa) & 0xFF


def mulaw(values):
    global _MULAW
    if _MULAW is None:
        _MULAW = {}
    return bytes(_MULAW.setdefault(value, _mulaw_byte(value)) for value in values)


def _alaw_byte(value):
    """The same for A-law."""
    magnitude = value if value >= 0 else -value - 1
    exponent = (magnitude >> 8).bit_length()
    mantissa = (magnitude >> max(exponent + 3, 4)) & 0x0F
    return ((0x80 if value >= 0 else 0) | exponent << 4 | mantissa) ^ 0x55


def alaw(values):
    known = {value: _alaw_byte(value) for value in set(values)}
    return bytes(known[value] for value in values)


def _mulaw_value(byte):
    byte = ~byte & 0xFF
    magnitude = ((byte & 0x0F) << 3 | 0x84) << (byte >> 4 & 7)
    return 0x84 - magnitude if byte & 0x80 else magnitude - 0x84


_LINEAR = [_mulaw_value(byte) for byte in range(256)]


def unmulaw(data):
    return [_LINEAR[byte] for byte in data]
