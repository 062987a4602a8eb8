"""Azure's own client parses what our sender makes: what it understands, Azure may have sent."""
import json

import pytest

import acs
import speech

pytestmark = pytest.mark.sdk


def parse(run_sdk, messages):
    return run_sdk("acs_sdk.mjs", input="".join(json.dumps(message) + "\n" for message in messages))


def test_audio(run_sdk):
    messages = [acs.audio_metadata(24000), acs.audio_data(speech.l16([1, -2]), 20, acs.CUSTOMER),
                acs.audio_data(speech.l16([0] * 320), 40, acs.AGENT, silent=True),
                acs.audio_data(speech.l16([7]), 60), acs.dtmf_data("5")]
    metadata, customer, agent, mixed, dtmf = parse(run_sdk, messages)
    assert metadata["kind"] == "AudioMetadata" and metadata["sampleRate"] == 24000
    assert metadata["channels"] == 1 and metadata["encoding"] == "PCM" and metadata["subscriptionId"]
    assert customer["participant"] == {"kind": "phoneNumber", "phoneNumber": "+14255550123",
                                       "isAnonymous": False}
    assert customer["data"] == "AQD+/w==" and customer["timestamp"] == "2026-03-02T19:16:12.945Z"
    assert customer["isSilent"] is False
    assert agent["participant"]["kind"] == "communicationUser" and agent["isSilent"] is True
    assert "participant" not in mixed
    assert dtmf == {"kind": "DtmfData", "data": "5"}


def test_transcripts(run_sdk):
    messages = [acs.transcription_metadata("call-7"),
                acs.transcription_data(acs.AGENT, "Hello there.", 1500, 2500, languageIdentified="en-US",
                                       sentimentAnalysisResult={"sentiment": "neutral"}),
                acs.transcription_data(acs.CUSTOMER, "hi", 3000, 3400, is_final=False)]
    metadata, final, partial = parse(run_sdk, messages)
    assert metadata["kind"] == "TranscriptionMetadata" and metadata["callConnectionId"] == "call-7"
    assert metadata["locale"] == "en-us" and metadata["correlationId"]
    assert final["kind"] == "TranscriptionData" and final["resultState"] == "Final"
    assert final["text"] == "Hello there." and final["format"] == "display"
    assert final["offsetInTicks"] == 15000000 and final["durationInTicks"] == 10000000
    assert [word["text"] for word in final["words"]] == ["hello", "there"]
    assert final["words"][1] == {"text": "there", "offsetInTicks": 20000000, "durationInTicks": 5000000}
    assert final["participant"]["kind"] == "communicationUser" and final["confidence"] == 0.875
    assert partial["resultState"] == "Intermediate" and partial["words"] == []
