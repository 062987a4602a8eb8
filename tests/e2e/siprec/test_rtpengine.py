"""rtpengine as the media source of recording sessions, as Kamailio and OpenSIPS have it: it forks a call that
it relays, in another codec where that is wanted."""
import json

import pytest

import rtp
import speech
import tones
from client import Client
from rtpengine import Call, Rtpengine, transcode
from subscriber import Subscriber

pytestmark = pytest.mark.needs("rtpengine")

CALLER = [(2, 1200), (0, 2600)]
CALLEE = [(0, 1700), (5, 1200), (0, 900)]
SPOKEN = [("customer", speech.SENTENCES[2]), ("agent", speech.SENTENCES[5])]
CODECS = ("G722", "opus")


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
    subscriber.ws.close()
