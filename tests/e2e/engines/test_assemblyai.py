"""Our client of AssemblyAI, through a gateway."""
import json
from functools import partial

import pytest

from assemblyai import KEY, AssemblyAI
from calls import assert_whole, finals


@pytest.fixture
def assemblyai():
    simulator = AssemblyAI()
    yield simulator
    simulator.close()


@pytest.fixture
def call(call_over, assemblyai):
    return partial(call_over, "aai", "assemblyai", simulator=assemblyai, key=KEY)


@pytest.mark.parametrize("rate_hz", [8000, 16000])
def test_a_call_is_heard_whole_and_formatted(call, assemblyai, rate_hz):
    subscriber = call({"rate_hz": rate_hz})
    assert_whole(subscriber)
    segments = finals(subscriber)
    assert [s["text"] for s in segments if s["role"] == "agent"][0] == \
        "Thank you for calling how can i help."
    for segment in segments:
        assert segment["word_times"] == "measured" and segment["confidence"] == 0.9
    first = [s for s in segments if s["role"] == "customer"][0]
    assert abs(first["start_ms"] - 2400) <= 60 and abs(first["end_ms"] - 4000) <= 60
    partials = [m["segment"]["text"] for m in subscriber.of_type("transcript.partial")]
    assert "thank" in partials  # of a turn that had no final word yet
    assert len(assemblyai.connections) == 2 and assemblyai.complaints == []
    assert all(c.received[-1] == {"type": "Terminate"} for c in assemblyai.connections)


def test_it_is_reached_by_tls_with_its_own_authority(call, tls, authority):
    simulator = AssemblyAI(tls)
    assert_whole(call(simulator=simulator, ca_file=str(authority.certificate)))
    simulator.close()


def test_what_it_is_asked_for(call, assemblyai):
    call(model="u3-rt-pro", parameters=["min_turn_silence=200", "language_codes=[\"en\"]"])
    for query in assemblyai.queries:
        assert query["speech_model"] == ["u3-rt-pro"] and query["format_turns"] == ["true"]
        assert query["min_turn_silence"] == ["200"] and query["sample_rate"] == ["8000"]
        assert json.loads(query["language_codes"][0]) == ["en"]
    assert assemblyai.complaints == []


def test_without_formatting_turns_come_as_heard(call):
    subscriber = call(parameters=["format_turns=false"])
    assert_whole(subscriber)
    assert "thank you for calling how can i help" in [s["text"] for s in finals(subscriber)]


def test_a_formatted_turn_may_come_late(call, assemblyai):
    assemblyai.formats_late = True
    subscriber = call()
    assert_whole(subscriber)


def test_a_language_it_tells_is_passed_on(call, assemblyai):
    assemblyai.language = "es"
    subscriber = call(model="universal-streaming-multilingual", parameters=["language_detection=true"])
    assert {s["language"] for s in finals(subscriber)} == {"es"}
    assert all("language" not in s for s in finals(call()))


def test_a_session_is_renewed_before_it_expires(call, assemblyai):
    assemblyai.session_s = 11
    subscriber = call()
    assert_whole(subscriber)


@pytest.mark.parametrize("fault", ["duplicate", "out_of_order", "contradict"])
def test_odd_turns_cost_no_word(call, assemblyai, fault):
    assemblyai.set_fault(fault)
    assert_whole(call())
    assert len(assemblyai.connections) == 2


@pytest.mark.parametrize("fault", ["refuse", "server_error", "throttled", "cut_mid_word", "expire",
                                   "malformed", "oversized", "clock_back"])
def test_after_a_fault_the_audio_is_heard_again(call, assemblyai, fault):
    assemblyai.set_fault(fault, connections=1)
    assert_whole(call())
    assert assemblyai.complaints == []
