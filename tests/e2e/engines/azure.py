"""Azure's speech service, as far as a client can see it: the protocol of Microsoft's SDKs, one channel in turns."""
import json
import re
import struct
import urllib.parse
import uuid

from listener import Listener

from simulator import Simulator, response, retry_after

KEY, TOKEN = "an-azure-key", "eyJ-an-azure-token"
PATHS = {f"/speech/recognition/{mode}/cognitiveservices/v1" for mode in
         ("interactive", "conversation", "dictation")}
QUERY = {
    "cid", "connectionId", "endSilenceTimeoutMs", "format", "initialSilenceTimeoutMs", "language", "lidEnabled",
    "Ocp-Apim-Subscription-Key", "Authorization", "postprocessing", "profanity",
    "segmentationMaximumTimeMs", "segmentationSilenceTimeoutMs", "segmentationStrategy",
    "stableIntermediateThreshold", "storeAudio", "wordLevelTimestamps", "X-ConnectionId",
}
MANY_PATH = "/stt/speech/universal/v2"  # that finds out which language is spoken
TICKS_PER_MS = 10000
CHUNK_MS = 100
AT_ONCE_MS, SPEED = 5000, 2
TREMBLE_MS = 150  # of two machines' clocks and of queues
SPELT = {"twenty five dollars": "$25"}


def fold(text):
    """As Display has it: a sentence."""
    for spoken, written in SPELT.items():
        text = text.replace(spoken, written)
    return text[:1].upper() + text[1:] + "."


class Turn:
    """One request: from its context to its end."""

    def __init__(self, request_id):
        self.id = request_id
        self.listener = None     # once the WAV header is there
        self.rate_hz = 0
        self.is_started = False
        self.is_over = False     # the client has no more audio
        self.told_words = 0
        self.phrases = 0


class Azure(Simulator):
    def __init__(self, tls=None):
        super().__init__(tls)
        self.queries = []
        self.contexts = []
        self.turns = 0
        self.turn_phrases = None   # the service ends a turn after so many
        self.languages = {}        # of sentences, by their first word
        self.status = None         # instead of the next phrase: a RecognitionStatus
        self.binary_replies = False

    # ---- the handshake ----

    def turn_away(self, fault, status):
        return response(status, "refused", retry_after(fault))

    def admit(self, request):
        url = urllib.parse.urlsplit(request.path)
        query = urllib.parse.parse_qs(url.query, keep_blank_values=True)
        self.queries.append(query)
        headers = request.headers
        if url.path != MANY_PATH if "lidEnabled" in query else url.path not in PATHS:
            self.complaints.append(f"path {url.path}")
            return response(404)
        if headers.get("Ocp-Apim-Subscription-Key") != KEY and \
                headers.get("Authorization") != f"Bearer {TOKEN}":
            return response(401)
        wrong = self.wrong_request(headers, query)
        if wrong:
            self.complaints.append(wrong)
            return response(400, wrong)
        return None

    @staticmethod
    def wrong_request(headers, query):
        if set(query) - QUERY:
            return f"unknown parameters {sorted(set(query) - QUERY)}"
        if not re.fullmatch("[0-9A-Fa-f]{32}", headers.get("X-ConnectionId", "")):
            return "X-ConnectionId is 32 hexadecimal digits"
        if "language" not in query and "cid" not in query:
            return "no language"
        if query.get("format") not in (["detailed"], ["simple"]):
            return "format is simple or detailed"
        return None

    # ---- messages ----

    @staticmethod
    def read(message):
        """(headers by lower-case name, body) of a frame."""
        if isinstance(message, str):
            head, _, body = message.partition("\r\n\r\n")
        else:
            length = struct.unpack(">H", message[:2])[0]
            assert length <= len(message) - 2, "headers longer than the message"
            head, body = message[2:2 + length].decode(), message[2 + length:]
        lines = [line for line in head.split("\r\n") if line]
        assert all(": " in line or ":" in line for line in lines), f"headers {lines}"
        return {name.strip().lower(): value.strip() for name, value in
                (line.split(":", 1) for line in lines)}, body

    def reply(self, connection, path, body, is_final=False, is_result=False):
        turn = connection.turn
        text = json.dumps(body)
        if is_result and connection.fault == "malformed":
            text, connection.fault = text[:len(text) // 2], None
        if is_result and connection.fault == "oversized":
            text, connection.fault = json.dumps({**body, "x": "x" * 4 * 1024 * 1024}), None
        head = f"X-RequestId:{turn.id}\r\nContent-Type:application/json; charset=utf-8\r\nPath:{path}\r\n"
        connection.sent.append((path, body))
        if self.binary_replies:
            connection.ws.send(struct.pack(">H", len(head)) + head.encode() + text.encode())
        else:
            connection.ws.send(f"{head}\r\n{text}")

    def check_frame(self, connection, headers):
        """None, or what is wrong."""
        if not re.fullmatch("[0-9A-Fa-f]{32}", headers.get("x-requestid", "")):
            return "X-RequestId is 32 hexadecimal digits"
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", headers.get("x-timestamp", "")):
            return f"X-Timestamp {headers.get('x-timestamp')}"
        if headers.get("path") != "speech.config" and headers.get("path") != "telemetry" and \
                not connection.is_configured:
            return "speech.config comes first"
        return None

    # ---- the connection ----

    def talk(self, connection):
        connection.turn, connection.is_configured = None, False
        connection.request_ids = set()
        for message in connection.ws:
            headers, body = self.read(message)
            wrong = self.check_frame(connection, headers)
            if wrong:
                connection.complain(wrong)
                connection.close(1007, wrong)
            path = headers.get("path", "").lower()
            if isinstance(message, bytes) != (path == "audio"):
                connection.complain(f"{path} in the wrong kind of frame")
                connection.close(1003)
            {"speech.config": self.take_config, "speech.context": self.take_context,
             "audio": self.take_audio, "telemetry": lambda *_: None}[path](connection, headers, body)

    def take_config(self, connection, headers, body):
        config = json.loads(body)
        assert config["context"]["system"]["name"]
        connection.is_configured = True

    def take_context(self, connection, headers, body):
        if connection.turn and not connection.turn.is_ended:
            connection.complain("a context in the middle of a turn")
        request_id = headers["x-requestid"]
        if request_id in connection.request_ids:
            connection.complain("a turn with the id of another")
        connection.request_ids.add(request_id)
        context = json.loads(body)
        self.contexts.append(context)
        connection.among = context.get("languageId", {}).get("languages", [])
        is_told = "lidEnabled" not in connection.request.path
        if is_told == bool(connection.among) or len(connection.among) > 10 or (
                not is_told and context["languageId"]["mode"] != "DetectContinuous"):
            connection.complain(f"languages {connection.among}")
            connection.close(1007, "languageId")
        connection.turn = Turn(request_id)
        connection.turn.is_ended = False
        self.turns += 1

    def take_audio(self, connection, headers, body):
        turn = connection.turn
        if not turn or headers["x-requestid"] != turn.id:
            if connection.turn and headers["x-requestid"] in connection.request_ids:
                return  # on its way while the turn ended
            connection.complain("audio without a turn")
            connection.close(1007, "no context")
        if turn.is_ended:
            return
        if headers.get("content-type") == "audio/x-wav":
            self.take_header(connection, turn, body)
        elif not turn.listener:
            connection.complain("audio without a WAV header")
            connection.close(1007, "no header")
        elif body:
            self.take_samples(connection, turn, body)
        else:
            self.end_audio(connection, turn)

    def take_header(self, connection, turn, body):
        riff, _, wave, fmt, size, codec, channels, rate, per_s, block, bits, data, _ = \
            struct.unpack("<4sI4s4sIHHIIHH4sI", body)
        if (riff, wave, fmt, size, codec, channels, per_s, block, bits, data) != \
                (b"RIFF", b"WAVE", b"fmt ", turn_fmt_size(size), 1, 1, rate * 2, 2, 16, b"data"):
            connection.complain(f"WAV header {body.hex()}")
            connection.close(1007, "header")
        turn.rate_hz, turn.listener = rate, Listener(rate)
        turn.has_short_chunk = False
        if connection.fault != "silent":
            self.reply(connection, "turn.start", {"context": {"serviceTag": uuid.uuid4().hex}})

    def take_samples(self, connection, turn, body):
        milliseconds = len(body) * 1000 / (2 * turn.rate_hz)
        if len(body) % 2 or milliseconds > CHUNK_MS or turn.has_short_chunk:
            connection.complain("chunks are of 100 ms, only the last is shorter")
        turn.has_short_chunk = milliseconds < CHUNK_MS
        if not connection.hear(milliseconds):
            return
        if connection.is_too_fast((AT_ONCE_MS + TREMBLE_MS) / 1000, SPEED):
            connection.complain("audio comes too fast")
            connection.close(1007, "Quota exceeded")
        connection.expire_credentials(1007, "Authentication token expired")
        if connection.is_expire_due():
            connection.close(1000, "session")
        for utterance in turn.listener.put(body):
            self.phrase(connection, turn, utterance)
            if turn.is_ended:
                return
        if connection.is_cut_due(turn.listener):
            connection.cut()
        self.hypothesis(connection, turn)

    def hypothesis(self, connection, turn):
        words = turn.listener.said()
        if not words or len(words) == turn.told_words:
            return
        current = turn.listener.current()
        if not turn.told_words:
            self.reply(connection, "speech.startDetected",
                       {"Offset": current.start_ms * TICKS_PER_MS})
        turn.told_words = len(words)
        end = turn.listener.at_ms
        self.reply(connection, "speech.hypothesis", {
            "Id": uuid.uuid4().hex, "Text": " ".join(connection.partial_words(words)),
            "Offset": current.start_ms * TICKS_PER_MS,
            "Duration": (end - current.start_ms) * TICKS_PER_MS}, is_result=True)

    def phrase(self, connection, turn, utterance):
        shift = connection.shift_ms()
        turn.told_words = 0
        turn.phrases += 1
        start = max(0, utterance.start_ms + shift)
        length = utterance.end_ms - utterance.start_ms
        body = {"Id": uuid.uuid4().hex, "RecognitionStatus": "Success", "Offset": start * TICKS_PER_MS,
                "Duration": length * TICKS_PER_MS, "Channel": 0}
        if connection.among:
            language = self.languages.get(utterance.words[0], connection.among[0])
            assert language in connection.among
            body["PrimaryLanguage"] = {"Language": language, "Confidence": "High"}
        if self.status:
            body["RecognitionStatus"], self.status = self.status, None
            self.reply(connection, "speech.phrase", body)
            return
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(connection.request.path).query)
        if query["format"] == ["detailed"]:
            best = {"Confidence": 0.9, "Lexical": utterance.text, "ITN": utterance.text,
                    "MaskedITN": utterance.text, "Display": fold(utterance.text)}
            if query.get("wordLevelTimestamps") == ["true"]:
                best["Words"] = [
                    {"Word": word, "Offset": max(0, round((at + shift) * TICKS_PER_MS)),
                     "Duration": round((end - at) * TICKS_PER_MS)}
                    for word, at, end in utterance.timed_words()]
            body["NBest"] = [best, {**best, "Confidence": 0.1, "Display": "Something else."}]
        body["DisplayText"] = fold(utterance.text)
        self.send_phrase(connection, body)
        if self.turn_phrases and turn.phrases >= self.turn_phrases:
            self.end_turn(connection, turn)

    def send_phrase(self, connection, body):
        """In the order and as often as the fault will have it."""
        connection.final_lanes.add(0)
        if connection.fault == "out_of_order" and 0 not in connection.held_finals:
            connection.held_finals[0] = body
            return
        self.reply(connection, "speech.phrase", body, is_result=True)
        if connection.fault == "duplicate":
            self.reply(connection, "speech.phrase", body)
        held = connection.held_finals.get(0)
        if held:
            connection.held_finals[0] = None
            self.reply(connection, "speech.phrase", held)

    def end_audio(self, connection, turn):
        utterance = turn.listener.finish()
        if connection.fault == "silent":
            return
        if utterance:
            self.phrase(connection, turn, utterance)
        held = connection.held_finals.get(0)
        if held:
            connection.held_finals[0] = None
            self.reply(connection, "speech.phrase", held)
        self.reply(connection, "speech.endDetected", {"Offset": turn.listener.at_ms * TICKS_PER_MS})
        if turn.phrases == 0:
            self.reply(connection, "speech.phrase", {
                "Id": uuid.uuid4().hex, "RecognitionStatus": "InitialSilenceTimeout",
                "Offset": turn.listener.at_ms * TICKS_PER_MS, "Duration": 0,
                "NBest": [{"Confidence": 0.0, "Lexical": "", "ITN": "", "MaskedITN": "", "Display": ""}]})
        if not turn.is_ended:
            self.end_turn(connection, turn)

    def end_turn(self, connection, turn):
        turn.is_ended = True
        self.reply(connection, "turn.end", {})


def turn_fmt_size(size):
    """Microsoft's JavaScript writes 32 where others write 16."""
    return size if size in (16, 32) else 16
