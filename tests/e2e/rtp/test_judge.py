"""tshark, which knows nothing of us, judges what the gateway has received: both say the same of loss and jitter."""
import statistics
import threading
import time

import pytest

import rtp
from capture import Datagram, write_pcap
from impair import Plan, Udp
from test_tshark import streams_of

pytestmark = pytest.mark.needs("tshark")

PARTS = [(2, 6000), (0, 2000)]
COUNT = 400
SPARED = dict(spare=5, until=COUNT - 20)  # so that what is lost at the end is seen
PLANS = {
    "good": Plan(seed=1),
    "uneven": Plan(seed=2, jitter_ms=20, loss=2, **SPARED),
    "bad": Plan(seed=3, jitter_ms=60, loss=10, burst=3, **SPARED),
}


class Tap(Udp):
    """Keeps what it passes on to the gateway, and when."""

    def __init__(self, port, plan):
        self.ports, self.passed = [port], []
        super().__init__(("127.0.0.1", port), plan)

    def pass_on(self, data, via, to):
        super().pass_on(data, via, to)
        if to == self.target:
            self.passed.append(Datagram(time.time(), via.getsockname()[1], to[1], data))


class Watch:
    """What the gateway says of jitter, again and again: a moment in which the machine was busy is one of many."""

    def __init__(self, gateway):
        self.gateway, self.told, self.is_over = gateway, {}, threading.Event()
        self.thread = threading.Thread(target=self.look, daemon=True)
        self.thread.start()

    def look(self):
        while not self.is_over.wait(0.25):
            for session in self.gateway.get("/v1/rtp").json()["sessions"]:
                [of] = session["streams"]
                if of["received"] > 50:
                    self.told.setdefault(session["call_id"], []).append(of["jitter_us"] / 1000)

    def close(self):
        self.is_over.set()
        self.thread.join()
        return {name: statistics.median(values) for name, values in self.told.items()}


def test_loss_and_jitter_are_what_tshark_says(make_gateway, tmp_path):
    gateway = make_gateway(config=rtp.config(reorder_ms=120))
    sessions = {name: rtp.begin(gateway, call_id=name, streams=[rtp.stream("customer")])["session"] for name in PLANS}
    taps = {name: Tap(sessions[name]["streams"][0]["port"], plan) for name, plan in PLANS.items()}
    senders = {name: rtp.Sender(tap.port, seed=tap.port) for name, tap in taps.items()}
    watch = Watch(gateway)
    rtp.talk([(sender, PARTS) for sender in senders.values()])
    jitters_ms = watch.close()
    time.sleep(0.3)
    for name, tap in taps.items():
        tap.close()
        of = rtp.end(gateway, sessions[name])["streams"][0]
        [judged] = streams_of(write_pcap(tmp_path / f"{name}.pcap", tap.passed), tap).values()
        assert of["received"] == judged["packets"] == tap.there.sent, (name, of, judged)
        assert of["lost"] == judged["lost"] == tap.there.lost, (name, of, judged)
        mean_ms = judged["jitter"][1]
        assert 0.6 * mean_ms - 1 < jitters_ms[name] < 1.5 * mean_ms + 1, (name, jitters_ms, judged)
    assert taps["bad"].there.lost > taps["uneven"].there.lost > 0
    assert jitters_ms["good"] < jitters_ms["uneven"] < jitters_ms["bad"]
