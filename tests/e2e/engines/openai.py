"""OpenAI's realtime transcription, as far as a client can see it: server_vad, deltas, items.

The names of the general API, and with `OpenAI-Beta: realtime=v1` the older ones.
"""
import base64
import json
import urllib.parse
import uuid

from listener import Listener

from simulator import Simulator, response, retry_after

KEY = "sk-an-openai-key"
APPEND_MAX_BYTES = 15 * 1024 * 1024
TRANSCRIPTION = {"model", "language", "prompt", "keywords", "delay"}
DETECTION = {"type", "threshold", "prefix_padding_ms", "silence_duration_ms"}
ERRORS = {
    "unauthorized": {"type": "invalid_request_error", "code": "invalid_api_key"},
    "forbidden": {"type": "invalid_request_error", "code": "insufficient_permissions"},
    "throttled": {"type": "requests", "code": "rate_limit_exceeded"},
    "server_error": {"type": "server_error", "code": None},
    "expire": {"type": "invalid_request_error", "code": "session_expired"},
}


class OpenAI(Simulator):
    def __init__(self, tls=None):
        super().__init__(tls)
        self.sessions = []      # as clients set them up
        self.languages = None   # told with each transcript
        self.fails = False      # the next utterance is not transcribed

    def turn_away(self, fault, status):
        return response(status, json.dumps({"error": {**ERRORS[fault], "message": "no", "param": None}}),
                        [("Content-Type", "application/json"), *retry_after(fault)])

    def admit(self, request):
        url = urllib.parse.urlsplit(request.path)
        query = urllib.parse.parse_qs(url.query)
        if url.path != "/v1/realtime" or not ({"intent", "model"} & set(query)):
            self.complaints.append(f"path {request.path}")
            return response(404)
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return self.turn_away("unauthorized", 401)
        return None

    # ---- the session ----

    def talk(self, connection):
        connection.is_beta = connection.request.headers.get("OpenAI-Beta") == "realtime=v1"
        connection.listener = None
        connection.item, connection.previous = None, None
        connection.pending = None   # an utterance that is over, in the silence behind it
        connection.has_audio = False
        prefix = "transcription_session" if connection.is_beta else "session"
        self.tell(connection, f"{prefix}.created", session={"type": "transcription"})
        handlers = {
            f"{prefix}.update": self.handle_update,
            "input_audio_buffer.append": self.handle_append,
            "input_audio_buffer.commit": self.handle_commit,
            "input_audio_buffer.clear": self.handle_clear,
        }
        for text in connection.ws:
            if isinstance(text, bytes):
                connection.complain("a binary message")
                connection.close(1003)
            message = json.loads(text)
            if not message["type"].endswith("append"):
                connection.received.append(message)
            handler = handlers.get(message["type"])
            if handler:
                handler(connection, message)
            else:
                self.refuse(connection, f"message {message['type']}")

    @staticmethod
    def tell(connection, kind, is_result=False, **members):
        connection.send({"type": kind, "event_id": f"event_{uuid.uuid4().hex[:20]}", **members}, is_result)

    def refuse(self, connection, what, **error):
        connection.complain(what)
        self.tell(connection, "error", error={"type": "invalid_request_error", "code": "invalid_value",
                                              "message": what, "param": None, "event_id": None, **error})

    def handle_update(self, connection, message):
        session = message["session"]
        wrong = self.wrong_beta(session) if connection.is_beta else self.wrong_session(session)
        if wrong:
            self.refuse(connection, wrong)
            return
        audio = session if connection.is_beta else session["audio"]["input"]
        transcription = audio["input_audio_transcription" if connection.is_beta else "transcription"]
        form = audio["input_audio_format"] if connection.is_beta else audio["format"]["type"]
        connection.is_mulaw = form in ("g711_ulaw", "audio/pcmu")
        connection.detection = audio["turn_detection"]
        if set(transcription) - TRANSCRIPTION or set(connection.detection) - DETECTION:
            self.refuse(connection, "unknown members")
            return
        if not connection.listener:
            connection.listener = Listener(8000 if connection.is_mulaw else 24000)
        self.sessions.append(session)
        prefix = "transcription_session" if connection.is_beta else "session"
        if connection.fault != "silent":
            self.tell(connection, f"{prefix}.updated", session=session)

    @staticmethod
    def wrong_session(session):
        if session.get("type") != "transcription" or set(session) - {"type", "audio", "include"}:
            return "a session of type transcription has audio and include"
        audio = session["audio"]["input"]
        if set(audio) - {"format", "transcription", "turn_detection", "noise_reduction"}:
            return "unknown members of audio.input"
        if audio["format"] not in ({"type": "audio/pcmu"}, {"type": "audio/pcma"},
                                   {"type": "audio/pcm", "rate": 24000}):
            return f"format {audio['format']}"
        return None

    @staticmethod
    def wrong_beta(session):
        if set(session) - {"input_audio_format", "input_audio_transcription", "turn_detection",
                           "input_audio_noise_reduction", "include"}:
            return "unknown members"
        if session["input_audio_format"] not in ("pcm16", "g711_ulaw", "g711_alaw"):
            return f"format {session['input_audio_format']}"
        return None

    # ---- audio ----

    def handle_append(self, connection, message):
        audio = base64.b64decode(message["audio"], validate=True)
        if not connection.listener:
            self.refuse(connection, "audio before the session is set up")
            return
        if len(message["audio"]) > APPEND_MAX_BYTES or (len(audio) % 2 and not connection.is_mulaw):
            self.refuse(connection, f"{len(audio)} bytes of audio")
            return
        connection.has_audio = True
        if not connection.hear(len(audio) / (8 if connection.is_mulaw else 48)):
            return
        connection.expire_credentials(1008, "invalid ephemeral key")
        if connection.is_expire_due():
            self.tell(connection, "error", error={**ERRORS["expire"], "message": "expired", "param": None})
            connection.close(1001)
        listener = connection.listener
        for utterance in listener.put_mulaw(audio) if connection.is_mulaw else listener.put(audio):
            self.end_pending(connection)
            connection.pending = utterance
        if connection.is_cut_due(listener):
            connection.cut()
        silence_ms = connection.detection["silence_duration_ms"]
        pending = connection.pending
        if pending and (listener.current() or listener.at_ms >= pending.end_ms + silence_ms):
            self.end_pending(connection)
        if listener.current() and not connection.item:
            self.start_item(connection, listener.current())

    def start_item(self, connection, utterance):
        connection.item = f"item_{uuid.uuid4().hex[:20]}"
        start_ms = utterance.start_ms - connection.detection["prefix_padding_ms"] + connection.shift_ms()
        self.tell(connection, "input_audio_buffer.speech_started", audio_start_ms=max(0, start_ms),
                  item_id=connection.item)

    def end_pending(self, connection):
        utterance, connection.pending = connection.pending, None
        if not utterance:
            return
        if not connection.item:
            self.start_item(connection, utterance)
        at_ms = min(connection.listener.at_ms,
                    utterance.end_ms + connection.detection["silence_duration_ms"])
        self.tell(connection, "input_audio_buffer.speech_stopped", audio_end_ms=at_ms,
                  item_id=connection.item)
        self.commit(connection, utterance)

    def handle_commit(self, connection, message):
        if connection.fault == "silent":
            return
        utterance = connection.pending or connection.listener.finish()
        connection.pending = None
        if not connection.has_audio:
            self.tell(connection, "error", error={
                "type": "invalid_request_error", "code": "input_audio_buffer_commit_empty",
                "message": "buffer too small", "param": None})
            return
        if not connection.item:
            connection.item = f"item_{uuid.uuid4().hex[:20]}"
        self.commit(connection, utterance)
        connection.release()

    def handle_clear(self, connection, message):
        connection.has_audio = False
        self.tell(connection, "input_audio_buffer.cleared")

    # ---- transcripts ----

    def commit(self, connection, utterance):
        item, connection.item = connection.item, None
        self.tell(connection, "input_audio_buffer.committed", item_id=item,
                  previous_item_id=connection.previous)
        connection.previous = item
        connection.has_audio = False
        kind = "conversation.item.input_audio_transcription"
        if self.fails:
            self.fails = False
            self.tell(connection, f"{kind}.failed", item_id=item, content_index=0, error={
                "type": "transcription_error", "code": "audio_unintelligible", "message": "cannot"})
            return
        words = utterance.words if utterance else "thank you for watching".split()
        for i, word in enumerate(connection.partial_words(words)):
            self.tell(connection, f"{kind}.delta", item_id=item, content_index=0,
                      delta=f" {word}" if i else word)
        text = " ".join(words)
        connection.final({
            "type": f"{kind}.completed", "event_id": f"event_{uuid.uuid4().hex[:20]}", "item_id": item,
            "content_index": 0, "transcript": f"{text[0].upper()}{text[1:]}.",
            "usage": {"type": "duration", "seconds": 1},
            **({"languages": self.languages} if self.languages else {})})
