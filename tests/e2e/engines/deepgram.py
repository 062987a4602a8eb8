"""Deepgram's live API v1, as far as a client can see it: /v1/listen, multichannel, interim results."""
import json
import struct
import urllib.parse
import uuid

from listener import WORD_MS, Listener

from simulator import Simulator, response, retry_after

KEY = "a-deepgram-key"
IDLE_S = 10
CHUNK_MS = (20, 250)
RATE_FACTOR, RATE_ALLOWANCE_S = 1.25, 60
INTERIM_MS, EMPTY_FINAL_MS = 1000, 3000
LONG_MS = 4000  # speech without a pause is settled in pieces of this length
NUMBER = ["one", "two", "three"]
PARAMETERS = {
    "callback", "callback_method", "channels", "detect_entities", "diarize", "dictation", "encoding",
    "endpointing", "extra", "filler_words", "interim_results", "keyterm", "keywords", "language",
    "measurements", "mip_opt_out", "model", "multichannel", "numerals", "profanity_filter", "punctuate",
    "redact", "replace", "sample_rate", "search", "smart_format", "tag", "utterance_end_ms",
    "vad_events", "version",
}


class Channel:
    """What has been said on one of a stream's channels, and how far results have come."""

    def __init__(self, index, rate_hz):
        self.index = index
        self.listener = Listener(rate_hz)
        self.done_ms = 0      # where the last final span ended
        self.told_ms = 0      # where the last result ended
        self.given = 0        # words of the current utterance in finals already
        self.given_ms = 0     # when the last of them ended
        self.piece_ms = LONG_MS

    def rest(self, utterance, is_over):
        """The current utterance's words that no final has yet, timed."""
        start = self.given_ms if self.given else utterance.start_ms
        words = (utterance.words if is_over else utterance.said(self.listener.at_ms))[self.given:]
        share = (utterance.end_ms - start) / len(words) if is_over and words else WORD_MS
        return [(word, start + i * share, start + (i + 1) * share) for i, word in enumerate(words)]


class Deepgram(Simulator):
    def __init__(self, tls=None):
        super().__init__(tls)
        self.idle_s = IDLE_S
        self.piece_ms = LONG_MS
        self.languages = None   # sentence's language by its first word, for language=multi
        self.queries = []       # of each connection, a dict of lists
        self.keep_alives = 0

    # ---- the handshake ----

    def turn_away(self, fault, status):
        text = {"unauthorized": "INVALID_AUTH", "forbidden": "INSUFFICIENT_PERMISSIONS",
                "throttled": "TOO_MANY_REQUESTS", "server_error": "INTERNAL_SERVER_ERROR"}[fault]
        return self.refusal(status, text, headers=retry_after(fault))

    def refusal(self, status, code, message="refused", headers=()):
        body = json.dumps({"err_code": code, "err_msg": message, "request_id": str(uuid.uuid4())})
        return response(status, body, [("Content-Type", "application/json"), ("dg-error", message),
                                       ("dg-request-id", str(uuid.uuid4())), *headers])

    def admit(self, request):
        url = urllib.parse.urlsplit(request.path)
        query = urllib.parse.parse_qs(url.query, keep_blank_values=True)
        self.queries.append(query)
        if url.path != "/v1/listen":
            self.complaints.append(f"path {url.path}")
            return self.refusal(404, "NOT_FOUND")
        if request.headers.get("Authorization") != f"Token {KEY}":
            return self.refusal(401, "INVALID_AUTH", "Invalid credentials.")
        wrong = self.wrong_query(query)
        if wrong:
            self.complaints.append(wrong)
            return self.refusal(400, "Bad Request", wrong)
        return None

    @staticmethod
    def wrong_query(query):
        unknown = set(query) - PARAMETERS
        if unknown:
            return f"unknown parameters {sorted(unknown)}"
        model = query.get("model", ["base"])[0]
        if "keyterm" in query and not model.startswith("nova-3"):
            return "keyterm needs nova-3"
        if "keywords" in query and model.startswith("nova-3"):
            return "nova-3 has keyterm, not keywords"
        if query.get("encoding") != ["linear16"] or query.get("sample_rate") not in (["8000"], ["16000"]):
            return "encoding and sample_rate go together"
        channels = int(query.get("channels", ["1"])[0])
        if not 1 <= channels <= 20 or (channels > 1 and query.get("multichannel") != ["true"]):
            return "channels without multichannel are mixed into one"
        if "utterance_end_ms" in query and (query.get("interim_results") != ["true"]
                                            or int(query["utterance_end_ms"][0]) < 1000):
            return "utterance_end_ms is 1000 or more, and needs interim_results"
        return None

    # ---- the stream ----

    def talk(self, connection):
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(connection.request.path).query)
        connection.query = query
        connection.rate_hz = int(query["sample_rate"][0])
        count = int(query.get("channels", ["1"])[0])
        connection.channels = [Channel(i, connection.rate_hz) for i in range(count)]
        for channel in connection.channels:
            channel.piece_ms = self.piece_ms
        connection.has_short_chunk = False
        while True:
            try:
                message = connection.ws.recv(timeout=self.idle_s)
            except TimeoutError:
                connection.complain("ten seconds without audio or KeepAlive")
                connection.close(1011, "NET-0001")
            if isinstance(message, bytes):
                self.take_audio(connection, message)
            else:
                self.take_text(connection, json.loads(message))

    def take_text(self, connection, message):
        connection.received.append(message)
        if message["type"] == "KeepAlive":
            self.keep_alives += 1
        elif message["type"] == "Finalize":
            self.flush(connection, from_finalize=True)
        elif message["type"] == "CloseStream":
            self.flush(connection)
            if connection.fault != "silent":
                connection.send({"type": "Metadata", "transaction_key": "deprecated",
                                 "request_id": str(uuid.uuid4()), "sha256": "0" * 64,
                                 "created": "2026-01-01T00:00:00.000Z",
                                 "duration": connection.audio_ms / 1000,
                                 "channels": len(connection.channels)})
            connection.close(1000)
        else:
            connection.complain(f"message {message}")
            connection.close(1008, "DATA-0000")

    def take_audio(self, connection, data):
        count = len(connection.channels)
        milliseconds = len(data) * 1000 / (2 * count * connection.rate_hz)
        if not data or len(data) % (2 * count):
            connection.complain(f"a binary message of {len(data)} bytes")
            connection.close(1008, "DATA-0000")
        if connection.has_short_chunk or milliseconds > CHUNK_MS[1]:
            connection.complain("chunks are of 20 to 250 ms, only the last is shorter")
        connection.has_short_chunk = milliseconds < CHUNK_MS[0]
        if connection.is_too_fast(RATE_ALLOWANCE_S, RATE_FACTOR):
            connection.complain("audio comes too fast")
        if not connection.hear(milliseconds):
            return
        connection.expire_credentials(1011, "NET-0000")
        if connection.is_expire_due():
            connection.close(1011, "NET-0000")
        values = struct.unpack(f"<{len(data) // 2}h", data)
        for channel in connection.channels:
            self.hear(connection, channel, values[channel.index::count])

    def hear(self, connection, channel, values):
        ended = channel.listener.put_values(values)
        if connection.is_cut_due(channel.listener):
            connection.cut()
        for utterance in ended:
            self.send_final(connection, channel, channel.rest(utterance, True), utterance.words,
                            max(utterance.end_ms, channel.done_ms), speech_final=True)
            channel.given = 0
            if connection.query.get("utterance_end_ms"):
                connection.send({"type": "UtteranceEnd", "channel": self.index_of(connection, channel),
                                 "last_word_end": utterance.end_ms / 1000})
        if not ended:
            self.send_progress(connection, channel)

    def send_progress(self, connection, channel):
        current, at_ms = channel.listener.current(), channel.listener.at_ms
        if current:
            words = channel.rest(current, False)
            if words and at_ms - max(channel.done_ms, current.start_ms) >= channel.piece_ms:
                self.send_final(connection, channel, words, current.words, words[-1][2])
                channel.given += len(words)
                channel.given_ms = words[-1][2]
            elif words:
                self.send_interim(connection, channel, words, current.words)
        elif at_ms - channel.done_ms >= EMPTY_FINAL_MS:
            self.send_final(connection, channel, [], [], at_ms)
        elif at_ms - channel.told_ms >= INTERIM_MS:
            self.send_interim(connection, channel, [], [])

    def flush(self, connection, **members):
        if connection.fault == "silent":
            return
        for channel in connection.channels:
            utterance = channel.listener.finish()
            if utterance:
                self.send_final(connection, channel, channel.rest(utterance, True), utterance.words,
                                max(channel.listener.at_ms, channel.done_ms), speech_final=True, **members)
            elif channel.listener.at_ms > channel.done_ms:
                self.send_final(connection, channel, [], [], channel.listener.at_ms, **members)
            channel.given = 0
        connection.release()

    # ---- results ----

    @staticmethod
    def index_of(connection, channel):
        return [channel.index, len(connection.channels)]

    def results(self, connection, channel, words, sentence, until_ms, shift_ms=0, **members):
        is_multi = connection.query.get("language") == ["multi"]
        language = (self.languages or {}).get(sentence[0] if sentence else "", "en")
        is_first, is_last = channel.given == 0, members.get("speech_final")
        timed = []
        for i, (word, start, end) in enumerate(words):
            punctuated = word.capitalize() if is_first and i == 0 else word
            if is_last and i == len(words) - 1:
                punctuated += "."
            timed.append({"word": word, "start": max(0, start + shift_ms) / 1000,
                          "end": max(0, end + shift_ms) / 1000, "confidence": 0.9,
                          **({"punctuated_word": punctuated} if "punctuate" in connection.query else {}),
                          **({"language": language} if is_multi else {})})
        transcript = " ".join(word.get("punctuated_word", word["word"]) for word in timed)
        alternative = {"transcript": transcript, "confidence": 0.9 if timed else 0.0, "words": timed}
        if members.get("is_final") and connection.query.get("detect_entities") == ["true"]:
            members["entities"] = self.entities([word for word, _, _ in words])
        if is_multi:
            alternative["languages"] = [language] if timed else []
        return {"type": "Results", "channel_index": self.index_of(connection, channel),
                "duration": round((until_ms - channel.done_ms) / 1000, 6),
                "start": round(max(0, channel.done_ms + shift_ms) / 1000, 6),
                "is_final": False, "speech_final": False,
                "channel": {"alternatives": [alternative]},
                "metadata": {"request_id": "r", "model_uuid": "m",
                             "model_info": {"name": "simulated", "version": "1", "arch": "none"}},
                "from_finalize": False, **members}

    @staticmethod
    def entities(words):
        """Numbers are what it finds."""
        at = next((i for i in range(len(words) - 2) if words[i:i + 3] == NUMBER), None)
        return [] if at is None else [
            {"label": "NUMERICAL_PII", "value": "123", "raw_value": " ".join(NUMBER), "confidence": 0.8,
             "start_word": at, "end_word": at + 3}]

    def send_final(self, connection, channel, words, sentence, until_ms, **members):
        message = self.results(connection, channel, words, sentence, until_ms, connection.shift_ms(channel.index),
                               is_final=True, **members)
        channel.done_ms = channel.told_ms = until_ms
        if words or connection.fault == "out_of_order":
            connection.final(message, channel.index)
        else:
            connection.send(message)

    def send_interim(self, connection, channel, words, sentence):
        shown = connection.partial_words([word for word, _, _ in words])
        words = [(word, start, end) for word, (_, start, end) in zip(shown, words)]
        channel.told_ms = channel.listener.at_ms
        connection.send(self.results(connection, channel, words, sentence, channel.listener.at_ms))
