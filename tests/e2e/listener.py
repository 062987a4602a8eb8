"""The recognising half of every scripted recogniser: hears speech.py's sentences in samples."""
import struct

import speech

STEP_MS = 20
STEADY_STEPS = 3  # a value must hold this long to count: filters ring at the edges
WORD_MS = 200     # so quickly words come out while they are being said


class Utterance:
    """One sentence heard, or being heard."""

    def __init__(self, sentence, start_ms, end_ms):
        self.words = speech.SENTENCES[sentence].split()
        self.start_ms, self.end_ms = start_ms, end_ms

    @property
    def text(self):
        return " ".join(self.words)

    def timed_words(self):
        """(word, start ms, end ms)…, spread evenly."""
        share = (self.end_ms - self.start_ms) / len(self.words)
        return [(word, self.start_ms + i * share, self.start_ms + (i + 1) * share)
                for i, word in enumerate(self.words)]

    def said(self, at_ms):
        """The words that are out by then."""
        return self.words[:max(0, int(at_ms - self.start_ms)) // WORD_MS]


class Listener:
    """One channel's audio so far, and what is being said in it."""

    def __init__(self, rate_hz):
        self.step_samples = rate_hz * STEP_MS // 1000
        self.rest = ()
        self.at_ms = 0
        self.value, self.steady = 0, 0
        self.sentence, self.start_ms, self.end_ms = 0, 0, 0

    def put(self, data):
        """16-bit samples, little-endian; returns the utterances that ended within them."""
        return self.put_values(struct.unpack(f"<{len(data) // 2}h", data))

    def put_mulaw(self, data):
        return self.put_values(speech.unmulaw(data))

    def put_values(self, values):
        ended = []
        values = (*self.rest, *values)
        whole = len(values) - len(values) % self.step_samples
        self.rest = values[whole:]
        for at in range(0, whole, self.step_samples):
            self.at_ms += STEP_MS
            utterance = self.step(self.sentence_in(values[at:at + self.step_samples]))
            if utterance:
                ended.append(utterance)
        return ended

    @staticmethod
    def sentence_in(values):
        """Which one these samples are of, if they are of any."""
        return round(sum(values) / len(values) / speech.STEP)

    def step(self, value):
        self.steady = self.steady + 1 if value == self.value else 1
        self.value = value
        if self.steady < STEADY_STEPS or value == self.sentence:
            if value == self.sentence:
                self.end_ms = self.at_ms
            return None
        utterance = self.current()
        self.sentence = value if value in speech.SENTENCES else 0
        self.start_ms = self.end_ms = self.at_ms - STEADY_STEPS * STEP_MS
        return utterance

    def current(self):
        """What is being said, or None."""
        return Utterance(self.sentence, self.start_ms, self.end_ms) if self.sentence else None

    def said(self):
        """Its words that are out."""
        return self.current().said(self.at_ms) if self.sentence else []

    def finish(self):
        """What was being said when the audio ended, or None; it is over now."""
        utterance, self.sentence = self.current(), 0
        return utterance
