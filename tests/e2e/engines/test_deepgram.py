"""Our client of Deepgram, through a gateway."""
import time
from functools import partial

import pytest

import speech
from calls import AGENT_WORDS, CUSTOMER_WORDS, engine_config, finals, ids_rise, words
from deepgram import KEY, Deepgram
from senders import Pcm
from subscriber import Subscriber


@pytest.fixture
def deepgram():
    simulator = Deepgram()
    yield simulator
    simulator.close()


@pytest.fixture
def call(call_over, deepgram):
    return partial(call_over, "dg", "deepgram", simulator=deepgram, key=KEY)


def test_a_call_is_heard_whole_and_in_order(call, deepgram):
    subscriber = call()
    segments = [message["segment"] for message in subscriber.of_type("transcript.final")]
    assert words(segments, "agent") == AGENT_WORDS
    assert words(segments, "customer") == CUSTOMER_WORDS
    assert [s["text"] for s in segments if s["role"] == "agent"][0] == \
        "Thank you for calling how can i help."
    assert subscriber.of_type("transcript.partial") and ids_rise(subscriber)
    for segment in segments:
        assert segment["word_times"] == "measured" and segment["confidence"] == 0.9
        assert [word["text"] for word in segment["words"]] == segment["text"].split()
    first = [s for s in segments if s["role"] == "customer"][0]
    assert abs(first["start_ms"] - 2400) <= 60 and abs(first["end_ms"] - 4000) <= 60
    assert len(deepgram.connections) == 1 and deepgram.queries[0]["multichannel"] == ["true"]
    assert deepgram.connections[0].received[-2:] == [{"type": "Finalize"}, {"type": "CloseStream"}]
    assert deepgram.complaints == []


def test_hints_of_route_and_engine_are_passed_on(call, deepgram):
    call(hints=["Sidetone"], route={"hints": ["café au lait"]})
    assert sorted(deepgram.queries[0]["keyterm"]) == ["Sidetone", "café au lait"]


def test_silence_is_bridged_by_keeping_the_stream_alive(deepgram, make_gateway):
    deepgram.idle_s = 7
    gateway = make_gateway(config=engine_config(
        {"name": "dg", "type": "deepgram", "url": deepgram.url, "key": KEY}))
    subscriber = Subscriber(gateway.ws("/v1/events"))
    sender = Pcm(gateway, "call-1")
    sender.say(agent=[(1, 1800), (0, 1000)])
    subscriber.until("transcript.final")
    time.sleep(9)  # nothing comes from the platform, as while a call is on hold
    sender.say(customer=[(2, 1600)])
    sender.stop()
    subscriber.until("call.ended")
    assert words(finals(subscriber), "customer") == speech.SENTENCES[2].split()
    assert deepgram.keep_alives > 0 and deepgram.complaints == []
    assert len(deepgram.connections) == 1


def test_what_it_is_asked_for(call, deepgram):
    call(model="nova-2-phonecall", parameters=["smart_format=true", "endpointing=500"])
    for query in deepgram.queries:
        assert query["model"] == ["nova-2-phonecall"] and query["endpointing"] == ["500"]
        assert query["sample_rate"] == ["8000"] and query["language"] == ["en-US"]
        assert query["smart_format"] == ["true"] and query["punctuate"] == ["true"]
    assert deepgram.complaints == []


@pytest.mark.parametrize("rate_hz", [8000, 16000])
def test_speech_without_a_pause_comes_in_pieces(call, deepgram, rate_hz):
    deepgram.piece_ms = 1000
    subscriber = call({"rate_hz": rate_hz})
    segments = [message["segment"] for message in subscriber.of_type("transcript.final")]
    assert words(segments, "agent") == AGENT_WORDS
    assert words(segments, "customer") == CUSTOMER_WORDS
    assert ids_rise(subscriber) and deepgram.complaints == []


def test_the_language_it_recognises_is_passed_on(call, deepgram):
    deepgram.languages = {"thank": "es"}
    subscriber = call(parameters=["language=multi"])
    segments = [message["segment"] for message in subscriber.of_type("transcript.final")]
    assert {s["language"] for s in segments if s["text"].startswith("Thank")} == {"es"}


@pytest.mark.parametrize("fault", ["duplicate", "out_of_order", "contradict"])
def test_odd_results_cost_no_word(call, deepgram, fault):
    deepgram.set_fault(fault)
    subscriber = call()
    segments = [message["segment"] for message in subscriber.of_type("transcript.final")]
    assert words(segments, "agent") == AGENT_WORDS
    assert words(segments, "customer") == CUSTOMER_WORDS
    assert ids_rise(subscriber) and len(deepgram.connections) == 1


@pytest.mark.parametrize("fault", ["refuse", "server_error", "throttled", "cut_mid_word", "expire",
                                   "malformed", "oversized", "clock_back"])
def test_after_a_fault_the_audio_is_heard_again(call, deepgram, fault):
    deepgram.set_fault(fault, connections=1)
    subscriber = call()
    segments = [message["segment"] for message in subscriber.of_type("transcript.final")]
    assert words(segments, "agent") == AGENT_WORDS
    assert words(segments, "customer") == CUSTOMER_WORDS
    assert deepgram.complaints == []
