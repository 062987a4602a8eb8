"""Packets that have no business with a call change no sample of it, and each is counted by its reason.
SIDETONE_SOAK_PACKETS says how many; deploy/soak sends a million."""
import os
import random
import re

import pytest

import rtp
from cli import write_wav
from subscriber import Subscriber

PACKETS = int(os.environ.get("SIDETONE_SOAK_PACKETS", 20000))
FRAME_MOST = 500  # so many for each packet of the call, and the call is as long as that takes
ROUND = [(2, 1200), (0, 800)]
ROUND_FRAMES = 100
SPARED = 5  # for the stream to begin
PARTS = ROUND * max(1, -(-PACKETS // (FRAME_MOST * ROUND_FRAMES)))
SUITE = "AES_CM_128_HMAC_SHA1_80"


@pytest.fixture
def options():
    return rtp.config()


@pytest.fixture
def gateway(make_gateway, recogniser, options):
    recogniser.keeps_audio = True
    return make_gateway(config={**options, "threads": 1})


def play(packets, put, harm):
    """The call's packets in real time, with all that harm in between. harm(n, i): n packets after the
    i-th of the call."""
    clock, share = rtp.Clock(), -(-PACKETS // (4 * (len(packets) - SPARED)))
    for i, packet in enumerate(packets):
        put(packet)
        for _ in range(4):
            if harm and i >= SPARED:
                harm(share, i)
            clock.tick(0.25)


class Call:
    """One stream that is heard by itself, and then harmed."""

    def __init__(self, gateway, recogniser, name, **more):
        self.gateway, self.recogniser = gateway, recogniser
        # Nobody reads while packets are sent, and a client whose queue is full reads no pongs either.
        self.told = Subscriber(gateway.ws("/v1/events", max_queue=None))
        self.told.until("snapshot.end")
        self.session = rtp.begin(gateway, call_id=name,
                                 streams=[rtp.stream("customer", source="ip", **more)])["session"]
        self.port = self.session["streams"][0]["port"]

    def end(self):
        """What was counted, the words, and the samples."""
        of = rtp.end(self.gateway, self.session)["streams"][0]
        self.told.until("call.ended")
        words = [[word["text"] for word in m["segment"]["words"]]
                 for m in self.told.of_type("transcript.final")]
        self.told.ws.close()
        # When the call began before its first packet is not of interest.
        audio = max(self.recogniser.audio, key=len).strip(b"\0")
        self.recogniser.audio.clear()
        return of, words, audio


def expect_unharmed(clean, harmed):
    of, words, audio = harmed
    assert of["received"] == len(PARTS) // 2 * ROUND_FRAMES
    assert of["lost"] == of["late"] == of["concealed_ms"] == 0 and of["sources"] == 1, of
    assert words == clean[1] and len(words) >= len(PARTS) // 2
    assert audio == clean[2] and len(audio) > 1000
    return of


def test_a_spray_over_all_ports_changes_nothing_and_is_counted(gateway, recogniser, options):
    results = []
    for name in ("clean", "sprayed"):
        call = Call(gateway, recogniser, name)
        sender = rtp.Sender(call.port)
        packets = [sender.next(frame) for frame in sender.frames(PARTS)]
        ports = options["rtp"]["first_port"], options["rtp"]["last_port"]
        spray = rtp.Spray(ports, call.port)
        play(packets, sender.put, (lambda n, i: spray.put(n)) if name == "sprayed" else None)
        results.append(call.end())
    of = expect_unharmed(*results)
    before = results[0][0]["foreign"]  # the stream's own, until it had proved to be one
    assert spray.sent >= PACKETS
    assert of["foreign"] - before + sum(of["dropped"].values()) == spray.at_stream
    assert {"malformed", "payload_type"} <= set(of["dropped"]), of
    assert gateway.metric("sidetone_rtp_streams") == 0


class Forger:
    """Takes what a call has sent, or is about to send, and spoils it, or sends it again."""

    def __init__(self, put, packets, seed=3):
        self.random, self.put, self.packets = random.Random(seed), put, packets
        self.sent = self.forged = self.replayed = 0

    def spoil(self, packet, first, last):
        bit = self.random.randrange(first * 8, last * 8)
        data = bytearray(packet)
        data[bit // 8] ^= 1 << bit % 8
        return bytes(data)

    def make(self, i):
        kind = self.random.randrange(4)
        if kind == 0 or i + 1 == len(self.packets):
            self.replayed += 1
            return self.packets[self.random.randrange(max(0, i - 60), i + 1)]
        if kind < 3:
            self.forged += 1
            return self.spoil(self.packets[i + 1], 12, len(self.packets[i + 1]))
        return self.spoil(self.packets[i + 1], 2, 12)  # its number, time or source

    def send(self, count, i):
        for _ in range(count):
            self.put(self.make(i))
        self.sent += count


def test_forged_and_replayed_srtp_changes_nothing_and_is_counted(gateway, recogniser, sent, capture,
                                                                 tmp_path):
    wav = write_wav(tmp_path / "call.wav", [], PARTS)
    sent(wav, "--srtp-suite", SUITE, "--sdp", tmp_path / "call.sdp", "--speed", 20, dialect="srtp")
    packets = [datagram.data for datagram in capture.rtp(1)]
    key = re.findall(rf"{SUITE} inline:(\S+)", (tmp_path / "call.sdp").read_text())[1]
    results = []
    for name in ("clean", "harmed"):
        call = Call(gateway, recogniser, name, srtp={"suite": SUITE, "key": key})
        sender = rtp.Sender(call.port)
        forger = Forger(sender.put, packets)
        play(packets, sender.put, forger.send if name == "harmed" else None)
        results.append(call.end())
    of = expect_unharmed(*results)
    assert forger.sent >= PACKETS
    assert sum(of["dropped"].values()) == forger.sent
    assert of["dropped"]["forged"] >= forger.forged > 0
    assert of["dropped"]["replayed"] >= forger.replayed > 0
