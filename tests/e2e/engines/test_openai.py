"""Our client of OpenAI-style realtime transcription, through a gateway."""
from functools import partial

import pytest

from calls import assert_whole, finals, words
from openai import KEY, OpenAI


@pytest.fixture
def openai():
    simulator = OpenAI()
    yield simulator
    simulator.close()


@pytest.fixture
def call(call_over, openai):
    return partial(call_over, "oa", "openai", simulator=openai, key=KEY)


@pytest.mark.parametrize("rate_hz,form", [(8000, "auto"), (8000, "pcm"), (16000, "auto")])
@pytest.mark.parametrize("beta", ["false", "true"])
def test_a_call_is_heard_whole(call, openai, rate_hz, form, beta):
    subscriber = call({"rate_hz": rate_hz}, parameters=[f"format={form}", f"beta={beta}"])
    assert_whole(subscriber)
    segments = finals(subscriber)
    assert [s["text"] for s in segments if s["role"] == "agent"][0] == \
        "Thank you for calling how can i help."
    first = [s for s in segments if s["role"] == "customer"][0]
    assert abs(first["start_ms"] - 2400) <= 60 and abs(first["end_ms"] - 4000) <= 60
    assert first["word_times"] == "estimated" and first["confidence"] is None
    assert [word["text"] for word in first["words"]] == first["text"].split()
    assert subscriber.of_type("transcript.partial")
    assert openai.complaints == []


def test_what_it_is_asked_for(call, openai):
    call(model="gpt-4o-mini-transcribe", parameters=["prompt=Bills and charges.", "threshold=0.6",
                                                     "silence_duration_ms=400",
                                                     "noise_reduction=near_field"])
    for session in openai.sessions:
        audio = session["audio"]["input"]
        assert audio["format"] == {"type": "audio/pcmu"}
        assert audio["transcription"] == {"model": "gpt-4o-mini-transcribe", "language": "en",
                                          "prompt": "Bills and charges."}
        assert audio["turn_detection"] == {"type": "server_vad", "threshold": 0.6,
                                           "prefix_padding_ms": 300, "silence_duration_ms": 400}
        assert audio["noise_reduction"] == {"type": "near_field"}
    assert openai.complaints == []


def test_silence_is_not_transcribed_at_the_end(call):
    segments = finals(call({"agent": [(1, 1800), (0, 3000)], "customer": [(0, 4800)]}))
    assert [s["text"] for s in segments] == ["Thank you for calling how can i help."]


def test_a_language_it_tells_is_passed_on(call, openai):
    openai.languages = ["en", "es"]
    assert {s["language"] for s in finals(call())} == {"en"}


def test_what_it_could_not_transcribe_is_tried_again(call, openai):
    openai.fails = True
    assert_whole(call())


@pytest.mark.parametrize("fault", ["duplicate", "out_of_order", "contradict"])
def test_odd_transcripts_cost_no_word(call, openai, fault):
    openai.set_fault(fault)
    assert_whole(call())
    assert len(openai.connections) == 2


@pytest.mark.parametrize("fault", ["refuse", "server_error", "throttled", "cut_mid_word", "expire",
                                   "malformed", "oversized", "clock_back"])
def test_after_a_fault_the_audio_is_heard_again(call, openai, fault):
    openai.set_fault(fault, connections=1)
    assert_whole(call())
    assert openai.complaints == []
