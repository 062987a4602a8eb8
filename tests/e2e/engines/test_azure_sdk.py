"""Microsoft's own client talks to the simulator: what is proved with it may be said of the service."""
import pytest

from azure import KEY, TOKEN, Azure

pytestmark = pytest.mark.sdk

SAID = ["Thank you for calling how can i help.", "Um i i want to to pay $25.", "Goodbye."]


@pytest.fixture
def azure():
    simulator = Azure()
    yield simulator
    simulator.close()


def recognized(events):
    return [event for event in events if event["type"] == "recognized" and event["text"]]


@pytest.mark.parametrize("rate_hz", [8000, 16000])
def test_it_hears_what_is_said(azure, run_sdk, rate_hz):
    events = run_sdk("azure_sdk.mjs", azure.url, KEY, rate_hz)
    results = recognized(events)
    assert [event["text"] for event in results] == SAID
    assert [round(event["offset"] / 1e7, 1) for event in results] == [0.5, 3.0, 5.0]
    best = results[1]["json"]["NBest"][0]
    assert best["Lexical"].endswith("twenty five dollars") and best["Confidence"] == 0.9
    words = best["Words"]
    assert [word["Word"] for word in words] == best["Lexical"].split()
    assert words[0]["Offset"] == results[1]["offset"]
    partial = [event["text"] for event in events if event["type"] == "recognizing"]
    assert partial[0] == "thank" and "goodbye" in partial
    assert events[-1]["type"] in ("stopped", "canceled")
    assert azure.complaints == []
    assert azure.contexts[0]["dgi"]["groups"][0]["items"] == [{"text": "Sidetone"}, {"text": "Ann O'Neil"}]


def test_times_of_later_turns_count_from_what_was_recognised(azure, run_sdk):
    azure.turn_phrases = 1
    events = run_sdk("azure_sdk.mjs", azure.url, KEY, 16000)
    results = recognized(events)
    assert [event["text"] for event in results] == SAID
    for event, start_s in zip(results, [0.5, 3.0, 5.0]):
        assert abs(event["offset"] / 1e7 - start_s) <= 0.11
    assert azure.turns >= 3 and azure.complaints == []


def test_a_token_is_as_good_as_a_key(azure, run_sdk):
    events = run_sdk("azure_sdk.mjs", azure.url, TOKEN, 16000, "token")
    assert [event["text"] for event in recognized(events)] == SAID
    assert azure.complaints == []


def test_it_finds_out_the_language(azure, run_sdk):
    azure.languages = {"um": "es-ES"}
    events = run_sdk("azure_sdk.mjs", azure.url, KEY, 16000, "en-US,es-ES")
    assert [event["language"] for event in recognized(events)] == ["en-US", "es-ES", "en-US"]
    assert azure.contexts[0]["languageId"]["languages"] == ["en-US", "es-ES"]
    assert azure.complaints == []


def test_a_wrong_key_is_refused(azure, run_sdk):
    events = run_sdk("azure_sdk.mjs", azure.url, "another", 16000)
    assert {event["type"] for event in events} == {"canceled"}
    assert azure.connections == []


@pytest.mark.parametrize("status, code", [("TooManyRequests", "TooManyRequests"), ("Forbidden", "Forbidden"),
                                          ("BadRequest", "BadRequestParameters"), ("Error", "ServiceError")])
def test_statuses_mean_what_we_think(azure, run_sdk, status, code):
    azure.status = status
    events = run_sdk("azure_sdk.mjs", azure.url, KEY, 16000)
    assert [event for event in events if event["type"] == "canceled"][0]["code"] == code
