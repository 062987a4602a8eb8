"""Routes that redact: what was said as personal data is in nothing that the gateway gives out."""
import json
import re

import pytest
from contract import check
from senders import Pcm
from subscriber import Subscriber

import speech

SAID = {
    20: "can i have your name and card number please",
    21: "my name is josephine castellano and the card number is four five three nine one four eight eight",
    22: "zero three four three six four six seven",
    23: "and the rest",
    24: "so four five three nine one four eight eight zero three four three six four six seven josephine",
    25: "you can email me at josephine dot castellano at gmail dot com",
    26: "uh my my social is um five one two two two three three four four and i live at forty two elm street",
    27: "i want to speak to a manager about josephine castellano right now",
}
# Each is in what was said, and in nothing else of the call.
CANARIES = ["josephine", "castellano", "four five three", "five three nine", "nine one four", "eight eight",
            "zero three", "three four three", "six four six", "four six seven", "gmail", "five one two",
            "two two three", "three four four", "elm"]
HASH = re.compile(r":[a-p]{8}\]")  # whose letters may spell anything
CATEGORIES = [
    {"name": "manager", "severity": "high", "phrases": ["speak to a manager"]},
    {"name": "canary", "severity": "high", "phrases": ["castellano right", "four five three nine", "elm street"]},
]


def configuration(mode, **privacy):
    return {
        "tenants": [{"name": "default", "routes": [
            {"name": "default", "engines": ["vosk"], "privacy": {"mode": mode, **privacy}}]}],
        "categories": CATEGORIES,
        "log": {"level": "debug"},
    }


@pytest.fixture
def said(monkeypatch):
    monkeypatch.setattr(speech, "SENTENCES", {**speech.SENTENCES, **SAID})


TURNS = [("agent", 20), ("customer", 21), ("agent", 23), ("customer", 22), ("agent", 24), ("customer", 25),
         ("customer", 26), ("customer", 27)]


def tell(gateway, told):
    """Turn by turn: what is found depends on the order in which finals come."""
    sender = Pcm(gateway, "call-1")
    for role, sentence in TURNS:
        length = 300 * len(SAID[sentence].split())
        silence = [(0, length + 600)]
        sender.say(**{"agent": silence, "customer": silence, role: [(sentence, length), (0, 600)]})
        told.until("transcript.final")
    sender.send(type="dtmf", digit="7", channel=1, at_ms=10)
    sender.stop()
    told.until("call.ended")


def outputs(gateway, told):
    """Everything that can be asked of the gateway after the call, by name."""
    late = Subscriber(gateway.ws("/v1/events"))
    late.until("snapshot.end")
    with gateway.get("/v1/events/sse?call=call-1&resume=call-1:1", stream=True) as response:
        events = []
        for line in response.iter_lines(chunk_size=1, decode_unicode=True):
            events.append(line)
            if "snapshot.end" in line:
                break
    return {
        "events": json.dumps(told.messages),
        "snapshot": json.dumps(late.messages),
        "sse": "\n".join(events),
        "calls": gateway.get("/v1/calls").text,
        "call": gateway.get("/v1/calls/call-1").text,
        "metrics": gateway.get("/metrics", operations=True).text,
        "log": gateway.log(),
    }


@pytest.mark.parametrize("style, label", [("type", r"\[CREDIT_DEBIT_NUMBER\]"), ("pii", r"\[PII\]"),
                                          ("entity", r"\[CREDIT_CARD_NUMBER\]"),
                                          ("hash", r"\[CREDIT_DEBIT_NUMBER:[a-p]{8}\]")])
def test_nothing_that_was_redacted_is_found_anywhere(make_gateway, said, style, label):
    gateway = make_gateway(config=configuration("redact", style=style))
    told = Subscriber(gateway.ws("/v1/events"))
    told.until("snapshot.end")
    tell(gateway, told)
    for message in told.messages:
        check(message)
    finals = [m["segment"]["text"] for m in told.of_type("transcript.final")]
    assert len(finals) == len(SAID)
    assert re.search(label, " ".join(finals))
    assert [m for m in told.of_type("alert.raised") if m["alert"]["category"] == "manager"]
    assert not [m for m in told.of_type("category.matched") if m["category"] == "canary"]
    for name, text in outputs(gateway, told).items():
        plain = HASH.sub("", text).lower()
        found = [canary for canary in CANARIES if canary in plain]
        assert not found, f"{name}: {found}"


def test_words_and_spans_of_a_redacted_segment(make_gateway, said):
    gateway = make_gateway(config=configuration("redact"))
    told = Subscriber(gateway.ws("/v1/events"))
    told.until("snapshot.end")
    tell(gateway, told)
    finals = {m["segment"]["id"]: m["segment"] for m in told.of_type("transcript.final")
              if m["segment"]["role"] == "customer"}
    detected = [m for m in told.of_type("pii.detected") if m["role"] == "customer"]
    assert detected and all(m["redacted"] for m in detected)
    for event in detected:
        segment = finals[event["segment_id"]]
        assert " ".join(w["text"] for w in segment["words"]) == segment["text"]
        for entity in event["entities"]:
            assert segment["text"][entity["begin"]:entity["end"]] == f"[{entity['type']}]"
            word = [w for w in segment["words"] if w["text"] == f"[{entity['type']}]"
                    and w["start_ms"] == entity["start_ms"]]
            assert word and word[0]["end_ms"] == entity["end_ms"]
            assert segment["start_ms"] <= entity["start_ms"] < entity["end_ms"] <= segment["end_ms"]


def test_what_is_identified_stays_and_is_told(make_gateway, said):
    gateway = make_gateway(config=configuration("identify"))
    told = Subscriber(gateway.ws("/v1/events"))
    told.until("snapshot.end")
    tell(gateway, told)
    for message in told.messages:
        check(message)
    texts = {(m["segment"]["channel"], m["segment"]["id"]): m["segment"]["text"]
             for m in told.of_type("transcript.final")}
    assert sorted(texts.values()) == sorted(SAID.values())
    found = {}
    for event in told.of_type("pii.detected"):
        text = texts[event["channel"], event["segment_id"]]
        assert not event["redacted"]
        for entity in event["entities"]:
            found.setdefault(entity["type"], []).append(text[entity["begin"]:entity["end"]])
    assert "josephine castellano" in found["NAME"]
    assert "four five three nine one four eight eight" in found["CREDIT_DEBIT_NUMBER"]
    assert "zero three four three six four six seven" in found["CREDIT_DEBIT_NUMBER"]
    assert found["EMAIL"] == ["josephine dot castellano at gmail dot com"]
    assert found["SSN"] == ["five one two two two three three four four"]
    assert found["ADDRESS"] == ["forty two elm street"]


@pytest.mark.parametrize("mode", ["identify", "redact"])
def test_spans_are_those_of_the_formatted_text(make_gateway, said, mode):
    config = configuration(mode)
    config["tenants"][0]["routes"][0]["transcript"] = {"disfluencies": "remove", "case": "sentence"}
    gateway = make_gateway(config=config)
    told = Subscriber(gateway.ws("/v1/events"))
    told.until("snapshot.end")
    tell(gateway, told)
    texts = {(m["segment"]["channel"], m["segment"]["id"]): m["segment"]["text"]
             for m in told.of_type("transcript.final")}
    found = {}
    for event in told.of_type("pii.detected"):
        text = texts[event["channel"], event["segment_id"]]
        for entity in event["entities"]:
            found.setdefault(entity["type"], []).append(text[entity["begin"]:entity["end"]])
    if mode == "redact":
        assert all(spans == [f"[{kind}]"] * len(spans) for kind, spans in found.items())
    else:
        assert found["ADDRESS"] == ["forty two elm street"]
        assert found["SSN"] == ["five one two two two three three four four"]
        assert "josephine castellano" in found["NAME"]


def test_types_narrow_what_is_taken_out(make_gateway, said):
    gateway = make_gateway(config=configuration("redact", types=["SSN"]))
    told = Subscriber(gateway.ws("/v1/events"))
    told.until("snapshot.end")
    tell(gateway, told)
    texts = " ".join(m["segment"]["text"] for m in told.of_type("transcript.final"))
    assert "[SSN]" in texts and "josephine castellano" in texts and "five one two" not in texts
    assert {e["type"] for m in told.of_type("pii.detected") for e in m["entities"]} == {"SSN"}


def test_off_tells_nothing(make_gateway, said):
    gateway = make_gateway(config=configuration("off"))
    told = Subscriber(gateway.ws("/v1/events"))
    told.until("snapshot.end")
    tell(gateway, told)
    assert not told.of_type("pii.detected")
    assert sorted(m["segment"]["text"] for m in told.of_type("transcript.final")) == sorted(SAID.values())


def test_a_wrong_type_is_named_with_its_line(make_gateway, gateway):
    import subprocess

    from gateway import BINARY
    path = gateway.folder / "wrong.yaml"
    path.write_text("tenants:\n  - routes:\n      - privacy:\n          mode: redact\n          types: [NAM]\n")
    run = subprocess.run([BINARY, "check", path], capture_output=True, text=True)
    assert run.returncode != 0 and "wrong.yaml:5" in run.stderr + run.stdout
