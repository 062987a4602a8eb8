"""A subscriber of the push API that keeps everything it was told."""
import json
import threading
import time

from websockets.exceptions import ConnectionClosed


class Subscriber:
    def __init__(self, ws, **subscription):
        self.ws = ws
        self.messages = []
        self.ahead = []  # has come, and was not looked at yet
        if subscription.pop("subscribe", True):
            self.subscribe(**subscription)

    def subscribe(self, timeout=20, **subscription):
        """Once it is in force: nothing that happens from then on is missed, however slow the gateway is."""
        self.send({"type": "subscribe", **subscription})
        message = {"type": ""}
        try:
            while message["type"] not in ("snapshot.end", "error"):
                message = json.loads(self.ws.recv(timeout=timeout))
                self.ahead.append(message)
        except ConnectionClosed:
            pass  # whoever reads on will see

    def send(self, message):
        self.ws.send(json.dumps(message))

    def next(self, timeout=20):
        message = self.ahead.pop(0) if self.ahead else json.loads(self.ws.recv(timeout=timeout))
        self.messages.append(message)
        return message

    def until(self, type, timeout=30, **fields):
        """Reads until a message of that type with those fields has come, and returns it."""
        end = time.monotonic() + timeout
        while True:
            try:
                message = self.next(max(0, end - time.monotonic()))
            except TimeoutError:
                told = [m["type"] for m in self.messages]
                raise AssertionError(f"no {type} {fields} in {timeout} s among {told}") from None
            if message["type"] == type and all(message.get(k) == v for k, v in fields.items()):
                return message

    def of_type(self, type):
        return [message for message in self.messages if message["type"] == type]

    def seqs(self, call_id):
        return [m["seq"] for m in self.messages if m.get("call_id") == call_id and "seq" in m
                and m["type"] != "resume.gap"]

    def read_in_background(self, count, type):
        """Keeps reading on a thread until `count` messages of that type have come; join it."""
        def read():
            while len(self.of_type(type)) < count:
                self.next(60)

        thread = threading.Thread(target=read, daemon=True)
        thread.start()
        return thread
