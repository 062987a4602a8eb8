"""Keys that are pressed: told, and which they were only where the route says so."""
import pathlib
import struct

import pytest

import rtp
from contract import check
from subscriber import Subscriber
from test_rtp import begin, end, senders, stream


def press(gateway, digits):
    """A call in which they are pressed, and what was told of it."""
    subscriber = Subscriber(gateway.ws("/v1/events"))
    subscriber.until("snapshot.end")
    session = begin(gateway, streams=[stream("customer")])["session"]
    [sender] = senders(session)
    clock = rtp.talk([(sender, [(1, 500)])])
    for digit in digits:
        sender.press(digit, clock)
    rtp.talk([(sender, [(0, 500)])])
    of = end(gateway, session)["streams"][0]
    assert of["digits"] == len(digits) and of["lost"] == 0
    subscriber.until("call.ended")
    subscriber.ws.close()
    told = subscriber.of_type("call.dtmf")
    for message in told:
        check(message)
    return told


def test_keys_are_told_and_which_they_were_is_nowhere(make_gateway):
    gateway = make_gateway(config={**rtp.config(), "log": {"level": "debug"}})
    told = press(gateway, "4711")
    assert [m["role"] for m in told] == ["customer"] * 4
    assert [m["duration_ms"] for m in told] == [100] * 4
    starts = [m["start_ms"] for m in told]
    assert abs(starts[0] - 500) < 400 and starts == sorted(starts)
    assert not any("digit" in m for m in told)
    assert "dtmf" not in gateway.log()
    assert gateway.metric("sidetone_dtmf_total") == 4


@pytest.mark.parametrize("mode, shown", [("off", list("47*#")), ("redact", [None] * 4)])
def test_a_route_may_show_them_but_not_when_it_redacts(make_gateway, mode, shown):
    route = {"name": "default", "engines": ["vosk"], "privacy": {"dtmf": "show", "mode": mode}}
    gateway = make_gateway(config={**rtp.config(), "log": {"level": "debug"},
                                   "tenants": [{"name": "default", "routes": [route]}]})
    assert [m.get("digit") for m in press(gateway, "47*#")] == shown
    assert "dtmf" not in gateway.log()


CAPTURES = pathlib.Path("/usr/share/sip-tester")  # of SIPp, for those who play them
UDP_PAYLOAD = 14 + 20 + 8


def packets_of(capture):
    data, at = capture.read_bytes(), 24
    while at < len(data):
        size = struct.unpack_from("<I", data, at + 8)[0]
        yield data[at + 16 + UDP_PAYLOAD:at + 16 + size]
        at += 16 + size


@pytest.mark.needs("sipp")
def test_the_captures_of_sipp_are_heard_beside_audio(make_gateway):
    """A telephone's keys, one file each, with numbers and timestamps that begin anew."""
    route = {"name": "default", "engines": ["vosk"], "privacy": {"dtmf": "show"}}
    gateway = make_gateway(config={**rtp.config(), "tenants": [{"name": "default", "routes": [route]}]})
    subscriber = Subscriber(gateway.ws("/v1/events"))
    session = begin(gateway, streams=[stream("customer")])["session"]
    [sender] = senders(session)
    frames, clock = iter(sender.frames([(1, 8000)])), rtp.Clock()

    def talk(packets):
        for packet in packets:
            sender.put(sender.next(next(frames)))
            if packet:
                sender.socket.sendto(packet, sender.to)
            clock.tick()

    talk([None] * 20)
    for name in (*"0123456789", "star", "pound"):
        talk(packets_of(CAPTURES / f"dtmf_2833_{name}.pcap"))
        talk([None] * 10)
    of = end(gateway, session)["streams"][0]
    subscriber.until("call.ended")
    assert [m["digit"] for m in subscriber.of_type("call.dtmf")] == list("0123456789*#")
    assert of["received"] == sender.sent and of["lost"] == 0 and of["sources"] == 1, of
    subscriber.ws.close()
