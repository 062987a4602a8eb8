"""How a call is spoken, from audio to what a subscriber is told: characteristics, silences, shifts."""

import math
import random

import pytest
from senders import Pcm

import speech
from subscriber import Subscriber

RATE = 8000
LEXICON = "angry\t-2.3\nterrible\t-2.1\nproblem\t-1.7\nthank\t1.5\ngreat\t3.1\nwonderful\t2.7\n"


@pytest.fixture
def gateway(make_gateway, tmp_path):
    lexicon = tmp_path / "lexicon.txt"
    lexicon.write_text(LEXICON, encoding="utf-8")
    return make_gateway(config={"sentiment": {"lexicon_file": str(lexicon)},
                                "characteristics": {"silence_s": 4}})


def final_of(subscriber):
    subscriber.until("call.ended")
    finals = [m for m in subscriber.of_type("characteristics.updated") if m["final"]]
    assert len(finals) == 1
    return finals[0]


def words_of(subscriber, channel):
    """[(start_ms, end_ms)] of each final segment, by its words."""
    segments = [m["segment"] for m in subscriber.of_type("transcript.final")]
    return [(s["words"][0]["start_ms"], s["words"][-1]["end_ms"]) for s in segments
            if s["channel"] == channel and s["words"]]


def test_characteristics_are_those_of_the_transcript(gateway, subscribe):
    subscriber = subscribe()
    sender = Pcm(gateway, "call-1")
    sender.say(agent=[(1, 2000), (0, 5000), (5, 6000)],
               customer=[(0, 3000), (2, 2000), (0, 4000), (4, 4000), (0, 6000)])
    sender.stop()
    final = final_of(subscriber)
    figures = final["characteristics"]
    said = [words_of(subscriber, channel) for channel in (0, 1)]
    for channel, of in enumerate(figures["channels"]):
        talk = sum(end - start for start, end in said[channel])
        assert of["talk_ms"] == talk
        assert of["segments"] == len(said[channel]) == 2
        assert of["words_per_minute"] == (of["words"] * 120000 + talk) // (2 * talk)
    assert [of["words"] for of in figures["channels"]] == [8 + 9, 7 + 9]
    agent, customer = (of["talk_ms"] for of in figures["channels"])
    assert figures["talk_ratio"] == pytest.approx(agent / customer, abs=0.0051)
    # The customer came in while the agent was talking, and stayed.
    overlap = (max(said[0][1][0], said[1][1][0]), min(said[0][1][1], said[1][1][1]))
    assert figures["overlap_ms"] == overlap[1] - overlap[0]
    assert final["interruptions"] == [
        {"channel": 1, "role": "customer", "start_ms": overlap[0], "end_ms": overlap[1]}]
    gap = (said[1][0][1], said[0][1][0])
    tail = (said[0][1][1] if said[0][1][1] > said[1][1][1] else said[1][1][1], 19000)
    assert final["non_talks"] == [{"start_ms": start, "end_ms": end} for start, end in (gap, tail)]
    assert figures["response_ms"] == gap[1] - gap[0]
    assert figures["channels"][0]["loudness"] is None  # a constant value is no speech
    for of, score in zip(figures["sentiment"], (5, -5)):
        end_ms = said[of["channel"]][-1][1]
        assert [(q["start_ms"], q["end_ms"]) for q in of["quarters"]] == [
            (end_ms * i // 4, end_ms * (i + 1) // 4) for i in range(4)]
        assert [q["score"] for q in of["quarters"]] == [score, None, 0, None]
        assert of["overall"] == score / 2
    state = gateway.get("/v1/calls/call-1").json()
    assert state["characteristics"] == figures


def test_figures_come_while_the_call_goes_on(gateway, subscribe):
    subscriber = subscribe()
    sender = Pcm(gateway, "call-1")
    sender.say(agent=[(1, 2000), (0, 4000)], customer=[(0, 3000), (2, 2000), (0, 1000)])
    subscriber.until("transcript.final", timeout=20)
    sender.say(agent=[(0, 6000)])
    live = subscriber.until("characteristics.updated")
    assert not live["final"] and "non_talks" not in live
    assert live["characteristics"]["sentiment"] is None
    assert live["characteristics"]["channels"][0]["talk_ms"] > 1000
    late = subscribe().until("snapshot")["call"]
    assert late["characteristics"]["channels"][0]["talk_ms"] > 1000
    sender.stop()
    final_of(subscriber)


def test_a_silence_is_told_when_it_has_lasted_and_when_it_is_over(gateway, subscribe):
    subscriber = subscribe()
    sender = Pcm(gateway, "call-1")
    sender.say(agent=[(1, 2000), (0, 1000)])
    subscriber.until("transcript.final")
    sender.say(agent=[(0, 6000), (1, 2000), (0, 1000)])
    started = subscriber.until("silence.detected")
    ended = subscriber.until("silence.detected")
    said = words_of(subscriber, 0)
    assert (started["state"], ended["state"]) == ("started", "ended")
    assert (started["start_ms"], started["duration_ms"]) == (said[0][1], 4000)
    sender.stop()
    final_of(subscriber)
    assert (ended["start_ms"], ended["end_ms"]) == (said[0][1], words_of(subscriber, 0)[1][0])
    assert ended["reason"] == "unknown"


def test_a_pause_of_the_platform_is_a_hold(gateway, subscribe):
    subscriber = subscribe()
    sender = Pcm(gateway, "call-1")
    sender.say(agent=[(1, 2000), (0, 1000)])
    subscriber.until("transcript.final")
    sender.send(type="pause")
    sender.say(agent=[(0, 6000)])
    sender.send(type="resume")
    sender.say(agent=[(1, 2000), (0, 1000)])
    sender.stop()
    final = final_of(subscriber)
    assert [m["reason"] for m in subscriber.of_type("silence.detected")] == ["hold", "hold"]
    assert final["characteristics"]["hold_ms"] == 6000
    assert final["characteristics"]["hold_guessed_ms"] == 0


def test_a_silence_that_was_asked_for_is_a_hold(gateway, subscribe, monkeypatch):
    monkeypatch.setattr(speech, "SENTENCES", {**speech.SENTENCES, 11: "one moment please i will look it up"})
    subscriber = subscribe()
    sender = Pcm(gateway, "call-1")
    sender.say(agent=[(11, 2000), (0, 1000)])
    subscriber.until("transcript.final")
    sender.say(agent=[(0, 6000), (1, 2000), (0, 1000)])
    sender.stop()
    final = final_of(subscriber)
    assert [(m["state"], m["reason"]) for m in subscriber.of_type("silence.detected")] == [
        ("started", "hold"), ("ended", "hold")]
    assert final["characteristics"]["hold_ms"] == 0
    assert final["characteristics"]["hold_guessed_ms"] == subscriber.of_type("silence.detected")[1]["duration_ms"]


def test_the_customer_turns_negative_and_recovers(gateway, subscribe):
    subscriber = subscribe()
    sender = Pcm(gateway, "call-1")
    sender.say(customer=[(3, 2000), (0, 500), (3, 2000), (0, 500), (6, 2500), (0, 500), (6, 2500),
                         (0, 500), (6, 2500), (0, 1000)])
    sender.stop()
    final_of(subscriber)
    shifts = subscriber.of_type("sentiment.shifted")
    assert [m["shift"] for m in shifts][:2] == ["turned_negative", "recovered"]
    assert all(m["role"] == "customer" for m in shifts)
    assert shifts[0]["rolling"] <= -0.3 and shifts[1]["rolling"] >= -0.05
    assert not gateway.get("/v1/calls/call-1").json()["characteristics"]["sentiment"] is None


def test_loudness_is_that_of_the_audio_and_music_is_not_silence_without_reason(gateway, subscribe):
    subscriber = subscribe()
    sender = Pcm(gateway, "call-1")
    rng = random.Random(1)
    sent = speech.babble(3000, 6000, rng) + [0] * 2 * RATE + speech.babble(32000, 3000, rng) + [0] * RATE
    silence = [0] * len(sent)
    step = RATE // 10
    for at in range(0, len(sent), step):
        sender.ws.send(speech.l16(speech.interleave(sent[at:at + step], silence[at:at + step])))
    sender.stop()
    final = final_of(subscriber)
    agent, customer = final["loudness"]
    assert customer["seconds"] and set(customer["seconds"]) == {None}
    assert len(agent["seconds"]) == 38
    for second, loudness in enumerate(agent["seconds"][:37]):
        loud = [v for v in sent[second * RATE:(second + 1) * RATE] if v != 0]
        if second in (3, 4):
            assert loudness is None
        elif second not in (0, 5):  # where it begins it is not yet sure
            level = 100 + 10 * math.log10(sum(v * v for v in loud) / len(loud) / 32768**2)
            assert loudness == pytest.approx(level, abs=3), second
    reasons = [(m["state"], m["reason"]) for m in subscriber.of_type("silence.detected")]
    assert reasons == [("started", "music"), ("ended", "music")]
    assert final["characteristics"]["hold_guessed_ms"] == 38000


def test_ten_seconds_is_the_default(make_gateway):
    gateway = make_gateway()
    sender = Pcm(gateway, "call-1")
    told = Subscriber(gateway.ws("/v1/events"))
    sender.say(agent=[(0, 9900)])
    sender.say(agent=[(0, 2000)])
    assert told.until("silence.detected")["end_ms"] == 10000
    sender.stop()


