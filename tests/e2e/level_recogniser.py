"""A recogniser for speech.py's audio that speaks the vosk-server WebSocket protocol.

Faults are attributes a test may set at any time; each applies to connections and messages from then on.
"""
import json
import threading
import time

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import serve

from listener import Listener

def result(utterance):
    if not utterance:
        return {"text": ""}
    return {"text": utterance.text,
            "result": [{"word": word, "conf": 0.9, "start": round(start / 1000, 3),
                        "end": round(end / 1000, 3)}
                       for word, start, end in utterance.timed_words()]}


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
        self.listens = Listener     # how it hears; tones.Listener where values are not kept
        self.keeps_audio = False
        self.audio = []             # of each connection, where it is kept
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
        listener, audio = self.listens(16000), bytearray()
        if self.keeps_audio:
            self.audio.append(audio)
        for message in ws:
            if isinstance(message, str) and "config" in message:
                self.configs.append(json.loads(message))
                listener = self.listens(self.configs[-1]["config"]["sample_rate"])
                continue
            if isinstance(message, str):
                if message == '{"eof" : 1}' and not self.is_silent:
                    ws.send(json.dumps(result(listener.finish())))
                    return
                continue
            if self.keeps_audio:
                audio += message
            finals = listener.put(message)
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
                    ws.send(json.dumps(result(final)))
            else:
                ws.send(json.dumps({"partial": " ".join(listener.said())}))
