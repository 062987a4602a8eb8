"""What is wrong with the sound of channels, though every packet came: told while the call goes on, and counted."""
import pytest

import rtp
import tones
from contract import check
from test_rtp import begin, end, stream

LIMIT = 32124  # the loudest of mu-law


class Shout:
    """A voice far too loud for its microphone."""

    @staticmethod
    def samples(parts, rate_hz=8000):
        return [max(-LIMIT, min(LIMIT, 8 * value)) for value in tones.samples(parts, rate_hz)]


@pytest.fixture
def gateway(make_gateway, recogniser):
    recogniser.listens = tones.Listener
    return make_gateway(config=rtp.config())


# call → what each channel says, in which voice, and what is wrong with it
CALLS = {
    "well": ([(1, 3000), (0, 3000)] * 3, tones, [(0, 3000), (4, 3000)] * 3, tones, [], []),
    "alike": ([(1, 8000)], tones, [(1, 8000)], tones, ["identical_channels"], ["identical_channels"]),
    "loud": ([(1, 8000)], Shout, [(0, 500), (4, 7500)], tones, ["clipped"], []),
    "deaf": ([(1, 18000)], tones, [(0, 18000)], tones, [], ["one_way_audio"]),
}


def speakers(session, agent, agents_voice, customer, customers_voice):
    ports = [of["port"] for of in session["streams"]]
    return [(rtp.Sender(ports[0], seed=ports[0], voice=agents_voice), agent),
            (rtp.Sender(ports[1], seed=ports[1], voice=customers_voice), customer)]


def test_alarms_are_raised_where_there_is_reason_to(gateway, subscribe):
    subscriber = subscribe()
    sessions = {name: begin(gateway, call_id=name, streams=[stream("agent"), stream("customer")])["session"]
                for name in CALLS}
    rtp.talk([speaker for name in CALLS for speaker in speakers(sessions[name], *CALLS[name][:4])])
    for name, (*_, agents, customers) in CALLS.items():
        live = gateway.get(f"/v1/calls/{name}").json()["quality"]
        assert [of["alarms"] for of in live] == [agents, customers], (name, live)
        end(gateway, sessions[name])
    for _ in CALLS:
        subscriber.until("call.ended")
    for name, (*_, agents, customers) in CALLS.items():
        told = [m for m in subscriber.of_type("call.updated") if m["call_id"] == name and "quality" in m]
        for message in told:
            check(message)
        alarms = [[of["alarms"] for of in m["quality"]] for m in told]
        assert alarms[-1] == [agents, customers], (name, alarms)
        kept = gateway.get(f"/v1/calls/{name}").json()["quality"]
        assert kept == told[-1]["quality"]
    counted = {alarm: gateway.metric("sidetone_rtp_alarms_total", alarm=alarm) for alarm in (
        "identical_channels", "clipped", "one_way_audio", "rate_mismatch")}
    assert counted == {"identical_channels": 2, "clipped": 1, "one_way_audio": 1, "rate_mismatch": 0}
