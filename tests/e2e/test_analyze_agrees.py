"""A live call and its file give the same findings, whichever there are: event by event."""
import json
import time

import pytest

import agreement
import speech
from cli import write_wav
from gateway import CATEGORIES
from senders import Pcm, Twilio

SPEED = 10  # times real time: recognition has time to answer as it does live



def everything(first, length_ms=1500, pause_ms=500):
    """Every sentence there is, by turns, so that whatever is found in any of them is in it."""
    sides = {"agent": [], "customer": []}
    for number, sentence in enumerate(sorted(speech.SENTENCES)):
        speaks, listens = ("agent", "customer") if number % 2 == first else ("customer", "agent")
        sides[speaks] += [(sentence, length_ms), (0, pause_ms)]
        sides[listens] += [(0, length_ms + pause_ms)]
    return sides


# What is said, as (sentence or 0 for silence, ms). Each call is there for something.
CALLS = {
    "manager": {"agent": [(1, 1500), (0, 5500)],
                "customer": [(0, 2000), (2, 1500), (0, 500), (4, 2000), (0, 1000)]},
    "across-segments": {"agent": [(1, 1500), (0, 6500)],
                        "customer": [(0, 2000), (8, 1200), (0, 600), (9, 1200), (0, 3000)]},
    "nobody-speaks": {"agent": [(0, 12000)], "customer": [(0, 12000)]},
    "late-greeting": {"agent": [(0, 24000), (1, 1500), (0, 3000)],
                      "customer": [(0, 3000), (2, 1500), (0, 24000)]},
    "both-at-once": {"agent": [(1, 3000), (0, 500), (5, 4000), (0, 4000)],
                     "customer": [(0, 1000), (3, 3500), (0, 500), (4, 4500), (0, 2000)]},
    "one-long-turn": {"agent": [(5, 12000), (0, 3000)],
                      "customer": [(0, 2000), (7, 800), (0, 3000), (7, 800), (0, 3000), (7, 800)]},
    "again-and-again": {"agent": [(0, 25000)],
                        "customer": [(4, 1800), (0, 700), (10, 1200), (0, 800), (4, 1800), (0, 900),
                                     (3, 1500), (0, 1000), (10, 1200), (0, 800), (4, 1800),
                                     (0, 8000)]},
    "turns-to-the-better": {"agent": [(0, 2000), (1, 1500), (0, 4000), (5, 2500), (0, 12000)],
                            "customer": [(0, 4000), (3, 2000), (0, 5500), (6, 3000), (0, 3000),
                                         (6, 3000), (0, 500), (7, 1000)]},
    "silence-between": {"agent": [(1, 1500), (0, 21000), (5, 2500), (0, 2000)],
                        "customer": [(0, 2000), (2, 1500), (0, 24000)]},
    "everything": everything(0),
    "everything-the-other-way": everything(1),
}

# A kind of rule each, and more than one way to be decided: when it is said, in time, at the end.
RULES = CATEGORIES + [
    {"name": name, "severity": "low", "rules": rules} for name, rules in {
        "no greeting": [{"phrase": "thank you for calling", "role": "agent", "absent": True,
                         "range": {"first_s": 10}}],
        "said late": [{"phrase": ["manager", "goodbye"], "range": {"last_s": 6}}],
        "never sorry": [{"phrase": "i am sorry", "role": "agent", "absent": True}],
        "gap": [{"phrase": "speak ... manager"}],
        "promise kept": [{"sequence": {"first": {"phrase": "my bill", "role": "customer"},
                                       "then": {"phrase": "refund", "role": "agent"},
                                       "within_s": 60}}],
        "not answered": [{"sequence": {"first": {"phrase": "manager", "role": "customer"},
                                       "without": {"phrase": "i can", "role": "agent"},
                                       "within_s": 5}}],
        "interrupts": [{"interruption": {"count_above": 0}}],
        "quiet": [{"non_talk": {"longest_above_s": 8}}],
        "mostly quiet": [{"non_talk": {"share_above_pct": 50}}],
        "at once": [{"overlap": {"total_above_s": 1}}],
        "fast": [{"talk_speed": {"above_wpm": 200, "over_s": 30}}],
        "slow": [{"talk_speed": {"below_wpm": 200}, "role": "customer"}],
        "loud": [{"loudness": {"above": 1}}],
        "unhappy": [{"sentiment": {"label": "negative", "share_pct": 30}, "role": "customer"}],
        "ends well": [{"sentiment": {"trend": "up"}, "role": "customer"}],
        "long": [{"duration": {"above_s": 15}}],
        "short": [{"duration": {"below_s": 15}}],
        "gold": [{"call": {"queue": "bill*", "attributes": {"tier": "gold"}}},
                 {"phrase": ["manager", "bill"]}],
        "either": [{"any": [{"phrase": "refund"}, {"phrase": "cancel"}]},
                   {"not": {"phrase": "goodbye"}}],
        "built on": [{"category": "manager"}, {"phrase": "angry"}],
    }.items()] + [
    {"name": "early", "severity": "medium", "provisional": True, "phrases": ["right now"]}]

START = {"agent": {"id": "a1", "name": "Ann"}, "queue": "billing", "caller": "+15550142",
         "attributes": {"campaign": "spring", "tier": "gold"}}


@pytest.fixture
def gateway(make_gateway):
    return make_gateway(config={"categories": RULES})


def say_paced(sender, agent, customer, speed=SPEED):
    values = speech.interleave(speech.samples(agent), speech.samples(customer))
    step = 2 * sender.rate_hz * 100 // 1000
    begun = time.monotonic()
    for number, at in enumerate(range(0, len(values), step)):
        ahead = begun + number * 0.1 / speed - time.monotonic()
        if ahead > 0:
            time.sleep(ahead)
        sender.ws.send(speech.l16(values[at:at + step]))


def run_calls(gateway, subscriber, calls, **start):
    subscriber.until("snapshot.end")
    for call_id, parts in calls.items():
        sender = Pcm(gateway, call_id, **start)
        say_paced(sender, **parts)
        sender.stop()
    for call_id in calls:
        if not [m for m in subscriber.of_type("call.ended") if m["call_id"] == call_id]:
            subscriber.until("call.ended", call_id=call_id)


@pytest.mark.parametrize("name", CALLS)
def test_a_call_and_its_state_agree(gateway, subscribe, tmp_path, name):
    """With its recording in everything, by its words alone in all but what nobody hears in them."""
    subscriber = subscribe()
    run_calls(gateway, subscriber, {name: CALLS[name]}, **START)
    state = tmp_path / "state.json"
    state.write_text(json.dumps(gateway.get(f"/v1/calls/{name}").json(), indent=2))
    audio = write_wav(tmp_path / "call.wav", CALLS[name]["agent"], CALLS[name]["customer"])
    found = agreement.analyze(state, "--config", gateway.config_path, "--audio", audio)
    agreement.check_agree(subscriber.messages, found, name)
    found = agreement.analyze(state, "--config", gateway.config_path)
    agreement.check_agree(subscriber.messages, found, name, is_deaf=True)


def test_calls_and_their_events_agree(gateway, subscribe, tmp_path):
    """All in one file, one after the other, as `tail --json` would have written it."""
    subscriber = subscribe()
    calls = dict(list(CALLS.items())[:3])
    run_calls(gateway, subscriber, calls, **START)
    lines = tmp_path / "calls.jsonl"
    lines.write_text("".join(json.dumps(m) + "\n" for m in subscriber.messages))
    found = agreement.analyze(lines, "--config", gateway.config_path)
    for name in calls:
        agreement.check_agree(subscriber.messages, found, name, is_deaf=True)


def test_a_call_that_was_paused_agrees(gateway, subscribe, tmp_path):
    subscriber = subscribe()
    subscriber.until("snapshot.end")
    sender = Pcm(gateway, "c")
    say_paced(sender, agent=[(1, 1500), (0, 1500)], customer=[(0, 2000), (2, 1000)])
    sender.send(type="pause")
    say_paced(sender, agent=[(0, 14000)], customer=[(0, 14000)])
    sender.send(type="resume")
    say_paced(sender, agent=[(5, 2000), (0, 2000)], customer=[(0, 4000)])
    sender.stop()
    subscriber.until("call.ended")
    assert [m["paused"] for m in subscriber.of_type("call.updated") if "paused" in m] == [
        True, False]
    state, lines = tmp_path / "state.json", tmp_path / "call.jsonl"
    state.write_text(gateway.get("/v1/calls/c").text)
    lines.write_text("".join(json.dumps(m) + "\n" for m in subscriber.messages))
    for path in (state, lines):
        found = agreement.analyze(path, "--config", gateway.config_path)
        agreement.check_agree(subscriber.messages, found, "c", is_deaf=True)


def test_what_analyze_prints_can_be_analysed_again(gateway, subscribe, tmp_path):
    subscriber = subscribe()
    run_calls(gateway, subscriber, {"c": CALLS["both-at-once"]}, **START)
    state = tmp_path / "state.json"
    state.write_text(gateway.get("/v1/calls/c").text)
    first = agreement.analyze(state, "--config", gateway.config_path)
    lines = tmp_path / "again.jsonl"
    lines.write_text("".join(json.dumps(m) + "\n" for m in first))
    assert agreement.analyze(lines, "--config", gateway.config_path) == first


def test_a_call_whose_sides_come_apart_agrees(gateway, subscribe, tmp_path):
    """Two tracks on two connections: who is who is known when the second one comes."""
    subscriber = subscribe()
    subscriber.until("snapshot.end")
    parts = CALLS["manager"]
    senders = [Twilio(gateway, "CA-two", tracks=(track,), stream_sid=f"MZ-{track}")
               for track in ("inbound", "outbound")]
    for track, sender, role in zip(("inbound", "outbound"), senders, ("customer", "agent")):
        sender.say(**{track: parts[role]})
    for sender in senders:
        sender.stop()
    subscriber.until("call.ended")
    lines = tmp_path / "call.jsonl"
    lines.write_text("".join(json.dumps(m) + "\n" for m in subscriber.messages))
    found = agreement.analyze(lines, "--config", gateway.config_path)
    agreement.check_agree(subscriber.messages, found, "CA-two", ignored={"call.updated"},
                          is_deaf=True)
