"""Azure Communication Services as a sender: audio and transcripts of calls, as its documents and SDKs have them."""
import base64
import datetime
import json

import speech

AGENT = "8:acs:10c89ae6-0000-2000-a000-bae02a7c1b09_0000001c-1b3a"
CUSTOMER = "4:+14255550123"
BEGIN = datetime.datetime(2026, 3, 2, 19, 16, 12, 925000)
TICKS_PER_MS = 10000


def audio_metadata(rate_hz=16000, subscription="a35d3e4e-0000-4000-8000-6f7d1c53a1f0"):
    return {"kind": "AudioMetadata",
            "audioMetadata": {"subscriptionId": subscription, "encoding": "PCM", "sampleRate": rate_hz,
                              "channels": 1, "length": rate_hz // 25}}


def audio_data(payload, at_ms, participant=None, silent=False):
    at = BEGIN + datetime.timedelta(milliseconds=at_ms)
    body = {"timestamp": at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
            "data": base64.b64encode(payload).decode(), "silent": silent}
    if participant:
        body["participantRawID"] = participant
    return {"kind": "AudioData", "audioData": body}


def transcription_metadata(call_id, locale="en-us", subscription="b7d3a2f0-0000-4000-8000-8f8f8f8f8f8f"):
    return {"kind": "TranscriptionMetadata",
            "transcriptionMetadata": {"subscriptionId": subscription, "locale": locale,
                                      "callConnectionId": call_id,
                                      "correlationId": "d8d7c2ab-correlation",
                                      "speechRecognitionModelEndpointId": None}}


def transcription_data(participant, text, start_ms, end_ms, is_final=True, clock=lambda ms: ms * TICKS_PER_MS,
                       words=True, **more):
    spoken = text.split() if is_final and words else []
    share = (end_ms - start_ms) / max(1, len(spoken))
    timed = [{"text": word.strip(".?,").lower(), "offset": clock(round(start_ms + i * share)),
              "duration": round(share) * TICKS_PER_MS} for i, word in enumerate(spoken)]
    return {"kind": "TranscriptionData",
            "transcriptionData": {"text": text, "format": "display", "confidence": 0.875,
                                  "offset": clock(start_ms), "duration": (end_ms - start_ms) * TICKS_PER_MS,
                                  "words": timed, "participantRawID": participant,
                                  "resultStatus": "Final" if is_final else "Intermediate", **more}}


def dtmf_data(tone):
    return {"kind": "DtmfData", "dtmfData": {"data": tone}}


def packets(rate_hz=16000, begin_ms=0, **people):
    """AudioData every 20 ms, a packet of each participant, all as long as the longest of them."""
    voices = {raw_id: speech.samples(parts, rate_hz) for raw_id, parts in people.items()}
    step = rate_hz // 50
    for at in range(0, max(map(len, voices.values())), step):
        for raw_id, values in voices.items():
            part = values[at:at + step]
            part += [0] * (step - len(part))
            yield audio_data(speech.l16(part), begin_ms + at * 1000 // rate_hz,
                             None if raw_id == "mixed" else raw_id, not any(part))


class Acs:
    """One connection of it."""

    def __init__(self, gateway, call_id="call-1", path="/v1/ingest/acs", headers=None, **options):
        self.call_id = call_id
        self.ws = gateway.ws(path, additional_headers={
            "x-ms-call-connection-id": call_id, "x-ms-call-correlation-id": "corr-1", **(headers or {})},
            **options)

    def send(self, message):
        self.ws.send(json.dumps(message))

    def begin_audio(self, rate_hz=16000):
        self.send(audio_metadata(rate_hz))

    def begin_transcript(self, **more):
        self.send(transcription_metadata(self.call_id, **more))

    def talk(self, rate_hz=16000, begin_ms=0, **people):
        for message in packets(rate_hz, begin_ms, **people):
            self.send(message)

    def say(self, participant, text, start_ms, end_ms, **more):
        """A few partials, then the final."""
        words = text.split()
        clock = {"clock": more["clock"]} if "clock" in more else {}
        for count in range(1, len(words), 3):
            self.send(transcription_data(participant, " ".join(words[:count]), start_ms, end_ms, **clock,
                                         is_final=False))
        self.send(transcription_data(participant, text, start_ms, end_ms, **more))

    def close(self, code=1000):
        self.ws.close(code)

    def cut(self):
        self.ws.socket.shutdown(2)
