"""From where a stream is heard, by its `source`: who is expected speaks, and after a while somebody else does."""
import collections
import time

import pytest

import rtp
import speech
from subscriber import Subscriber

Case = collections.namedtuple("Case", "source knows_port ip is_heard")
HERE, ELSEWHERE = "127.0.0.1", "127.0.0.9"
CASES = {
    "strict, another port": Case("strict", True, HERE, False),
    "ip, another port": Case("ip", False, HERE, True),
    "ip, another address": Case("ip", False, ELSEWHERE, False),
    "learn, another address": Case("learn", False, ELSEWHERE, False),
    "open, another address": Case("open", False, ELSEWHERE, True),
}


@pytest.fixture
def gateway(make_gateway):
    return make_gateway(config=rtp.config())


def place(case, sender):
    """What the request says of whom to expect."""
    known = {"address": HERE} if case.source in ("strict", "ip") else {}
    return {**known, **({"port": sender.port} if case.knows_port else {})}


def test_others_are_heard_where_they_may_be(gateway):
    expected = {name: rtp.Sender(9, seed=len(name)) for name in CASES}
    others = {name: rtp.Sender(9, ip=case.ip, seed=99 + len(name)) for name, case in CASES.items()}
    sessions = {}
    for name, case in CASES.items():
        wanted = {"role": "customer", "source": case.source, **place(case, expected[name])}
        sessions[name] = rtp.begin(gateway, call_id=name.replace(" ", "").replace(",", "-"),
                                   streams=[wanted])["session"]
        expected[name].to = others[name].to = (HERE, sessions[name]["streams"][0]["port"])
    for senders in (expected, others):
        rtp.talk([(sender, [(2, 600)]) for sender in senders.values()])
        time.sleep(0.3)
    for name, case in CASES.items():
        of = rtp.end(gateway, sessions[name])["streams"][0]
        latest = others[name] if case.is_heard else expected[name]
        assert of["source"] == case.source and of["from_port"] == latest.port, (name, of)
        assert of["received"] == 30 * (1 + case.is_heard) and of["lost"] == 0, (name, of)
        assert of["dropped"] == ({} if case.is_heard else {"source": 30}), (name, of)


SAID = {"agent": [(5, 1000), (0, 1500)], "customer": [(0, 1200), (2, 1000), (0, 300)]}


def test_calls_that_share_a_port_are_told_apart(make_gateway):
    """By SSRC, among the streams of one address; one that nobody announced is nobody's."""
    gateway = make_gateway(config={**rtp.config(), "threads": 1})
    subscriber = Subscriber(gateway.ws("/v1/events"))
    calls = [f"c-{n}" for n in range(4)]
    numbers = {(call, role): 1000 * (i + 1) + k for i, call in enumerate(calls) for k, role in enumerate(SAID)}
    sessions = {call: rtp.begin(gateway, call_id=call, streams=[
        rtp.stream(role, ssrc=numbers[call, role], shared=True) for role in SAID])["session"] for call in calls}
    [port] = {of["port"] for session in sessions.values() for of in session["streams"]}
    senders = {key: rtp.Sender(port, ssrc=ssrc) for key, ssrc in numbers.items()}
    stranger = rtp.Sender(port, ssrc=77)
    rtp.talk([(sender, SAID[role]) for (_, role), sender in senders.items()] + [(stranger, SAID["agent"])])
    for call in calls:
        for of, role in zip(rtp.end(gateway, sessions[call])["streams"], SAID):
            assert of["received"] == senders[call, role].sent and of["dropped"] == {}, (call, of)
            assert of["lost"] == of["foreign"] == 0 and of["from_port"] == senders[call, role].port
    for _ in calls:
        subscriber.until("call.ended")
    said = {(m["call_id"], m["segment"]["role"], m["segment"]["text"])
            for m in subscriber.of_type("transcript.final") if m["segment"]["text"]}
    assert said == {(call, *of) for call in calls
                    for of in (("agent", speech.SENTENCES[5]), ("customer", speech.SENTENCES[2]))}
    assert gateway.metric("sidetone_rtp_dropped_total", reason="no_stream") == stranger.sent
    subscriber.ws.close()
