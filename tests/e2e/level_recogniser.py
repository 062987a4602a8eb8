"""A recogniser for speech.py's audio that speaks the vosk-server WebSocket protocol.

Faults are attributes a test may set at any time; each applies to connections and messages from then on.
"""
import json
import struct
import threading
import time

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import serve

import speech

STEP_MS = 20
STEADY_STEPS = 3  # a value must hold this long to count: filters ring at the edges


class Channel:
    """One connection's audio so far, and what has been said in it."""

    def __init__(self, rate_hz):
        self.step_samples = rate_hz * STEP_MS // 1000
        self.rest = b""
        self.at_ms = 0
        self.value, self.steady = 0, 0
        self.sentence, self.start_ms, self.end_ms = 0, 0, 0

    def put(self, data):
        """Results that became final within this audio."""
        finals = []
        self.rest += data
        size = 2 * self.step_samples
        while len(self.rest) >= size:
            values = struct.unpack(f"<{self.step_samples}h", self.rest[:size])
            self.rest = self.rest[size:]
            self.at_ms += STEP_MS
            final = self.step(round(sum(values) / len(values) / speech.STEP))
            if final:
                finals.append(final)
        return finals

    def step(self, value):
        self.steady = self.steady + 1 if value == self.value else 1
        self.value = value
        if self.steady < STEADY_STEPS or value == self.sentence:
            if value == self.sentence:
                self.end_ms = self.at_ms
            return None
        final = self.result()
        self.sentence = value if value in speech.SENTENCES else 0
        self.start_ms = self.end_ms = self.at_ms - STEADY_STEPS * STEP_MS
        return final

    def words(self):
        return speech.SENTENCES[self.sentence].split() if self.sentence else []

    def result(self):
        words = self.words()
        if not words:
            return None
        share = (self.end_ms - self.start_ms) / len(words) / 1000
        start = self.start_ms / 1000
        return {"text": " ".join(words),
                "result": [{"word": word, "conf": 0.9, "start": round(start + i * share, 3),
                            "end": round(start + (i + 1) * share, 3)}
                           for i, word in enumerate(words)]}

    def partial(self):
        words = self.words()
        said = (self.at_ms - self.start_ms) // 200
        return {"partial": " ".join(words[:said])}


class LevelRecogniser:
    def __init__(self):
        self.connections = 0
        self.configs = []
        self.refuses = False        # closes every new connection at once
        self.cuts_after = None      # messages until the connection is cut, once
        self.answers = None         # function(message) → text to answer with, instead
        self.is_silent = False      # reads and never answers
        self.delay_s = 0.0          # before each answer
        self.status = None          # refuses the upgrade with this HTTP status
        self.hangs = False          # takes the connection and never answers the upgrade
        self.streams = self.streams_most = 0  # at once
        self.released = threading.Event()
        self.server = serve(self.handle, "127.0.0.1", 0, max_size=None,
                            process_request=self.process_request)
        self.port = self.server.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def url(self):
        return f"ws://127.0.0.1:{self.port}/"

    def close(self):
        self.released.set()
        self.server.shutdown()
        self.thread.join()

    def process_request(self, ws, request):
        if self.hangs:
            self.released.wait()
        return ws.respond(self.status, "refused\n") if self.status else None

    def handle(self, ws):
        self.connections += 1
        if self.refuses:
            return
        self.streams += 1
        self.streams_most = max(self.streams, self.streams_most)
        try:
            self.talk(ws)
        except ConnectionClosed:
            pass
        finally:
            self.streams -= 1

    def talk(self, ws):
        channel = Channel(16000)
        for message in ws:
            if isinstance(message, str) and "config" in message:
                self.configs.append(json.loads(message))
                channel = Channel(self.configs[-1]["config"]["sample_rate"])
                continue
            if isinstance(message, str):
                if message == '{"eof" : 1}' and not self.is_silent:
                    ws.send(json.dumps(channel.result() or {"text": ""}))
                    return
                continue
            finals = channel.put(message)
            if self.cuts_after is not None:
                self.cuts_after -= 1
                if self.cuts_after <= 0:
                    self.cuts_after = None
                    ws.socket.close()
                    return
            if self.is_silent:
                continue
            if self.delay_s:
                time.sleep(self.delay_s)
            if self.answers:
                ws.send(self.answers(message))
            elif finals:
                for final in finals:
                    ws.send(json.dumps(final))
            else:
                ws.send(json.dumps(channel.partial()))
