"""rtpengine as the media source of recording sessions, as Kamailio and OpenSIPS have it: it forks a call that
it relays, in another codec where that is wanted."""
import json
import re
import struct
import threading
import time

import pytest

import rtp
import speech
import tones
from client import Client
from impair import Udp
from rtpengine import Call, Rtpengine, transcode
from subscriber import Subscriber

pytestmark = pytest.mark.needs("rtpengine")

CALLER = [(2, 1200), (0, 2600)]
CALLEE = [(0, 1700), (5, 1200), (0, 900)]
SPOKEN = [("customer", speech.SENTENCES[2]), ("agent", speech.SENTENCES[5])]
CODECS = ("G722", "opus")
KEYS = "47#"


@pytest.fixture
def engine(tmp_path):
    started = Rtpengine(tmp_path)
    yield started
    started.stop()


def finals(subscriber, call_id):
    return [(m["segment"]["role"], m["segment"]["text"])
            for m in subscriber.of_type("transcript.final")
            if m["call_id"] == call_id and m["segment"]["text"]]


def test_calls_are_forked_and_transcoded(make_gateway, recogniser, engine):
    recogniser.listens = tones.Listener
    gateway = make_gateway(config={**rtp.config(), "siprec": {
        "listen": [{"transport": "tcp", "address": "127.0.0.1", "port": 0}],
        "roles": [{"role": "customer", "label": "1"}, {"role": "agent", "label": "0"}]}})
    [port] = json.loads((gateway.folder / "ports.json").read_text())["siprec_ports"]
    subscriber = Subscriber(gateway.ws("/v1/events"))
    clients = [Client(port, "tcp") for _ in range(1 + len(CODECS))]

    def offers_to(client):
        return lambda sdp: client.invite(sdp.replace("\r\n", "\n")).body

    call = Call(engine, "forked", tones)
    call.fork(offers_to(clients[0]))
    speakers = [transcode(engine, codec, codec, tones, offers_to(client))
                for codec, client in zip(CODECS, clients[1:])]
    rtp.talk([(call.caller, CALLER), (call.callee, CALLEE)] + [(one, CALLER) for one in speakers])
    press_all([call.caller, *speakers])
    heard = gateway.get("/v1/rtp").json()["sessions"]
    for client in clients:
        client.bye()
        client.close()
    for _ in clients:
        subscriber.until("call.ended")
    assert len(heard) == len(clients)
    for of in (stream for session in heard for stream in session["streams"]):
        assert of["received"] > 150 and of["lost"] == of["undecodable"] == 0, of
    spoken = [finals(subscriber, client.call_id) for client in clients]
    assert spoken == [SPOKEN, SPOKEN[:1], SPOKEN[:1]]
    pressed = [[m["role"] for m in subscriber.of_type("call.dtmf") if m["call_id"] == client.call_id]
               for client in clients]
    assert pressed == [["customer"] * len(KEYS)] * len(clients)
    subscriber.ws.close()


def press_all(speakers):
    """Each its own, at the same time, and silence behind them."""
    def press(speaker):
        clock = rtp.Clock()
        for key in KEYS:
            speaker.press(key, clock)

    threads = [threading.Thread(target=press, args=(speaker,)) for speaker in speakers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rtp.talk([(speaker, [(0, 400)]) for speaker in speakers])


class Tap(Udp):
    """In front of a port for RTCP: whatever comes and goes is passed on, and kept."""

    def __init__(self, port):
        super().__init__(("127.0.0.1", port))
        self.ours, self.theirs = (self.keep(way) for way in self.ways)

    @staticmethod
    def keep(way):
        kept, put = [], way.put

        def keep_and_put(data, now):
            kept.append(data)
            return put(data, now)

        way.put = keep_and_put
        return kept


def reported(packets):
    """The sender reports that receiver reports tell of having seen: the middle of their time."""
    blocks = [struct.unpack_from("!I", data, 24)[0] for data in packets if data[1] == 201 and data[0] & 31]
    return {lsr for lsr in blocks if lsr}


def sent(packets):
    return {struct.unpack_from("!I", data, 10)[0] for data in packets if data[1] == 200}


def test_reports_go_both_ways(make_gateway, engine):
    """Its sender reports are read: ours name them. Ours, one every five seconds or so, are what it has received."""
    gateway = make_gateway(config={**rtp.config(), "siprec": {
        "listen": [{"transport": "tcp", "address": "127.0.0.1", "port": 0}]}})
    [port] = json.loads((gateway.folder / "ports.json").read_text())["siprec_ports"]
    client, taps = Client(port, "tcp"), []

    def take_offer(offer):
        theirs = int(re.search(r"a=rtcp:(\d+)", offer).group(1))
        taps.append(Tap(theirs))
        offer = offer.replace(f"a=rtcp:{theirs}", f"a=rtcp:{taps[0].port}")
        return client.invite(offer.replace("\r\n", "\n")).body

    speaker = transcode(engine, "reports", "G722", tones, take_offer, generate_RTCP="on")
    [tap], clock, end = taps, rtp.Clock(), time.monotonic() + 60
    while not reported(tap.ours) & sent(tap.theirs):
        for frame in speaker.frames([(2, 400), (0, 600)]):
            speaker.put(speaker.next(frame))
            clock.tick()
        assert time.monotonic() < end, (tap.ours, tap.theirs)
    least = len(tap.ours)
    [leg] = engine.ask("query", call_id="reports")["tags"]["b"]["medias"]
    [received] = [of["stats"]["packets"] for of in leg["streams"] if "RTCP" in of["flags"]]
    assert 2 <= least <= received <= gateway.metric("sidetone_rtp_reports_total")
    [stream] = gateway.get("/v1/rtp").json()["sessions"][0]["streams"]
    assert stream["dropped"] == {} and stream["lost"] == 0, stream
    client.bye()
    client.close()
    while tap.ours[-1][-8:-6] != b"\x81\xcb":  # and we say goodbye
        assert time.monotonic() < end, tap.ours
        time.sleep(0.02)
    tap.close()
