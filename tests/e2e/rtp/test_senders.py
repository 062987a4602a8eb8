"""What senders do in mid-call, through the whole gateway; packet by packet it is in the unit tests."""
import struct

import pytest

import rtp
import speech

L16 = {"payload_type": 96, "name": "L16", "clock_hz": 8000}
NOISE = [{"payload_type": 13}, {"payload_type": 19}, {"payload_type": 98, "name": "CN", "clock_hz": 8000}]
CODECS = [{"payload_type": 0}, L16, *NOISE]


@pytest.fixture
def gateway(make_gateway):
    return make_gateway(config=rtp.config())


class Wild(rtp.Sender):
    """Any codec and length of packets from one to the next."""

    def say(self, clock, sentence, ms, frame_ms, as_l16=False):
        values = speech.samples([(sentence, ms)])
        span = 8 * frame_ms
        for at in range(0, len(values), span):
            part = values[at:at + span]
            data = struct.pack(f"!{span}h", *part) if as_l16 else speech.mulaw(part)
            self.put(self.packet(data, 96 if as_l16 else 0))
            self.timestamp += span
            clock.tick(frame_ms / 20)

    def rest(self, clock, ms, noise=()):
        """Comfort noise five times a second, by each of its types in turn, or nothing at all."""
        for i in range(ms // 200):
            if noise:
                self.put(self.packet(b"\x40", noise[i % len(noise)]["payload_type"]))
            self.timestamp += 1600
            clock.tick(10)


def test_nothing_that_changes_in_mid_call_costs_a_word(gateway, subscribe, recogniser):
    """Comfort noise, another codec, another ptime, silence without packets, another source; and another
    leg that never comes."""
    subscriber, recogniser.keeps_audio = subscribe(), True
    session = rtp.begin(gateway, streams=[rtp.stream("customer", codecs=CODECS),
                                          rtp.stream("agent")])["session"]
    port, clock = session["streams"][0]["port"], rtp.Clock()
    first, second = Wild(port, seed=1), Wild(port, seed=2)
    first.say(clock, 2, 1200, 20)
    first.rest(clock, 800, NOISE)
    first.say(clock, 4, 1200, 40, as_l16=True)
    first.rest(clock, 600)
    second.say(clock, 5, 1200, 10)
    second.say(clock, 0, 400, 20)
    customer, agent = rtp.end(gateway, session)["streams"]
    ended = subscriber.until("call.ended")
    finals = [m["segment"] for m in subscriber.of_type("transcript.final") if m["segment"]["text"]]
    assert [(of["role"], of["text"]) for of in finals] == [
        ("customer", speech.SENTENCES[n]) for n in (2, 4, 5)]
    starts = [of["words"][0]["start_ms"] for of in finals]
    assert abs(starts[1] - starts[0] - 2000) < 150 and abs(starts[2] - starts[0] - 3800) < 150, starts
    assert abs(ended["duration_ms"] - 5400) < 300
    heard_ms = max(len(audio) / 32 for audio in recogniser.audio)
    assert abs(heard_ms - ended["duration_ms"]) <= 20  # neither more nor less than the call, but for a frame
    assert customer["received"] == first.sent + second.sent and customer["sources"] == 2, customer
    assert customer["lost"] == customer["late"] == customer["undecodable"] == 0, customer
    assert customer["dropped"] == {} and customer["concealed_ms"] == 0, customer
    assert agent["received"] == 0 and "from" not in agent


class Beside:
    """A clock in whose every tick audio goes on."""

    def __init__(self, sender, parts):
        self.clock, self.sender, self.frames = rtp.Clock(), sender, iter(sender.frames(parts))

    def tick(self, frames=1):
        for frame in (next(self.frames) for _ in range(frames)):
            self.sender.put(self.sender.next(frame))
            self.clock.tick()


def test_digits_on_an_ssrc_of_their_own_cost_the_audio_nothing(gateway, subscribe):
    subscriber = subscribe()
    session = rtp.begin(gateway, streams=[rtp.stream("customer")])["session"]
    [sender] = rtp.senders(session)
    keys = rtp.Sender(session["streams"][0]["port"], seed=9)
    audio = Beside(sender, [(2, 1400), (0, 800)])
    audio.tick(20)
    for digit in "4711":
        keys.press(digit, audio)
        audio.tick(5)
    audio.tick(40)
    of = rtp.end(gateway, session)["streams"][0]
    ended = subscriber.until("call.ended")
    assert of["digits"] == 4 and len(subscriber.of_type("call.dtmf")) == 4
    assert of["received"] == sender.sent and of["sources"] == 1, of
    assert of["lost"] == of["late"] == of["concealed_ms"] == 0 and of["dropped"] == {}, of
    assert [m["segment"]["text"] for m in subscriber.of_type("transcript.final")
            if m["segment"]["text"]] == [speech.SENTENCES[2]]
    assert abs(ended["duration_ms"] - sender.sent * 20) < 300
