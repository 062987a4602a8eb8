"""Every form of every kind of rule, from speech to a subscriber's event. What the forms mean is in deploy/rules.md."""
import random

from listener import Listener
import pytest
from proto.contract import check
from senders import Pcm

import speech
from subscriber import Subscriber

SENTENCES = {
    11: "good morning i'm calling about forty five dollars",
    12: "i am not cancelling the follow-up",
    13: "please cancel the café order",
    14: "speak to your very own manager",
}
# What the recogniser thinks while 12 is being said, and takes back.
MISHEARD = "i demand a lawyer"

# Sentence or silence (0), ms. Constant values are no speech to a level meter: nobody knows that words of them are
# still to come, so time does not go on until those of the first part are there.
BEFORE = {"customer": [(11, 2000), (0, 1000), (12, 2000), (0, 1000), (13, 2000), (0, 500)]}
BEHIND = {"customer": [(0, 500), (14, 2000), (0, 9000)],
          "agent": [(0, 3500), (8, 1000), (0, 500), (9, 1000), (0, 3500), (13, 1500), (0, 500)]}
# name: (rules, the words of every match)
FORMS = {
    "role": ({"phrase": "please cancel", "role": "agent"}, ["please cancel"]),
    "not this role": ({"phrase": "good morning", "role": "agent"}, []),
    "from until": ({"phrase": "own manager", "range": {"from_s": 8, "until_s": 12}}, ["own manager"]),
    "not from until": ({"phrase": "own manager", "range": {"from_s": 12}}, []),
    "first": ({"phrase": "good morning", "range": {"first_s": 2}}, ["good morning"]),
    "not first": ({"phrase": "own manager", "range": {"first_s": 5}}, []),
    "last": ({"phrase": "café order", "range": {"last_s": 3}}, ["café order"]),
    "not last": ({"phrase": "own manager", "range": {"last_s": 5}}, []),
    "first share": ({"phrase": "cancelling", "range": {"first_pct": 30}}, ["cancelling"]),
    "not first share": ({"phrase": "own manager", "range": {"first_pct": 30}}, []),
    "last share": ({"phrase": "café", "range": {"last_pct": 20}}, ["café"]),
    "middle share": ({"phrase": "own manager", "range": {"from_pct": 40, "until_pct": 60}}, ["own manager"]),
    "absent": ({"phrase": "refund", "absent": True}, [""]),
    "not absent": ({"phrase": "café", "absent": True}, []),
    "absent there": ({"phrase": "own manager", "absent": True, "range": {"last_s": 5}}, [""]),
    "gap": ({"phrase": "speak ... manager", "role": "customer"}, ["speak to your very own manager"]),
    "gap too wide": ({"phrase": "speak ...{2} manager", "role": "customer"}, []),
    "wildcard": ({"phrase": "cancel*"}, ["cancelling", "cancel", "cancel"]),
    "exclusion": ({"phrase": {"any": ["cancel*"], "except": ["not cancel*"]}}, ["cancel", "cancel"]),
    "folded": ({"phrase": "I am calling about 45 dollars"}, ["i'm calling about forty five dollars"]),
    "unicode": ({"phrase": "CAFE\u0301 Order", "role": "customer"}, ["café order"]),
    "hyphen": ({"phrase": "followup"}, ["follow-up"]),
    "alternatives": ({"phrase": "(talk|speak) to (your|a)", "role": "customer"}, ["speak to your"]),
    "verbatim": ({"phrase": {"any": ["speak (to)"], "verbatim": True}, "role": "customer"}, ["speak to"]),
    "borders": ({"phrase": "want to speak to a manager"}, ["want to speak to a manager"]),
    "taken back": ({"phrase": "demand a lawyer"}, []),
    "sequence": ({"sequence": {"first": {"phrase": "own manager", "role": "customer"},
                               "then": {"phrase": "manager please", "role": "agent"}, "within_s": 10}},
                 ["own manager … manager please"]),
    "sequence the other way": ({"sequence": {"first": "own manager", "then": "good morning", "within_s": 60}}, []),
    "sequence too late": ({"sequence": {"first": "good morning", "then": "own manager", "within_s": 3}}, []),
    "sequence without": ({"sequence": {"first": "good morning", "without": "own manager", "within_s": 3}},
                         ["good morning"]),
    "sequence not without": ({"sequence": {"first": "cancelling", "without": "please cancel", "within_s": 5}}, []),
    "any": ({"any": [{"phrase": "refund"}, {"all": [{"phrase": "morning"}, {"phrase": "café"}]}]}, ["café", "café"]),
    "not": ([{"phrase": "good morning"}, {"not": {"phrase": "refund"}}], [""]),
    "reuse": ({"category": "hyphen"}, ["follow-up"]),
    "facts": ({"call": {"queue": ["sales", "bill*"], "agent": "a-7", "caller": "+1555*", "language": "en*",
                        "route": "default", "attributes": {"tier": "gold"}}}, [""]),
    "other facts": ({"call": {"caller": "+1666*"}}, []),
}


@pytest.fixture
def sentences(monkeypatch):
    """The recogniser knows these as well."""
    monkeypatch.setattr(speech, "SENTENCES", {**speech.SENTENCES, **SENTENCES})

    def said(listener, heard=Listener.said):
        return MISHEARD.split() if listener.sentence == 12 else heard(listener)

    monkeypatch.setattr(Listener, "said", said)


def categories(forms):
    return [{"name": name, "rules": rules if isinstance(rules, list) else [rules]}
            for name, (rules, _) in forms.items()]


def test_every_form_of_what_is_heard(make_gateway, sentences):
    gateway = make_gateway(config={"categories": categories(FORMS) + [
        {"name": "perhaps", "provisional": True, "phrases": ["demand a lawyer"]},
        {"name": "once", "repeat": "once", "phrases": ["cancel*"]},
        {"name": "in german", "language": "de", "phrases": ["cancel*"]}]})
    told = Subscriber(gateway.ws("/v1/events"))
    told.until("snapshot.end")
    sender = Pcm(gateway, "call-1", agent={"id": "a-7"}, queue="billing", caller="+15550142",
                 language="en-US", attributes={"tier": "gold"})
    sender.say(**BEFORE)
    for _ in range(3):
        told.until("transcript.final")
    sender.say(**BEHIND)
    sender.stop()
    told.until("call.ended")
    found = {}
    for message in told.of_type("category.matched"):
        check(message)
        found.setdefault(message["category"], []).append(message["words"])
    for name, (_, words) in FORMS.items():
        assert found.pop(name, []) == words, name
    assert found == {"once": ["cancelling"]}
    by_name = {message["category"]: message for message in told.of_type("category.matched")}
    assert by_name["role"]["role"] == "agent" and by_name["role"]["start_ms"] >= 18000
    assert by_name["last"]["start_ms"] >= 18000
    segments = [m["segment"] for m in told.of_type("transcript.final") if m["segment"]["text"] in
                (speech.SENTENCES[8], speech.SENTENCES[9])]
    border = by_name["borders"]
    assert border["start_ms"] < segments[0]["end_ms"] <= segments[1]["start_ms"] < border["end_ms"]
    # What an unfinished segment said and its final did not: told where that is wanted, and taken back.
    perhaps, not_so = told.of_type("category.provisional"), told.of_type("category.withdrawn")
    assert {m["category"] for m in perhaps + not_so} == {"perhaps"}
    assert [m["match_id"] for m in perhaps] == [m["match_id"] for m in not_so]
    # What can be known early is told early, what needs the end at the end.
    order = [m.get("category") or m.get("segment", {}).get("text") for m in told.messages
             if m["type"] in ("category.matched", "transcript.final")]
    last_said = max(index for index, what in enumerate(order) if what in (SENTENCES[13], SENTENCES[14]))
    assert order.index("sequence without") < order.index(SENTENCES[14])
    assert all(order.index(name) > last_said for name in ("last", "last share", "absent", "absent there", "not"))


LEXICON = "angry\t-2.3\nterrible\t-2.1\nwonderful\t2.7\ngreat\t3.1\nthank\t1.5\n"
MEASURES = {  # name: (rules, role of the match or None for no match)
    "loud": ({"loudness": {"above": 75}, "range": {"first_s": 6}}, "agent"),
    "loud lately": ({"loudness": {"above": 75, "over_s": 5}}, "agent"),
    "loudest": ({"loudness": {"peak_above": 80}}, "agent"),
    "softer later": ({"loudness": {"below": 75}, "range": {"from_s": 8}}, "agent"),
    "never so loud": ({"loudness": {"above": 75}, "range": {"from_s": 8}}, None),
    "nothing to hear": ({"loudness": {"above": 1}, "role": "customer"}, None),
    "sour": ({"sentiment": {"score_below": -0.3, "over_s": 4}, "role": "customer"}, "customer"),
    "sweet at last": ({"sentiment": {"score_above": 0.3}, "range": {"last_s": 6}, "role": "customer"}, "customer"),
    "half sour": ({"sentiment": {"label": "negative", "share_pct": 50}, "role": "customer"}, "customer"),
    "all sour": ({"sentiment": {"label": "negative", "share_pct": 60}, "role": "customer"}, None),
    "better": ({"sentiment": {"trend": "up"}, "role": "customer"}, "customer"),
    "worse": ({"sentiment": {"trend": "down"}, "role": "customer"}, None),
    "slow": ({"talk_speed": {"below_wpm": 500}, "role": "customer"}, "customer"),
    "fast lately": ({"talk_speed": {"above_wpm": 100, "over_s": 5}, "role": "customer"}, "customer"),
    "talked over": ({"overlap": {"total_below_s": 1}}, "unknown"),
    "rarely interrupted": ({"interruption": {"count_below": 1}, "role": "agent"}, "agent"),
    "quiet stretches": ({"non_talk": {"share_above_pct": 5}}, "unknown"),
    "no long silence": ({"non_talk": {"longest_below_s": 9}}, "unknown"),
    "short": ({"duration": {"below_s": 60}}, "unknown"),
    "long": ({"duration": {"above_s": 60}}, None),
}


def test_every_form_of_what_is_measured(make_gateway, tmp_path):
    lexicon = tmp_path / "lexicon.txt"
    lexicon.write_text(LEXICON, encoding="utf-8")
    made = categories(MEASURES)
    made[0]["severity"] = "high"
    gateway = make_gateway(config={"categories": made, "sentiment": {"lexicon_file": str(lexicon)}})
    told = Subscriber(gateway.ws("/v1/events"))
    told.until("snapshot.end")
    sender, rng = Pcm(gateway, "call-1"), random.Random(1)
    agent = (speech.babble(6000, 20000, rng) + speech.samples([(1, 1500), (0, 500)])
             + speech.babble(6000, 1500, rng) + speech.samples([(0, 2000)]))
    customer = speech.samples([(3, 3000), (0, 500), (3, 3000), (0, 3500), (6, 2500), (0, 500), (6, 2500), (0, 500)])
    values = speech.interleave(agent, customer)
    for at in range(0, len(values), 1600):
        sender.ws.send(speech.l16(values[at:at + 1600]))
    sender.stop()
    told.until("call.ended")
    found = {}
    for message in told.of_type("category.matched"):
        check(message)
        found.setdefault(message["category"], message)
    expected = {name: role for name, (_, role) in MEASURES.items() if role}
    assert {name: message["role"] for name, message in found.items()} == expected
    for name, message in found.items():
        (kind,) = (key for key in MEASURES[name][0] if key not in ("range", "role"))
        assert message["evidence"][0]["kind"] == kind, name
    assert found["loud"]["evidence"][0]["score"] > 75 > found["softer later"]["evidence"][0]["score"]
    # A threshold with a severity is an alert like any other, raised while the call goes on.
    (alert,) = told.of_type("alert.raised")
    check(alert)
    assert alert["alert"]["category"] == "loud" and alert["alert"]["severity"] == "high"
    assert 6000 <= found["loud"]["media_ms"] < 16000
