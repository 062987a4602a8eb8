"""Our client of Azure Speech, through a gateway."""
from functools import partial

import pytest

from azure import KEY, TOKEN, Azure
from calls import assert_whole, engine_config, finals, hear_call, words
from subscriber import Subscriber


@pytest.fixture
def azure():
    simulator = Azure()
    yield simulator
    simulator.close()


@pytest.fixture
def call(call_over, azure):
    return partial(call_over, "az", "azure", simulator=azure, key=KEY)


@pytest.mark.parametrize("rate_hz", [8000, 16000])
def test_a_call_is_heard_whole_and_in_order(call, azure, rate_hz):
    subscriber = call({"rate_hz": rate_hz})
    assert_whole(subscriber)
    segments = finals(subscriber)
    assert [s["text"] for s in segments if s["role"] == "agent"][0] == \
        "Thank you for calling how can i help."
    assert subscriber.of_type("transcript.partial")
    for segment in segments:
        assert segment["word_times"] == "measured" and segment["confidence"] == 0.9
        assert [word["text"] for word in segment["words"]] == segment["text"].split()
    first = [s for s in segments if s["role"] == "customer"][0]
    assert abs(first["start_ms"] - 2400) <= 60 and abs(first["end_ms"] - 4000) <= 60
    assert azure.complaints == [] and len(azure.connections) == 2


def test_numbers_are_written_and_timed(call, azure):
    subscriber = call({"agent": [(44, 2000), (0, 1000)], "customer": []})
    segment = finals(subscriber)[0]
    assert segment["text"] == "Um i i want to to pay $25."
    assert [word["text"] for word in segment["words"]] == segment["text"].split()
    last = segment["words"][-1]
    assert abs(last["start_ms"] - 1400) <= 60 and abs(last["end_ms"] - 2000) <= 60


def test_what_it_is_asked_for(call, azure):
    call(hints=["Sidetone", 'Ann "O" Neil'],
         parameters=["profanity=raw", "segmentationSilenceTimeoutMs=500"])
    for query in azure.queries:
        assert query["language"] == ["en-US"] and query["format"] == ["detailed"]
        assert query["profanity"] == ["raw"] and query["segmentationSilenceTimeoutMs"] == ["500"]
        assert "Ocp-Apim-Subscription-Key" not in query and "auth" not in query
    for context in azure.contexts:
        assert context["phraseDetection"] == {"mode": "Conversation", "language": "en-US"}
        assert context["phraseOutput"] == {"format": "Detailed", "detailed": {"options": ["WordTimings"]}}
        assert context["dgi"] == {"groups": [{"type": "Generic", "items": [
            {"text": "Sidetone"}, {"text": 'Ann "O" Neil'}]}], "bias": 1}
    assert azure.complaints == []


def test_a_custom_model_and_a_token(call, azure):
    assert_whole(call(key=TOKEN, model="model-guid", parameters=["auth=token"]))
    for query in azure.queries:
        assert query["cid"] == ["model-guid"] and "language" not in query
    assert azure.complaints == []


def test_it_finds_out_the_language(call, azure):
    azure.languages = {"i": "es-ES"}
    subscriber = call(parameters=["languages=en-US,es-ES"])
    assert_whole(subscriber)
    assert {(s["text"].split()[0], s["language"]) for s in finals(subscriber)} == {
        ("Thank", "en-US"), ("I", "es-ES")}
    assert azure.contexts[0]["languageId"]["onUnknown"] == {"action": "None"}
    assert azure.queries[0]["lidEnabled"] == ["true"] and azure.complaints == []


@pytest.mark.parametrize("phrases", [1, 2])
def test_a_turn_may_end_at_any_time(call, azure, phrases):
    azure.turn_phrases = phrases
    subscriber = call()
    assert_whole(subscriber)
    second = [s for s in finals(subscriber) if s["role"] == "agent"][1]
    assert abs(second["start_ms"] - 6000) <= 80 and abs(second["end_ms"] - 8000) <= 80
    assert azure.turns > 2 and azure.complaints == [] and len(azure.connections) == 2


def test_answers_in_binary_frames(call, azure):
    azure.binary_replies = True
    assert_whole(call())


@pytest.mark.parametrize("fault", ["duplicate", "out_of_order", "contradict"])
def test_odd_results_cost_no_word(call, azure, fault):
    azure.set_fault(fault)
    assert_whole(call())
    assert len(azure.connections) == 2


@pytest.mark.parametrize("fault", ["refuse", "server_error", "throttled", "cut_mid_word", "expire",
                                   "malformed", "oversized", "clock_back"])
def test_after_a_fault_the_audio_is_heard_again(call, azure, fault):
    azure.set_fault(fault, connections=1)
    assert_whole(call())
    assert azure.complaints == []


@pytest.mark.parametrize("status", ["TooManyRequests", "Error"])
def test_after_a_status_the_audio_is_heard_again(call, azure, status):
    azure.status = status
    assert_whole(call())


# ---- another engine takes over ----

def test_a_refusal_says_what_to_do(azure, recogniser, make_gateway):
    gateway = make_gateway(config=engine_config(
        {"name": "first", "type": "azure", "url": azure.url, "key": "wrong-key"},
        {"name": "second", "type": "vosk", "url": recogniser.url}))
    subscriber = Subscriber(gateway.ws("/v1/events"))
    hear_call(gateway, subscriber)
    assert_whole(subscriber)
    degraded = subscriber.of_type("stt.degraded")[0]
    assert degraded["trouble"] == "refused" and "check 'key'" in degraded["reason"]
    assert len(azure.attempts) <= 2 and "wrong-key" not in gateway.log()
    subscriber.ws.close()
