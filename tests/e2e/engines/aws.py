"""Amazon Transcribe's streaming service: both operations, over HTTP/2 and WebSocket.

It verifies what the service does and more: signatures of requests and chunks, dates, checksums, sizes,
pace and order of events. What a client does wrong is in `complaints`; it is told as the service tells it.
"""
import itertools
import json
import re
import socket
import ssl
import struct
import threading
import time
import urllib.parse
import uuid

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
from hyperframe.frame import GoAwayFrame
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import serve

from aws_frames import BadFrame, BadSignature, Frames, Keys, encode
from listener import Listener
from simulator import (BACK_MS, CLOSE_S, CUT_WORDS, EXPIRE_MS, FAULTS, OVERSIZED_BYTES, RETRY_AFTER_S,
                       response)

KEY_ID, SECRET = "AKIDSIDETONETEST", "the/secret+key+of+the+tests"
REGION = "us-east-1"
PATHS = {"/stream-transcription": "standard", "/call-analytics-stream-transcription": "analytics"}
LANGUAGES = "en-US en-GB es-US fr-CA fr-FR en-AU it-IT de-DE pt-BR".split()
NAME = r"[0-9a-zA-Z._-]{1,200}"
SHAPES = {
    "language-code": "|".join(LANGUAGES), "sample-rate": r"\d+", "media-encoding": "pcm",
    "vocabulary-name": NAME, "session-id": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "vocabulary-filter-name": NAME, "vocabulary-filter-method": "remove|mask|tag",
    "language-model-name": NAME, "identify-language": "true|false",
    "language-options": r"[a-zA-Z,-]{1,200}", "preferred-language": "|".join(LANGUAGES),
    "vocabulary-names": r"[a-zA-Z0-9,._-]{1,3000}", "vocabulary-filter-names": r"[a-zA-Z0-9,._-]{1,3000}",
    "enable-partial-results-stabilization": "true|false", "partial-results-stability": "high|medium|low",
    "content-identification-type": "PII", "content-redaction-type": "PII", "pii-entity-types": "[A-Z_, ]{1,300}",
}
STANDARD_SHAPES = {"enable-channel-identification": "true", "number-of-channels": "2",
                   "session-resume-window": r"\d{1,3}", "show-speaker-label": "true|false",
                   "identify-multiple-languages": "true|false"}
STATUS = {"BadRequestException": 400, "ConflictException": 409, "LimitExceededException": 429,
          "InternalFailureException": 500, "ServiceUnavailableException": 503}
FAULT_EXCEPTIONS = {"unauthorized": "UnrecognizedClientException",
                    "forbidden": "AccessDeniedException", "throttled": "LimitExceededException",
                    "server_error": "ServiceUnavailableException"}
NEGATIVE, POSITIVE = {"terrible", "problem", "angry"}, {"great", "wonderful", "thank"}
AHEAD_MAX_S = 300
SILENCE_MAX_S = 15
REFUSAL_S = 0.1  # AWS's client hears nothing that comes with the handshake


class Refusal(Exception):
    """An exception of the service: its name and message."""

    def __init__(self, name, message=""):
        super().__init__(name, message)
        self.name, self.message = name, message


class Over(Exception):
    """This connection is done with."""


class Stream:
    """One stream, however it is transported. `send` takes a frame, `cut` ends the connection roughly."""

    def __init__(self, simulator, operation, parameters, send, cut, fault):
        self.simulator, self.operation, self.parameters = simulator, operation, parameters
        self.write, self.cut, self.fault = send, cut, fault
        self.check_parameters()
        self.rate_hz = int(parameters["sample-rate"])
        self.channels = 2 if operation == "analytics" or parameters.get("number-of-channels") == "2" else 1
        self.listeners = [Listener(self.rate_hz) for _ in range(self.channels)]
        self.ids = [str(uuid.uuid4()) for _ in range(self.channels)]
        self.said = [[] for _ in range(self.channels)]
        self.roles = ["CUSTOMER", "AGENT"]
        self.configuration = None
        self.events = 0
        self.chunk_bytes = None
        self.has_short = False
        self.is_over = False
        self.audio_ms = 0.0
        self.start = self.heard_at = time.monotonic()
        self.held = {}
        self.final_channels = set()
        self.keep_alives = 0
        simulator.streams.append(self)
        self.number = len(simulator.streams)

    # ---- what was asked ----

    def check_parameters(self):
        asked = dict(self.parameters)
        shapes = {**SHAPES, **(STANDARD_SHAPES if self.operation == "standard" else {})}
        problems = [f"Value '{value}' at '{name}' failed to satisfy constraint" for name, value in asked.items()
                    if name not in shapes or not re.fullmatch(shapes[name], value)]
        identifies = "true" in (asked.get("identify-language"), asked.get("identify-multiple-languages"))
        if ("language-code" in asked) == identifies:
            problems.append("exactly one of languageCode and identifyLanguage")
        problems += [f"{name} is required" for name in ("sample-rate", "media-encoding") if name not in asked]
        if "content-identification-type" in asked and "content-redaction-type" in asked:
            problems.append("either identification or redaction")
        if "partial-results-stability" in asked and asked.get("enable-partial-results-stabilization") != "true":
            problems.append("stability without stabilization")
        if not problems and not 8000 <= int(asked["sample-rate"]) <= 48000:
            problems.append("sampleRate")
        if problems:
            raise Refusal("BadRequestException",
                          f"{len(problems)} validation error(s) detected: {'; '.join(problems)}")

    # ---- what comes ----

    def event(self, headers, payload):
        self.events += 1
        if headers.get(":message-type") != "event" or self.is_over:
            raise Refusal("BadRequestException", "Unexpected event")
        kind = headers.get(":event-type")
        if kind == "ConfigurationEvent" and headers.get(":content-type") == "application/json":
            self.configure(json.loads(payload))
        elif kind == "AudioEvent" and headers.get(":content-type") == "application/octet-stream":
            self.audio(payload)
        else:
            raise Refusal("BadRequestException", "Unknown event")

    def configure(self, configuration):
        if self.events != 1 or self.operation != "analytics":
            raise Refusal("BadRequestException", "ConfigurationEvent must be the first event")
        definitions = configuration["ChannelDefinitions"]
        if sorted(d["ChannelId"] for d in definitions) != [0, 1] or \
                sorted(d["ParticipantRole"] for d in definitions) != ["AGENT", "CUSTOMER"]:
            raise Refusal("BadRequestException", "channel definitions")
        settings = configuration.get("PostCallAnalyticsSettings")
        if settings is not None and not (settings.get("OutputLocation", "").startswith("s3://")
                                         and settings.get("DataAccessRoleArn")):
            raise Refusal("BadRequestException", "post-call settings")
        if settings and "ContentRedactionOutput" in settings and "content-redaction-type" not in self.parameters:
            raise Refusal("BadRequestException", "redacted output without redaction")
        for definition in definitions:
            self.roles[definition["ChannelId"]] = definition["ParticipantRole"]
        self.configuration = configuration

    def check_audio(self, data):
        frame = 2 * self.channels
        if len(data) > self.rate_hz * frame:
            raise Refusal("BadRequestException", "Your stream is too big. Reduce the frame size and try again.")
        if len(data) % frame:
            self.simulator.complaints.append("a chunk ends within a sample")
        milliseconds = len(data) * 1000 / frame / self.rate_hz
        now = time.monotonic()
        if milliseconds < 1:
            self.keep_alives += 1
            if now - self.heard_at < 5:
                self.simulator.complaints.append("kept alive without need")
            return milliseconds
        if self.has_short:
            self.simulator.complaints.append("a short chunk was not the last")
        if self.chunk_bytes is None:
            self.chunk_bytes = len(data)
            if not 50 <= milliseconds <= 200:
                self.simulator.complaints.append(f"chunks of {milliseconds} ms")
        if len(data) != self.chunk_bytes:
            self.has_short = True
            if len(data) > self.chunk_bytes:
                self.simulator.complaints.append("chunks of different sizes")
        if self.audio_ms / 1000 > now - self.start + AHEAD_MAX_S:
            self.simulator.complaints.append("far faster than speech")
        return milliseconds

    def audio(self, data):
        if not data:
            self.end()
            return
        milliseconds = self.check_audio(data)
        self.heard_at = time.monotonic()
        self.audio_ms += milliseconds
        if self.fault == "half_speed" and self.simulator.is_closing.wait(2 * milliseconds / 1000):
            raise Over
        samples = struct.unpack(f"<{len(data) // 2}h", data[:len(data) // 2 * 2])
        for channel in range(self.channels):
            ended = self.listeners[channel].put_values(samples[channel::self.channels])
            if self.fault == "silent":
                continue
            for utterance in ended:
                self.final(channel, utterance)
            self.partial(channel)
        if self.fault == "credentials_expire" and self.audio_ms >= EXPIRE_MS:
            self.simulator.keys.known.clear()
        if self.fault == "expire" and self.audio_ms >= EXPIRE_MS:
            raise Refusal("LimitExceededException", "the stream is as long as it may be")
        if self.fault == "credentials_expire" and self.audio_ms >= EXPIRE_MS:
            raise Refusal("ExpiredTokenException", "The security token included in the request is expired")
        expiry = self.simulator.exception
        if expiry and self.audio_ms >= expiry[2] and self.number <= expiry[3]:
            raise Refusal(*expiry[:2])

    def end(self):
        """The empty event: what is left becomes final."""
        self.is_over = True
        for channel, listener in enumerate(self.listeners):
            utterance = listener.finish()
            if utterance and self.fault != "silent":
                self.final(channel, utterance)
        for held in self.held.values():
            self.send(*held)
        self.held = {}

    # ---- what goes ----

    def send(self, kind, message):
        data = encode({":message-type": "event", ":event-type": kind, ":content-type": "application/json"},
                      json.dumps(message).encode())
        if self.fault == "malformed":
            self.fault = None
            data = data[:40] + b"\xff" + data[41:]
        if self.fault == "oversized":
            self.fault = None
            data = encode({":message-type": "event", ":event-type": kind}, b"x" * OVERSIZED_BYTES)
        self.write(data)

    def send_exception(self, name, message):
        self.write(encode({":message-type": "exception", ":exception-type": name,
                           ":content-type": "application/json"}, json.dumps({"Message": message}).encode()))

    def items(self, timed, is_partial):
        second = self.operation == "standard"
        items = []
        for word, start, end in timed:
            times = {"StartTime": round(start / 1000, 3), "EndTime": round(end / 1000, 3)} if second else \
                {"BeginOffsetMillis": round(start), "EndOffsetMillis": round(end)}
            item = {"Content": word, "Type": "pronunciation", "VocabularyFilterMatch": False, **times}
            if not is_partial:
                item["Confidence"] = 0.9
            if self.parameters.get("enable-partial-results-stabilization") == "true":
                item["Stable"] = not is_partial or len(items) + 1 < len(timed)
            items.append(item)
        if items and not is_partial:
            items.append({**items[-1], "Content": ".", "Type": "punctuation"})
        return items

    def text(self, words, is_partial):
        return " ".join(words) + ("" if is_partial else ".")

    def result(self, channel, timed, start, end, is_partial):
        words = [word for word, _, _ in timed]
        text, items = self.text(words, is_partial), self.items(timed, is_partial)
        if self.operation == "analytics":
            message = {"UtteranceId": self.ids[channel], "IsPartial": is_partial,
                       "ParticipantRole": self.roles[channel], "BeginOffsetMillis": round(start),
                       "EndOffsetMillis": round(end), "Transcript": text, "Items": items}
            if not is_partial:
                message.update(self.insights(words, text, start, end))
            if "identify-language" in self.parameters:
                message["LanguageCode"] = self.language(words)
            return "UtteranceEvent", message
        message = {"ResultId": self.ids[channel], "IsPartial": is_partial, "StartTime": round(start / 1000, 3),
                   "EndTime": round(end / 1000, 3), "Alternatives": [{"Transcript": text, "Items": items}]}
        if not is_partial:
            entities = self.insights(words, text, start, end).get("Entities")
            if entities:
                message["Alternatives"][0]["Entities"] = [
                    {"StartTime": e["BeginOffsetMillis"] / 1000, "EndTime": e["EndOffsetMillis"] / 1000,
                     **{k: e[k] for k in ("Category", "Type", "Content", "Confidence")}} for e in entities]
        if "identify-language" in self.parameters:
            message["LanguageCode"] = self.language(words)
            message["LanguageIdentification"] = [{"LanguageCode": message["LanguageCode"], "Score": 0.9}]
        if self.channels == 2:
            message["ChannelId"] = f"ch_{channel}"
        return "TranscriptEvent", {"Transcript": {"Results": [message]}}

    def language(self, words):
        """Sentences that begin so are Spanish."""
        return "es-US" if words[:1] == ["i"] else "en-US"

    def insights(self, words, text, start, end):
        found = {"Sentiment": "NEGATIVE" if NEGATIVE & set(words) else
                 "POSITIVE" if POSITIVE & set(words) else "NEUTRAL"}
        if "problem" in words:
            begin = text.index("i have a problem")
            found["IssuesDetected"] = [{"CharacterOffsets": {"Begin": begin, "End": len(text) - 1}}]
        if "one two three" in text and "content-identification-type" in self.parameters:
            found["Entities"] = [{"BeginOffsetMillis": round(start), "EndOffsetMillis": round(end),
                                  "Category": "PII", "Type": "PIN", "Content": "one two three", "Confidence": 0.8}]
        return found

    def partial(self, channel):
        utterance = self.listeners[channel].current()
        words = self.listeners[channel].said()
        if not words or words == self.said[channel]:
            return
        self.said[channel] = words
        if self.fault == "cut_mid_word" and len(words) >= CUT_WORDS:
            self.cut()
            raise Over
        now = self.listeners[channel].at_ms
        timed = [(("nonsense" if self.fault == "contradict" else word), start, min(end, now))
                 for word, start, end in utterance.timed_words()[:len(words)]]
        timed = [(word, min(start, now), end) for word, start, end in timed]
        self.send(*self.result(channel, timed, utterance.start_ms, now, True))

    def final(self, channel, utterance):
        shift = -BACK_MS if self.fault == "clock_back" and channel in self.final_channels else 0
        timed = [(word, max(start + shift, 0), max(end + shift, 0))
                 for word, start, end in utterance.timed_words()]
        message = self.result(channel, timed, max(utterance.start_ms + shift, 0),
                              max(utterance.end_ms + shift, 0), False)
        self.final_channels.add(channel)
        self.ids[channel], self.said[channel] = str(uuid.uuid4()), []
        if self.fault == "out_of_order" and channel not in self.held:
            self.held[channel] = message
            return
        self.send(*message)
        if self.fault == "duplicate":
            self.send(*message)
        if self.held.get(channel):
            self.send(*self.held.pop(channel))
            self.fault = None
        if self.operation == "analytics" and "manager" in utterance.words:
            self.send("CategoryEvent", {"MatchedCategories": ["manager please"], "MatchedDetails": {
                "manager please": {"TimestampRanges": [{"BeginOffsetMillis": round(utterance.start_ms),
                                                        "EndOffsetMillis": round(utterance.end_ms)}]}}})


class Simulator:
    """`tls`: an ssl.SSLContext for both ports."""

    def __init__(self, tls=None):
        self.complaints, self.streams, self.requests = [], [], []
        self.attempts = []
        self.keys = Keys(REGION)
        self.keys.add(KEY_ID, SECRET)
        self.fault, self.fault_left = None, 0
        self.exception = None      # (name, message, after ms of audio, in this many streams)
        self.clock_s = 0           # how far the service's clock is ahead
        self.refuses_late = False  # HTTP/2: with an exception in the stream
        self.is_closing = threading.Event()
        self.lock = threading.Lock()
        self.tls = tls
        self.sockets = set()
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.http2_port = self.listening.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()
        self.ws_server = serve(self.handle_ws, "127.0.0.1", 0, max_size=None, compression=None, ssl=tls,
                               ping_interval=None, close_timeout=CLOSE_S, process_request=self.admit_ws)
        self.ws_port = self.ws_server.socket.getsockname()[1]
        self.ws_thread = threading.Thread(target=self.ws_server.serve_forever, daemon=True)
        self.ws_thread.start()

    def url(self, transport="http2"):
        port = self.ws_port if transport == "websocket" else self.http2_port
        scheme = ("wss" if self.tls else "ws") if transport == "websocket" else ("https" if self.tls else "http")
        return f"{scheme}://127.0.0.1:{port}"

    def close(self):
        self.is_closing.set()
        self.listening.close()
        for sock in list(self.sockets):
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.ws_server.shutdown()
        self.ws_thread.join()

    def now(self):
        return time.time() + self.clock_s

    def set_fault(self, name, streams=None):
        """The next so many streams have it; None: all from now on."""
        assert name in FAULTS, name
        self.fault, self.fault_left = name, streams

    def take_fault(self):
        with self.lock:
            self.attempts.append(time.monotonic())
            fault = self.fault
            if self.fault_left is not None and fault:
                self.fault_left -= 1
                if self.fault_left <= 0:
                    self.fault = None
            return fault

    # ---- HTTP/2 ----

    def accept(self):
        while not self.is_closing.is_set():
            try:
                sock, _ = self.listening.accept()
            except OSError:
                return
            threading.Thread(target=self.handle_socket, args=(sock,), daemon=True).start()

    def handle_socket(self, sock):
        fault = self.take_fault()
        self.sockets.add(sock)
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if fault == "refuse":
                return
            if fault == "hang":
                self.is_closing.wait()
                return
            if self.tls:
                sock = self.tls.wrap_socket(sock, server_side=True)
                self.sockets.add(sock)
                if sock.selected_alpn_protocol() != "h2":
                    self.complaints.append(f"ALPN {sock.selected_alpn_protocol()}")
                    return
            Http2(self, sock, fault).run()
        except (OSError, ssl.SSLError, h2.exceptions.ProtocolError, Over):
            pass
        finally:
            self.sockets.discard(sock)
            sock.close()

    # ---- WebSocket ----

    def admit_ws(self, ws, request):
        ws.fault = fault = self.take_fault()
        if fault == "refuse":
            ws.socket.shutdown(2)
            return response(503)
        if fault == "hang":
            self.is_closing.wait()
            return response(503)
        if urllib.parse.urlsplit(request.path).path.removesuffix("-websocket") not in PATHS:
            return response(404)
        return None

    def handle_ws(self, ws):
        stream = None
        lock = threading.Lock()

        def send(data):
            with lock:
                ws.send(data)

        def refuse(name, message):
            time.sleep(REFUSAL_S)
            send(encode({":message-type": "exception", ":exception-type": name,
                         ":content-type": "application/json"}, json.dumps({"Message": message}).encode()))
            ws.close(1000)

        try:
            parts = urllib.parse.urlsplit(ws.request.path)
            self.requests.append((ws.request.path, dict(ws.request.headers.raw_items())))
            parameters = self.keys.check_query(parts.path, parts.query, ws.request.headers["Host"], self.now())
            if ws.fault in FAULT_EXCEPTIONS:
                raise Refusal(FAULT_EXCEPTIONS[ws.fault], "as the fault has it")
            stream = Stream(self, PATHS[parts.path.removesuffix("-websocket")], parameters, send,
                            lambda: ws.socket.shutdown(2), ws.fault)
            self.talk_ws(ws, stream)
        except BadSignature as error:
            refuse(*error.args)
        except Refusal as error:
            refuse(error.name, error.message)
        except BadFrame as error:
            self.complaints.append(f"frame: {error}")
            refuse("BadRequestException", "Unexpected WebSocket frame received.")
        except (ConnectionClosed, Over, OSError):
            if stream and not stream.is_over and stream.fault != "cut_mid_word":
                stream.was_left = True

    def talk_ws(self, ws, stream):
        while True:
            try:
                message = ws.recv(timeout=SILENCE_MAX_S - (time.monotonic() - stream.heard_at))
            except TimeoutError:
                raise Refusal("BadRequestException", "Your request timed out because no new audio was received "
                                                     "for 15 seconds.") from None
            if isinstance(message, str):
                raise BadFrame("text")
            if message == b"":
                stream.end()
                return
            frames = Frames()
            for headers, payload in frames.put(message):
                stream.event(headers, payload)
            if frames.data:
                raise BadFrame("more or less than one frame in a message")
            if stream.is_over:
                ws.close(1000)
                return


class Http2:
    """One connection, one stream."""

    def __init__(self, simulator, sock, fault):
        self.simulator, self.sock, self.fault = simulator, sock, fault
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        # AWS's client says early that it begins no second stream; the library would take that for the end.
        self.h2._frame_dispatch_table[GoAwayFrame] = lambda frame: ([], [])
        self.stream, self.chain, self.id = None, None, None
        self.outer = Frames()
        self.out = b""
        self.ends = False
        self.responded = False

    def run(self):
        self.h2.initiate_connection()
        self.flush()
        self.sock.settimeout(1)
        while not self.simulator.is_closing.is_set():
            try:
                data = self.sock.recv(65536)
            except TimeoutError:
                self.check_silence()
                continue
            if not data:
                return
            for event in self.h2.receive_data(data):
                self.handle(event)
            self.pump()
            self.flush()
            if self.ends and not self.out:
                self.linger()
                return

    def linger(self):
        """So that what was said last arrives."""
        try:
            self.sock.settimeout(2)
            while self.sock.recv(65536):
                pass
        except OSError:
            pass

    def check_silence(self):
        if self.stream and not self.stream.is_over and \
                time.monotonic() - self.stream.heard_at > SILENCE_MAX_S:
            self.tell("BadRequestException",
                      "Your request timed out because no new audio was received for 15 seconds.")
            self.pump()
            self.flush()

    def flush(self):
        data = self.h2.data_to_send()
        if data:
            self.sock.sendall(data)

    def handle(self, event):
        if isinstance(event, h2.events.RequestReceived):
            self.request(event)
        elif isinstance(event, h2.events.DataReceived):
            self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            self.guarded(lambda: self.data(event.data))
        elif isinstance(event, h2.events.StreamEnded):
            self.guarded(self.ended)
        elif isinstance(event, h2.events.StreamReset):
            raise Over

    def guarded(self, work):
        try:
            if self.stream and not self.ends:
                work()
        except (Refusal, BadSignature) as error:
            self.tell(*error.args)
        except BadFrame as error:
            self.simulator.complaints.append(f"frame: {error}")
            self.tell("BadRequestException", "bad frame")

    def request(self, event):
        headers = dict(event.headers)
        self.id = event.stream_id
        self.simulator.requests.append((headers[":path"], headers))
        try:
            if headers[":path"] not in PATHS or headers[":method"] != "POST":
                raise Refusal("UnknownOperationException")
            if headers.get("content-type", "application/vnd.amazon.eventstream") != "application/vnd.amazon.eventstream":
                self.simulator.complaints.append("content-type")
            self.chain = self.simulator.keys.check_headers("POST", headers[":path"], headers, self.simulator.now())
            if self.fault in FAULT_EXCEPTIONS:
                raise Refusal(FAULT_EXCEPTIONS[self.fault], "as the fault has it")
            parameters = {name.removeprefix("x-amzn-transcribe-"): value for name, value in headers.items()
                          if name.startswith("x-amzn-transcribe-")}
            self.stream = Stream(self.simulator, PATHS[headers[":path"]], parameters, self.put, self.cut, self.fault)
            self.respond(200, parameters)
        except (Refusal, BadSignature) as error:
            self.refuse(*error.args)

    def respond(self, status, parameters, **more):
        date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(self.simulator.now()))
        headers = [(":status", str(status)), ("date", date), ("x-amzn-request-id", str(uuid.uuid4())), *more.items()]
        headers += [(f"x-amzn-transcribe-{name}", value) for name, value in parameters.items()]
        if status == 200:
            headers.append(("content-type", "application/vnd.amazon.eventstream"))
            if "session-id" not in parameters:
                headers.append(("x-amzn-transcribe-session-id", str(uuid.uuid4())))
        self.h2.send_headers(self.id, headers)
        self.responded = True

    def refuse(self, name, message=""):
        """Before the stream: an HTTP status."""
        more = {"retry-after": str(RETRY_AFTER_S)} if name == "LimitExceededException" else {}
        self.respond(STATUS.get(name, 403), {}, **{"x-amzn-errortype": f"{name}:http://internal.amazon.com/"}, **more)
        self.out += json.dumps({"Message": message}).encode()
        self.ends = True

    def tell(self, name, message=""):
        """In the stream: an exception event."""
        self.put(encode({":message-type": "exception", ":exception-type": name,
                         ":content-type": "application/json"}, json.dumps({"Message": message}).encode()))
        self.ends = True

    def data(self, data):
        for headers, payload in self.outer.put(data):
            if list(headers) != [":date", ":chunk-signature"]:
                raise BadFrame(f"a wrapper with {list(headers)}")
            self.chain.check(headers, payload, self.simulator.now())
            if not payload:
                self.stream.end()
                continue
            inner = Frames()
            for event in itertools.chain(inner.put(payload)):
                self.stream.event(*event)
            if inner.data:
                raise BadFrame("more or less than one event in a wrapper")

    def ended(self):
        if not self.stream.is_over:
            raise Refusal("BadRequestException", "A complete signal was sent without the preceding empty frame.")
        self.ends = True

    def put(self, data):
        self.out += data
        self.pump()
        self.flush()

    def cut(self):
        self.sock.shutdown(socket.SHUT_RDWR)

    def pump(self):
        """As much as the client's windows allow."""
        while self.out and self.responded:
            room = min(self.h2.local_flow_control_window(self.id), self.h2.max_outbound_frame_size)
            if room <= 0:
                return
            piece, self.out = self.out[:room], self.out[room:]
            self.h2.send_data(self.id, piece)
        if self.ends and not self.out and self.responded:
            try:
                self.h2.end_stream(self.id)
            except h2.exceptions.ProtocolError:
                pass
            self.responded = False
