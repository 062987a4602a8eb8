"""A leg that is late, or never comes, where an engine has both channels in one stream: the other channel goes on,
what is missing is silence, and everybody is heard at the right time."""
import contextlib
import dataclasses

import pytest

import aws
import deepgram
import rtp
import speech
from listener import Listener
from services import NO_AWS, SERVICES
from subscriber import Subscriber

NAMES = ["deepgram", "aws-http2", "aws_call_analytics"]  # the last has two channels from the beginning
LATE_MS, ALL_MS = 2000, 5000
CUSTOMER = [(2, 1200), (0, ALL_MS - 1200)]
AGENT = [(5, 1200), (0, ALL_MS - LATE_MS - 1200)]
TOLERANCE_MS = 250


class Ear(Listener):
    """Keeps what it hears."""

    def __init__(self, rate_hz):
        super().__init__(rate_hz)
        self.rate_hz, self.samples = rate_hz, []

    def put_values(self, values):
        self.samples += values
        return super().put_values(values)

    def onset_ms(self):
        """When it is loud for the first time; None: never."""
        at = next((i for i, value in enumerate(self.samples) if abs(value) > speech.STEP), None)
        return None if at is None else at * 1000 // self.rate_hz


def ears_of(name, simulator):
    """The channels of each of its streams: agent, customer."""
    if name == "deepgram":
        return [[channel.listener for channel in connection.channels] for connection in simulator.connections]
    return [stream.listeners for stream in simulator.streams]


@dataclasses.dataclass
class Leg:
    sender: rtp.Sender
    from_frame: int
    frames: list


def leg(session, index, parts, from_ms=0):
    sender = rtp.Sender(session["streams"][index]["port"], seed=session["streams"][index]["port"])
    return Leg(sender, from_ms // 20, sender.frames(parts))


def talk(legs, at_late):
    """In real time; what at_late gives joins in then."""
    clock = rtp.Clock()
    for i in range(ALL_MS // 20):
        if i == LATE_MS // 20:
            legs = legs + at_late()
        for one in legs:
            if 0 <= i - one.from_frame < len(one.frames):
                one.sender.put(one.sender.next(one.frames[i - one.from_frame]))
        clock.tick()


@pytest.fixture
def simulators(monkeypatch):
    for module in (deepgram, aws):
        monkeypatch.setattr(module, "Listener", Ear)
    with contextlib.ExitStack() as stack:
        started = {}
        for kind in ("never", "late", "alone"):
            for name in NAMES:
                started[f"{kind}-{name}"] = SERVICES[name].start()
                stack.callback(started[f"{kind}-{name}"].close)
        yield started


@pytest.fixture
def gateway(make_gateway, simulators):
    """A route for each call, whose engine is a simulator of its own."""
    engines, routes = [], []
    for call, simulator in simulators.items():
        service = SERVICES[call.partition("-")[2]]
        engines.append(service.engine(call, service.url(simulator)))
        routes.append({"name": call, "engines": [call]})
    return make_gateway(config={**rtp.config(), "engines": {"remote": engines}, "tenants": [
        {"name": "default", "routes": [{"name": "default", "engines": [routes[0]["name"]]}, *routes]}]},
        environment=NO_AWS)


def test_a_leg_may_be_late_or_absent(gateway, simulators):
    """never: two lines are offered and one is silent for good; late: its first packet comes later; alone: there is
    but one line until another session brings the second."""
    subscriber = Subscriber(gateway.ws("/v1/events"))
    sessions = {call: [rtp.begin(gateway, call_id=call, route=call, streams=[
        rtp.stream(role) for role in (("customer",) if call.startswith("alone") else ("agent", "customer"))])["session"]]
        for call in simulators}
    legs = []
    for call, (session,) in sessions.items():
        legs.append(leg(session, len(session["streams"]) - 1, CUSTOMER))
        if call.startswith("late"):
            legs.append(leg(session, 0, AGENT, LATE_MS))

    def join():
        joined = []
        for call in (call for call in sessions if call.startswith("alone")):
            session = rtp.begin(gateway, call_id=call, route=call, streams=[rtp.stream("agent")])["session"]
            sessions[call].append(session)
            joined.append(leg(session, 0, AGENT, LATE_MS))
        return joined

    talk(legs, join)
    live = {call: gateway.get(f"/v1/calls/{call}").json()["transcript"] for call in sessions}
    for session in (session for of in sessions.values() for session in reversed(of)):
        rtp.end(gateway, session)
    for _ in sessions:
        subscriber.until("call.ended")
    for call, simulator in simulators.items():
        expect_call(call, live[call], [m for m in subscriber.messages if m.get("call_id") == call], simulator)
    subscriber.ws.close()


def said(segments, role):
    """(text as plain words, when it began) of what a role says."""
    return [("".join(c for c in of["text"].lower() if c.isalnum() or c == " "), of["words"][0]["start_ms"])
            for of in segments if of["role"] == role and of["text"]]


def expect_call(call, live, messages, simulator):
    kind, _, name = call.partition("-")
    segments = [m["segment"] for m in messages if m["type"] == "transcript.final"]
    [(text, begin_ms)] = said(segments, "customer")
    assert text == speech.SENTENCES[2] and said(live, "customer"), (call, segments)  # nobody was waited for
    agent = said(segments, "agent")
    assert [words for words, _ in agent] == ([] if kind == "never" else [speech.SENTENCES[5]]), (call, segments)
    for _, late_ms in agent:
        assert abs(late_ms - begin_ms - LATE_MS) < TOLERANCE_MS, (call, segments)
    assert not [m for m in messages if m["type"] in ("stt.degraded",)], (call, messages)
    assert simulator.complaints == [], call
    if kind != "alone" or name == "aws_call_analytics":
        expect_stream(call, kind, ears_of(name, simulator))


def expect_stream(call, kind, streams):
    """One stream of two channels, as long as the call; where nobody was there it is exactly silent. (Behind a leg that
    ends there is a second of silence.)"""
    [[agent, customer]] = streams
    if kind == "alone":  # whoever comes first has the first channel
        agent, customer = customer, agent
    assert len(agent.samples) == len(customer.samples)
    assert 0 <= len(customer.samples) * 1000 / customer.rate_hz - ALL_MS < 2000, call
    if kind == "never":
        assert not any(agent.samples), call
        return
    onset_ms = agent.onset_ms()
    assert abs(onset_ms - customer.onset_ms() - LATE_MS) < TOLERANCE_MS, call
    assert not any(agent.samples[:(onset_ms - TOLERANCE_MS) * agent.rate_hz // 1000]), call
