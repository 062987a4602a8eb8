"""AWS's own client talks to the simulator: what is proved with it may be said of the service."""
import json

import pytest

import speech
from aws import KEY_ID, SECRET, Simulator

pytestmark = pytest.mark.sdk

GREETING, MANAGER = f"{speech.SENTENCES[1]}.", f"{speech.SENTENCES[4]}."


@pytest.fixture
def aws():
    simulator = Simulator()
    yield simulator
    simulator.close()


@pytest.fixture
def sdk(aws, run_sdk):
    def run(transport, operation, key_id=KEY_ID, secret=SECRET, **parameters):
        return run_sdk("aws_sdk.mjs", aws.url(transport), transport, operation, key_id, secret,
                       json.dumps(parameters))
    return run


def utterances(events, is_partial=False):
    return [e["UtteranceEvent"] for e in events
            if "UtteranceEvent" in e and e["UtteranceEvent"]["IsPartial"] == is_partial]


def results(events, is_partial=False):
    return [r for e in events if "TranscriptEvent" in e for r in e["TranscriptEvent"]["Transcript"]["Results"]
            if r["IsPartial"] == is_partial]


TRANSPORTS = pytest.mark.parametrize("transport", ["http2", "websocket"])


@TRANSPORTS
def test_call_analytics(sdk, aws, transport):
    events = sdk(transport, "analytics")
    finals = utterances(events)
    assert [(u["ParticipantRole"], u["Transcript"]) for u in finals] == \
        [("AGENT", GREETING), ("CUSTOMER", MANAGER)]
    assert [i["Content"] for i in finals[0]["Items"]] == [*GREETING[:-1].split(), "."]
    assert all(u["Sentiment"] for u in finals)
    partials = utterances(events, is_partial=True)
    assert partials and {p["UtteranceId"] for p in partials} == {u["UtteranceId"] for u in finals}
    categories = [e["CategoryEvent"] for e in events if "CategoryEvent" in e]
    assert [c["MatchedCategories"] for c in categories] == [["manager please"]]
    assert aws.streams[0].configuration and aws.streams[0].is_over
    assert aws.complaints == []


@TRANSPORTS
@pytest.mark.parametrize("channels", [1, 2])
def test_the_standard_operation(sdk, aws, transport, channels):
    stereo = {"EnableChannelIdentification": True, "NumberOfChannels": 2} if channels == 2 else {}
    finals = results(sdk(transport, "standard", **stereo))
    assert sorted(r["Alternatives"][0]["Transcript"] for r in finals) == sorted([GREETING, MANAGER])
    assert {r.get("ChannelId") for r in finals} == ({"ch_0", "ch_1"} if channels == 2 else {None})
    assert aws.complaints == []


@TRANSPORTS
def test_stabilised_partials(sdk, aws, transport):
    events = sdk(transport, "standard", EnablePartialResultsStabilization=True, PartialResultsStability="high")
    items = [item for r in results(events, is_partial=True) for item in r["Alternatives"][0]["Items"]]
    assert {item["Stable"] for item in items} == {True, False}
    assert aws.complaints == []


@TRANSPORTS
def test_a_wrong_secret_is_refused(sdk, aws, transport):
    events = sdk(transport, "analytics", secret="another")
    assert events[-1]["error"] == "InvalidSignatureException"
    assert aws.streams == []


@TRANSPORTS
def test_an_unknown_key_is_refused(sdk, aws, transport):
    assert sdk(transport, "analytics", key_id="AKIDANOTHER")[-1]["error"] == "UnrecognizedClientException"


@TRANSPORTS
@pytest.mark.parametrize("name", ["BadRequestException", "ConflictException", "LimitExceededException",
                                  "InternalFailureException", "ServiceUnavailableException"])
def test_every_exception_in_the_stream(sdk, aws, transport, name):
    aws.exception = (name, "in the middle", 1000, 1)
    events = sdk(transport, "analytics")
    assert events[-1] == {"error": name, "message": "in the middle"}


@TRANSPORTS
def test_a_wrong_parameter(sdk, aws, transport):
    events = sdk(transport, "analytics", VocabularyName="a name with spaces")
    assert events[-1]["error"] == "BadRequestException"
    assert "validation error(s) detected" in events[-1]["message"]
