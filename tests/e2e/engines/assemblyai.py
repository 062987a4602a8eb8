"""AssemblyAI's streaming API v3, as far as a client can see it: /v3/ws, turns, formatted turns."""
import json
import time
import urllib.parse
import uuid

from listener import WORD_MS, Listener

from simulator import Simulator, response

KEY = "an-assemblyai-key"
SESSION_S = 3 * 60 * 60
CHUNK_MS = (50, 1000)
RATE_ALLOWANCE_S = 60  # the service itself looks 310 s ahead
PARAMETERS = {
    "agent_context", "continuous_partials", "domain", "encoding", "end_of_turn_confidence_threshold",
    "filter_profanity", "format_turns", "inactivity_timeout", "include_partial_turns",
    "interruption_delay", "keyterms_prompt", "language", "language_codes", "language_detection",
    "max_speakers", "max_turn_silence", "min_end_of_turn_silence_when_confident", "min_turn_silence",
    "mode", "prompt", "redact_pii", "redact_pii_policies", "redact_pii_sub", "sample_rate",
    "session_heartbeat", "speaker_labels", "speech_model", "token", "turn_left_pad_ms",
    "vad_threshold", "voice_focus", "voice_focus_threshold", "acknowledge_silence",
}
MESSAGES = ("ForceEndpoint", "KeepAlive", "Terminate", "UpdateConfiguration")
CLOSINGS = {
    "unauthorized": (1008, "Unauthorized Connection: Missing Authorization header"),
    "forbidden": (1008, "Unauthorized Connection: Insufficient permissions"),
    "throttled": (1008, "Unauthorized Connection: Too many concurrent sessions"),
    "server_error": (3005, "Session Cancelled: An error occurred"),
    "expire": (3008, "Session Expired: Maximum session duration exceeded"),
}


class AssemblyAI(Simulator):
    def __init__(self, tls=None):
        super().__init__(tls)
        self.tokens = set()     # each good for one session
        self.session_s = SESSION_S
        self.language = "en"    # told with each turn to who asks
        self.formats_late = False  # the formatted turn comes after the next has begun
        self.queries = []

    def turn_away(self, fault, status):
        return None

    def admit(self, request):
        url = urllib.parse.urlsplit(request.path)
        if url.path == "/v3/ws":
            return None
        self.complaints.append(f"path {url.path}")
        return response(404)

    def talk(self, connection):
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(connection.request.path).query,
                                      keep_blank_values=True)
        self.queries.append(query)
        connection.query = query
        if connection.fault in ("unauthorized", "forbidden", "throttled", "server_error"):
            connection.close(*CLOSINGS[connection.fault])
        if not self.is_authorised(connection, query):
            connection.close(*CLOSINGS["unauthorized"])
        wrong = self.wrong_query(query)
        if wrong:
            connection.complain(wrong)
            self.refuse(connection, 3006, wrong)
        connection.rate_hz = int(query.get("sample_rate", ["16000"])[0])
        connection.listener = Listener(connection.rate_hz)
        connection.turn, connection.late = 0, None
        connection.send({"type": "Begin", "id": str(uuid.uuid4()),
                         "expires_at": int(time.time()) + self.session_s})
        for message in connection.ws:
            if isinstance(message, bytes):
                self.take_audio(connection, message)
            else:
                self.take_text(connection, json.loads(message))

    def is_authorised(self, connection, query):
        token = query.get("token", [""])[0]
        if token in self.tokens:
            self.tokens.remove(token)
            return True
        return connection.request.headers.get("Authorization") == KEY

    @staticmethod
    def wrong_query(query):
        unknown = set(query) - PARAMETERS
        if unknown:
            return f"unknown parameters {sorted(unknown)}"
        if query.get("encoding", ["pcm_s16le"])[0] not in ("pcm_s16le", "pcm_mulaw"):
            return "an encoding that is none"
        for name in ("keyterms_prompt", "language_codes"):
            if name in query and not isinstance(json.loads(query[name][0]), list):
                return f"{name} is a list in JSON"
        return None

    def refuse(self, connection, code, reason):
        connection.send({"type": "Error", "error_code": code, "error": reason})
        connection.close(code, reason[:120])

    # ---- what the client says ----

    def take_text(self, connection, message):
        connection.received.append(message)
        if message.get("type") not in MESSAGES:
            connection.complain(f"message {message}")
            self.refuse(connection, 3006, "Invalid Message Type")
        if message["type"] in ("ForceEndpoint", "Terminate"):
            utterance = connection.listener.finish()
            if utterance and connection.fault != "silent":
                self.end_turn(connection, utterance)
            self.send_late(connection)
        if message["type"] == "Terminate":
            connection.release()
            if connection.fault == "silent":
                return
            connection.send({"type": "Termination",
                             "audio_duration_seconds": connection.audio_ms / 1000,
                             "session_duration_seconds": time.monotonic() - connection.start})
            connection.close(1000)

    def take_audio(self, connection, data):
        is_mulaw = connection.query.get("encoding") == ["pcm_mulaw"]
        milliseconds = len(data) * 1000 / ((1 if is_mulaw else 2) * connection.rate_hz)
        if not CHUNK_MS[0] <= milliseconds <= CHUNK_MS[1]:
            connection.complain(f"a chunk of {milliseconds} ms")
            self.refuse(connection, 3007, f"Input Duration Error: {milliseconds} ms. Expected between "
                                          "50.0 and 1000.0 ms")
        if connection.is_too_fast(RATE_ALLOWANCE_S):
            connection.complain("audio comes too fast")
            self.refuse(connection, 3007, "Input Duration Error: Audio Transmission Rate Exceeded")
        if not connection.hear(milliseconds):
            return
        connection.expire_credentials(*CLOSINGS["unauthorized"])
        if connection.is_expire_due():
            self.refuse(connection, *CLOSINGS["expire"])
        listener = connection.listener
        ended = listener.put_mulaw(data) if is_mulaw else listener.put(data)
        if connection.is_cut_due(listener):
            connection.cut()
        for utterance in ended:
            self.end_turn(connection, utterance)
        if not ended and listener.current():
            self.send_partial(connection, listener.current())

    # ---- turns ----

    def turn(self, connection, words, is_end=False, is_formatted=False):
        """words: (text, start ms, end ms, is final)…"""
        is_asked = connection.query.get("language_detection") == ["true"]
        return {"turn_order": connection.turn, "turn_is_formatted": is_formatted, "end_of_turn": is_end,
                "transcript": " ".join(text for text, _, _, is_final in words if is_final),
                "end_of_turn_confidence": 0.9 if is_end else 0.1,
                "words": [{"text": text, "start": max(0, round(start)), "end": max(0, round(end)),
                           "confidence": 0.9, "word_is_final": is_final}
                          for text, start, end, is_final in words],
                "utterance": "", "type": "Turn",
                **({"language_code": self.language, "language_confidence": 0.9} if is_asked else {})}

    def send_partial(self, connection, utterance):
        said = connection.partial_words(connection.listener.said())
        start = utterance.start_ms
        if said:
            connection.send(self.turn(connection, [
                (word, start + i * WORD_MS, start + (i + 1) * WORD_MS, i < len(said) - 1)
                for i, word in enumerate(said)]))
            self.send_late(connection)

    def end_turn(self, connection, utterance):
        self.send_late(connection)
        shift = connection.shift_ms()
        words = [(word, start + shift, end + shift, True) for word, start, end in utterance.timed_words()]
        plain = self.turn(connection, words, is_end=True)
        formatted = [(word.capitalize() if i == 0 else word, *rest) for i, (word, *rest) in enumerate(words)]
        formatted[-1] = (formatted[-1][0] + ".", *formatted[-1][1:])
        if connection.query.get("format_turns") != ["true"]:
            connection.final(plain)
        else:
            if connection.fault != "out_of_order":
                connection.send(plain)
            message = self.turn(connection, formatted, is_end=True, is_formatted=True)
            if self.formats_late:
                connection.late = message
            else:
                connection.final(message)
        connection.turn += 1

    @staticmethod
    def send_late(connection):
        if connection.late:
            connection.final(connection.late)
            connection.late = None
