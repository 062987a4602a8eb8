"""Independent senders of calls: our own dialect and Twilio's, by Python's websockets."""
import base64
import json

import speech


class Pcm:
    """The pcm dialect."""

    def __init__(self, gateway, call_id="call-1", bearer=None, path="/v1/ingest/pcm", **start):
        self.ws = gateway.ws(path, bearer=bearer)
        self.rate_hz = start.get("rate_hz", 8000)
        if call_id is not None:
            start["call_id"] = call_id
        self.send(type="start", **start)

    def send(self, **message):
        self.ws.send(json.dumps(message))

    def receive(self, timeout=20):
        return json.loads(self.ws.recv(timeout=timeout))

    def say(self, agent=(), customer=(), step_ms=100):
        """Both channels at once, each a list of (sentence, ms)."""
        values = speech.interleave(speech.samples(agent, self.rate_hz),
                                   speech.samples(customer, self.rate_hz))
        step = 2 * self.rate_hz * step_ms // 1000
        for at in range(0, len(values), step):
            self.ws.send(speech.l16(values[at:at + step]))

    def stop(self):
        self.send(type="stop")

    def close(self):
        self.ws.close()


class Twilio:
    """Media Streams, both tracks on one connection."""

    def __init__(self, gateway, call_sid="CA1", tracks=("inbound", "outbound"), stream_sid="MZ1",
                 headers=None, path="/v1/ingest/twilio", parameters=None):
        self.ws = gateway.ws(path, additional_headers=headers)
        self.stream_sid, self.sequence = stream_sid, 0
        self.chunks = dict.fromkeys(tracks, 0)
        self.send({"event": "connected", "protocol": "Call", "version": "1.0.0"}, numbered=False)
        self.send({"event": "start", "start": {
            "streamSid": stream_sid, "accountSid": "AC1", "callSid": call_sid,
            "tracks": list(tracks), "customParameters": parameters or {},
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}}})
        self.call_sid = call_sid

    def send(self, message, numbered=True):
        if numbered:
            self.sequence += 1
            message = {**message, "sequenceNumber": str(self.sequence),
                       "streamSid": self.stream_sid}
        self.ws.send(json.dumps(message))

    def media(self, track, payload, timestamp=None):
        self.chunks[track] += 1
        at = (self.chunks[track] - 1) * 20 if timestamp is None else timestamp
        self.send({"event": "media", "media": {
            "track": track, "chunk": str(self.chunks[track]), "timestamp": str(at),
            "payload": base64.b64encode(payload).decode()}})

    def say(self, **tracks):
        """say(inbound=[(sentence, ms)…], outbound=…)"""
        audio = {track: speech.mulaw(speech.samples(parts)) for track, parts in tracks.items()}
        for at in range(0, max(map(len, audio.values())), 160):
            for track, data in audio.items():
                if at < len(data):
                    self.media(track, data[at:at + 160])

    def stop(self):
        self.send({"event": "stop", "stop": {"accountSid": "AC1", "callSid": self.call_sid}})

    def close(self):
        self.ws.close()
