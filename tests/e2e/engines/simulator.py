"""What the simulators of speech-to-text services have in common: a WebSocket server, faults, and judgement.

A simulator takes audio of speech.py's sentences, recognises it (listener.py) and speaks its vendor's
protocol. It is as strict as the service: what a client does wrong is in `complaints`, and ends its
connection as the service would end it. Faults are named the same in all simulators.
"""
import json
import threading
import time

from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Response
from websockets.sync.server import serve

FAULTS = {
    "refuse": "the connection is cut before the handshake",
    "hang": "it is accepted, and the handshake is never answered",
    "unauthorized": "the credentials are refused",
    "forbidden": "the credentials are good, but not for this",
    "throttled": "too many requests or streams",
    "server_error": "a failure of the service's own",
    "cut_mid_word": "the connection is cut while somebody talks",
    "half_speed": "it hears at half the speed of speech",
    "silent": "it hears and never answers",
    "out_of_order": "two finals change places",
    "duplicate": "every final comes twice",
    "malformed": "a message is cut in the middle",
    "oversized": "a message of four megabytes",
    "contradict": "a final says something else than its partials did",
    "clock_back": "the times of a final lie before those of the one before",
    "expire": "the session ends as if it had been as long as it may be",
    "credentials_expire": "in mid-call the credentials are good no longer, and refused from then on",
}
HANDSHAKE_FAULTS = {"unauthorized": 401, "forbidden": 403, "throttled": 429, "server_error": 503}
RETRY_AFTER_S = 2
EXPIRE_MS = 3000   # of audio
CUT_WORDS = 2      # have been said
BACK_MS = 5000
CLOSE_S = 1
OVERSIZED_BYTES = 4 * 1024 * 1024


class Ended(Exception):
    """The simulator is done with this connection."""


class Connection:
    """One client. `fault` is the one of this connection, or None."""

    def __init__(self, simulator, ws, request, fault):
        self.simulator, self.ws, self.request, self.fault = simulator, ws, request, fault
        self.start = time.monotonic()
        self.audio_ms = 0
        self.sent = []        # messages to the client
        self.received = []    # its text messages
        self.final_lanes = set()
        self.held_finals = {}  # by lane

    def complain(self, what):
        self.simulator.complaints.append(what)

    def close(self, code, reason=""):
        """Ends the connection as the service does."""
        self.ws.close(code, reason)
        raise Ended

    def cut(self):
        self.ws.socket.shutdown(2)
        raise Ended

    def send(self, message, is_result=False):
        text = json.dumps(message)
        if is_result and self.fault == "malformed":
            text, self.fault = text[:len(text) // 2], None
        if is_result and self.fault == "oversized":
            text, self.fault = json.dumps({**message, "x": "x" * OVERSIZED_BYTES}), None
        self.sent.append(message)
        self.ws.send(text)

    def final(self, message, lane=0):
        """Sends a final, in the order and as often as the fault will have it; a lane is what has an
        order of its own, such as a channel."""
        self.final_lanes.add(lane)
        if self.fault == "out_of_order" and lane not in self.held_finals:
            self.held_finals[lane] = message
            return
        self.send(message, is_result=True)
        if self.fault == "duplicate":
            self.send(message, is_result=True)
        held = self.held_finals.get(lane)
        if held:
            self.held_finals[lane] = None
            self.send(held, is_result=True)

    def release(self):
        """Sends the finals that wait to be out of order: no other comes."""
        for lane, held in self.held_finals.items():
            if held:
                self.send(held, is_result=True)
                self.held_finals[lane] = None

    def partial_words(self, words):
        return ["nonsense"] * len(words) if self.fault == "contradict" else words

    def shift_ms(self, lane=0):
        """To be added to the times of the final about to be sent."""
        return -BACK_MS if self.fault == "clock_back" and lane in self.final_lanes else 0

    def hear(self, milliseconds):
        """Audio of that length has come: faults of time. False: it is not to be answered."""
        self.audio_ms += milliseconds
        if self.fault == "half_speed" and self.simulator.is_closing.wait(2 * milliseconds / 1000):
            raise Ended
        return self.fault != "silent"

    def is_cut_due(self, listener):
        return self.fault == "cut_mid_word" and len(listener.said()) >= CUT_WORDS

    def expire_credentials(self, code, reason=""):
        """When that is the fault and it is time, ends the connection with this code."""
        if self.fault == "credentials_expire" and self.audio_ms >= EXPIRE_MS:
            self.simulator.has_expired = True
            self.close(code, reason)

    def is_expire_due(self):
        return self.fault == "expire" and self.audio_ms >= EXPIRE_MS

    def is_too_fast(self, allowance_s, factor=1.0):
        return self.audio_ms / 1000 > (time.monotonic() - self.start) * factor + allowance_s


def response(status, body="", headers=()):
    reasons = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
               429: "Too Many Requests", 503: "Service Unavailable"}
    all_headers = Headers([("Content-Length", str(len(body.encode()))), ("Connection", "close"),
                           *headers])
    return Response(status, reasons.get(status, "Error"), all_headers, body.encode())


def retry_after(fault):
    """What comes with a refusal that says when to come again."""
    return [("Retry-After", str(RETRY_AFTER_S))] if fault == "throttled" else []


class Simulator:
    """A subclass has admit (who may connect) and talk (the protocol)."""

    subprotocols = None

    def __init__(self, tls=None):
        """tls: an ssl.SSLContext, for clients that insist on wss://."""
        self.scheme = "wss" if tls else "ws"
        self.complaints = []
        self.connections = []
        self.attempts = []      # of connecting: when, those turned away included
        self.has_expired = False  # the credentials: nobody is let in any more
        self.fault, self.fault_left = None, 0
        self.is_closing = threading.Event()
        self.lock = threading.Lock()
        self.server = serve(self._handle, "127.0.0.1", 0, max_size=None, compression=None, ssl=tls,
                            ping_interval=None, close_timeout=CLOSE_S, process_request=self._admit, subprotocols=self.subprotocols,
                            select_subprotocol=self.select_subprotocol)
        self.port = self.server.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def url(self):
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def close(self):
        self.is_closing.set()
        self.server.shutdown()
        self.thread.join()

    def set_fault(self, name, connections=None):
        """The next so many connections have it; None: all from now on."""
        assert name in FAULTS, name
        self.fault, self.fault_left = name, connections

    def _take_fault(self):
        with self.lock:
            self.attempts.append(time.monotonic())
            fault = self.fault
            if self.fault_left is not None and fault:
                self.fault_left -= 1
                if self.fault_left <= 0:
                    self.fault = None
            return fault

    def _admit(self, ws, request):
        ws.fault = fault = self._take_fault()
        if fault == "refuse":
            ws.socket.shutdown(2)
            return response(503)
        if fault == "hang":
            self.is_closing.wait()
            return response(503)
        if self.has_expired:
            fault = ws.fault = "unauthorized"
        if fault in HANDSHAKE_FAULTS:
            turned_away = self.turn_away(fault, HANDSHAKE_FAULTS[fault])
            if turned_away:
                return turned_away
        return self.admit(request)

    def _handle(self, ws):
        connection = Connection(self, ws, ws.request, ws.fault)
        self.connections.append(connection)
        try:
            self.talk(connection)
        except (ConnectionClosed, Ended, OSError):
            pass

    # ---- a service's own ----

    @staticmethod
    def select_subprotocol(ws, offered):
        return None

    def turn_away(self, fault, status):
        """The response to a handshake; None: the service says it later, in talk."""
        return response(status, headers=retry_after(fault))

    def admit(self, request):
        """None, or the response that turns a wrong request away."""
        return None

    def talk(self, connection):
        raise NotImplementedError
