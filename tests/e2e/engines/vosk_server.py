"""vosk-server, as far as a client can see it: its WebSocket protocol, one channel a connection, no credentials."""
import json

from listener import Listener

from simulator import Simulator


class VoskServer(Simulator):
    def talk(self, connection):
        listener = Listener(16000)
        for message in connection.ws:
            if isinstance(message, bytes):
                self.take_audio(connection, listener, message)
                continue
            message = json.loads(message)
            if "config" in message:
                listener = Listener(message["config"]["sample_rate"])
                connection.rate_hz = message["config"]["sample_rate"]
            elif "eof" in message:
                self.end(connection, listener)
            else:
                connection.complain(f"message {message}")

    def end(self, connection, listener):
        if connection.fault == "silent":
            return
        connection.release()
        connection.send(self.result(connection, listener.finish()))
        connection.close(1000)

    def take_audio(self, connection, listener, data):
        if not connection.hear(len(data) * 1000 / (2 * connection.rate_hz)):
            return
        connection.expire_credentials(1011)
        if connection.is_expire_due():
            connection.close(1011)
        ended = listener.put(data)
        if connection.is_cut_due(listener):
            connection.cut()
        for utterance in ended:
            connection.final(self.result(connection, utterance))
        if not ended:
            connection.send({"partial": " ".join(connection.partial_words(listener.said()))})

    @staticmethod
    def result(connection, utterance):
        if not utterance:
            return {"text": ""}
        shift = connection.shift_ms()
        return {"text": utterance.text,
                "result": [{"word": word, "conf": 0.9, "start": max(0, start + shift) / 1000,
                            "end": max(0, end + shift) / 1000}
                           for word, start, end in utterance.timed_words()]}
