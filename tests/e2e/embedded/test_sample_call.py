"""The sample call through the whole gateway, recognised by the embedded engine."""
import difflib
import subprocess

import pytest

import contract
import wer
from gateway import BINARY

pytestmark = pytest.mark.embedded

CARD = "4539148803436467"


def test_it_is_understood(transcript, sample_call):
    errors = words = 0
    for role in sample_call.roles:
        wanted = wer.fold(sample_call.said_by(role))
        errors += wer.errors(wanted, wer.fold(transcript.said_by(role)))
        words += len(wanted)
    assert errors / words <= 0.05, f"{errors} of {words} words"


def test_the_sentence_that_matters_is_exact(transcript):
    heard = " ".join(wer.fold(transcript.said_by("customer")))
    assert "i want to speak to a manager right now or i will cancel my account" in heard


def test_the_card_number_is_exact(transcript):
    assert any(CARD == "".join(word for word in wer.fold(segment["text"]) if word.isdigit())
               for segment in transcript.finals if segment["role"] == "customer")


def test_the_alert_is_raised(transcript):
    alerts = [m["alert"] for m in transcript.messages if m["type"] == "alert.raised"]
    assert ["manager"] == [a["category"] for a in alerts if a["severity"] == "high"]


def test_each_role_says_its_own(transcript, sample_call):
    for segment in transcript.finals + transcript.partials:
        assert segment["role"] == sample_call.roles[segment["channel"]]
    for role in sample_call.roles:
        own = wer.rate(sample_call.said_by(role), transcript.said_by(role))
        assert own <= 0.10, role


def test_words_start_when_they_were_said(transcript, sample_call, models):
    """The agent's voice tells when it says each word."""
    measured = (models / "decoder_words.ort").exists()
    agent = [s for s in transcript.finals if s["role"] == "agent"]
    assert {s["word_times"] for s in agent} == {"measured" if measured else "estimated"}
    said = [(wer.fold(word), start) for word, start in sample_call.words_of("agent")]
    heard = [(wer.fold(word["text"]), word["start_ms"]) for s in agent for word in s["words"]]
    matcher = difflib.SequenceMatcher(None, [" ".join(w) for w, _ in said],
                                      [" ".join(w) for w, _ in heard], autojunk=False)
    off = [abs(said[block.a + i][1] - heard[block.b + i][1])
           for block in matcher.get_matching_blocks() for i in range(block.size)]
    assert len(off) >= 0.9 * len(said)
    assert sum(off) / len(off) <= (80 if measured else 160)


def test_words_are_in_order_within_their_segment(transcript):
    for segment in transcript.finals:
        at = segment["start_ms"]
        assert " ".join(word["text"] for word in segment["words"]) == segment["text"]
        for word in segment["words"]:
            assert at <= word["start_ms"] <= word["end_ms"] <= segment["end_ms"]
            assert 0 <= word["confidence"] <= 1
            at = word["start_ms"]


def test_finals_follow_the_partials_of_their_utterance(transcript):
    assert transcript.partials
    final_at = {}
    for at, message in enumerate(transcript.messages):
        segment = message.get("segment")
        if not segment:
            continue
        key = segment["channel"], segment["id"]
        assert key not in final_at, "something came after a final"
        if message["type"] == "transcript.final":
            final_at[key] = at
    for segment in transcript.partials:
        assert (segment["channel"], segment["id"]) in final_at


def test_every_message_keeps_to_its_schema(transcript):
    for message in transcript.messages:
        contract.check(message)  # that it is valid UTF-8, websockets has checked


def test_the_other_platform_hears_the_same(gateway, subscribe, sample_call, sections, tmp_path):
    """A part of it, sent by our own client as Twilio would."""
    audio, alone = sections[0]
    path = tmp_path / "part.wav"
    subprocess.run(["sox", "-t", "raw", "-r", "8000", "-c", "2", "-e", "mu-law", "-b", "8", "-",
                    path], input=audio, check=True)
    subscriber = subscribe(gateway, calls=["by-twilio"])
    subscriber.until("snapshot.end")
    subprocess.run([BINARY, "send", path, "--as", "twilio", "--speed", "8", "--call-id",
                    "by-twilio", "--url", f"ws://127.0.0.1:{gateway.port}"], check=True,
                   capture_output=True)
    subscriber.until("call.ended", timeout=60)
    finals = [m["segment"] for m in subscriber.of_type("transcript.final")]
    texts = [[s["text"] for s in finals if s["role"] == role and s["text"]]
             for role in sample_call.roles]
    assert texts == alone.texts()
