"""What a bad network does is what is counted, to the packet: RTP, SRTP and a recording session's two legs, each through
a proxy whose harm follows from its seed."""
import contextlib
import json
import pathlib
import re
import sys
import time

import pytest

import rtp
import speech
from cli import write_wav
from impair import Plan, Udp
from subscriber import Subscriber

sys.path.append(str(pathlib.Path(__file__).parents[1] / "siprec"))

from client import Client, leg, sdp, with_metadata  # noqa: E402

PARTS = {"agent": [(0, 3600), (5, 2600), (0, 1800)], "customer": [(2, 3000), (0, 5000)]}
COUNT = 400
SUITE = "AEAD_AES_128_GCM"
# The beginning is spared, for the stream to begin, and the end, for what is lost to be seen. What is late is so by far
# more than is waited for, and by far less than the end is long.
EACH = dict(spare=5, until=COUNT - 40, late_ms=400)
PLANS = {
    "rtp": Plan(seed=1, loss=4, duplicate=5, reorder=5, late=4, **EACH),
    "srtp": Plan(seed=2, loss=4, duplicate=5, reorder=5, late=4, **EACH),
    "customer": Plan(seed=3, loss=6, burst=2, duplicate=4, reorder=6, late=3, **EACH),
    "agent": Plan(seed=4, loss=3, duplicate=6, reorder=3, late=5, jitter_ms=15, **EACH),
}


@pytest.fixture
def gateway(make_gateway):
    return make_gateway(config={**rtp.config(), "siprec": {
        "listen": [{"transport": "tcp", "address": "127.0.0.1", "port": 0}]}})


@pytest.fixture
def proxies():
    """Opens proxies, each by its plan; they close when the test says so, or at its end."""
    with contextlib.ExitStack() as stack:
        opened = {}

        def open_one(name, port):
            opened[name] = stack.enter_context(Udp(("127.0.0.1", port), PLANS[name]))
            return opened[name].port

        yield opened, open_one


@pytest.fixture
def encrypted(sent, capture, tmp_path):
    """A customer's packets in SRTP, as `send` makes them, and their key."""
    wav, offer = write_wav(tmp_path / "call.wav", PARTS["agent"], PARTS["customer"]), tmp_path / "call.sdp"
    sent(wav, "--srtp-suite", SUITE, "--sdp", offer, "--speed", 20, dialect="srtp")
    key = re.findall(rf"{SUITE} inline:(\S+)", offer.read_text())[1]
    return [datagram.data for datagram in capture.rtp(1)], key


def plain(sender, role):
    return [sender.next(frame) for frame in sender.frames(PARTS[role])]


def play(streams):
    """All in step and in real time: (sender, packets)…"""
    clock = rtp.Clock()
    for i in range(COUNT):
        for sender, packets in streams:
            sender.put(packets[i])
        clock.tick()


def expect_counts(of, ledger, is_secure=False):
    """`received` has what was late, and once what came twice."""
    injected = {name: getattr(ledger, name) for name in ("lost", "duplicated", "reordered", "late")}
    assert all(count > 3 for count in injected.values()), injected
    assert of["received"] == ledger.sent == COUNT - ledger.lost, (of, injected)
    assert of["lost"] == ledger.lost, (of, injected)
    assert of["late"] == ledger.late, (of, injected)
    assert of["reordered"] == ledger.reordered + ledger.late, (of, injected)
    again = "replayed" if is_secure else "duplicate"
    assert of["duplicates"] == (0 if is_secure else ledger.duplicated), (of, injected)
    assert of["dropped"] == {again: ledger.duplicated, "late": ledger.late}, (of, injected)
    assert of["undecodable"] == 0 and of["is_secure"] == is_secure


def test_what_is_injected_is_what_is_counted(gateway, proxies, encrypted):
    (ledgers, through), (packets, key) = proxies, encrypted
    assert len(packets) == COUNT
    subscriber = Subscriber(gateway.ws("/v1/events"))
    open_call = rtp.begin(gateway, call_id="rtp", streams=[rtp.stream("agent")])["session"]
    secret_call = rtp.begin(gateway, call_id="srtp", streams=[
        rtp.stream("customer", srtp={"suite": SUITE, "key": key})])["session"]
    [port] = json.loads((gateway.folder / "ports.json").read_text())["siprec_ports"]
    client = Client(port, "tcp")
    kind, body = with_metadata(sdp(leg(1), leg(2)), "siprec")
    ports = {"rtp": open_call["streams"][0]["port"], "srtp": secret_call["streams"][0]["port"],
             **dict(zip(("customer", "agent"), client.invite(body, kind).ports))}
    senders = {name: rtp.Sender(through(name, port), seed=port) for name, port in ports.items()}
    play([(senders["rtp"], plain(senders["rtp"], "agent")), (senders["srtp"], packets),
          *((senders[role], plain(senders[role], role)) for role in ("customer", "agent"))])
    time.sleep(0.3)
    sessions = {of["call_id"]: of["streams"] for of in gateway.get("/v1/rtp").json()["sessions"]}
    expect_counts(rtp.end(gateway, open_call)["streams"][0], ledgers["rtp"].there)
    expect_counts(rtp.end(gateway, secret_call)["streams"][0], ledgers["srtp"].there, is_secure=True)
    legs = {of["port"]: of for of in sessions["siprec"]}
    for role in ("customer", "agent"):
        expect_counts(legs[ports[role]], ledgers[role].there)
    client.bye()
    client.close()
    expect_told(gateway, subscriber, {name: proxy.there for name, proxy in ledgers.items()})


def expect_sums(gateway, ledgers):
    """The figures of all calls together."""
    def total(*names):
        return sum(getattr(of, name) for of in ledgers.values() for name in names)

    def dropped(reason):
        return gateway.metric("sidetone_rtp_dropped_total", reason=reason)

    assert gateway.metric("sidetone_rtp_packets_total") == total("sent") - total("late")
    assert gateway.metric("sidetone_rtp_lost_total") == total("lost")
    assert gateway.metric("sidetone_rtp_reordered_total") == total("reordered", "late")
    assert gateway.metric("sidetone_rtp_concealed_microseconds_total") == 20000 * total("lost", "late")
    assert dropped("late") == total("late")
    assert dropped("duplicate") + dropped("replayed") == total("duplicated")
    assert dropped("replayed") == ledgers["srtp"].duplicated


def expect_told(gateway, subscriber, ledgers):
    """Subscribers and the sum of all calls say the same, and every word was understood."""
    for _ in range(3):
        subscriber.until("call.ended")
    heard = {(m["call_id"], m["segment"]["role"]): m["segment"]["text"]
             for m in subscriber.of_type("transcript.final") if m["segment"]["text"]}
    texts = {"agent": speech.SENTENCES[5], "customer": speech.SENTENCES[2]}
    assert heard == {(call, role): texts[role] for call, role in (
        ("rtp", "agent"), ("srtp", "customer"), ("siprec", "customer"), ("siprec", "agent"))}
    told = {(m["call_id"], of["role"]): of for m in subscriber.of_type("call.updated")
            for of in m.get("quality", ())}
    for name, key in (("rtp", ("rtp", "agent")), ("srtp", ("srtp", "customer")),
                      ("customer", ("siprec", "customer")), ("agent", ("siprec", "agent"))):
        of, ledger = told[key], ledgers[name]
        assert {fact: of[fact] for fact in ("received", "lost", "late", "duplicates", "reordered", "concealed_ms")} == {
            "received": ledger.sent, "lost": ledger.lost, "late": ledger.late,
            "duplicates": 0 if name == "srtp" else ledger.duplicated, "reordered": ledger.reordered + ledger.late,
            "concealed_ms": 20 * (ledger.lost + ledger.late)}, (key, ledger)
        assert of["mos"] < 4.3 and (of["jitter_ms"] > 2 or name != "agent"), (key, of)
    expect_sums(gateway, ledgers)
    subscriber.ws.close()
