"""baresip calls the recorder as any telephone would, which is what network-based recording comes to: no
metadata, one line, sendrecv."""
import json
import time

import pytest

import rtp
import speech
import tones
from baresip import Baresip
from cli import write_wav
from subscriber import Subscriber

pytestmark = pytest.mark.needs("baresip")

SAID = [(0, 600), (4, 1200), (0, 4000)]
SECONDS = 5
KEYS = "47#"
# name → transport, codec, rate of the file, what else the account says
CALLERS = {
    "pcmu": ("udp", "PCMU/8000/1", 8000, ""),
    "g722": ("tcp", "G722/16000/1", 16000, ";mediaenc=srtp-mand"),
    "opus": ("tcp", "opus/48000/1", 48000, ";mediaenc=srtp"),
}


def test_telephones_are_recorded(make_gateway, recogniser, tmp_path):
    recogniser.listens = tones.Listener
    gateway = make_gateway(config={**rtp.config(source="learn"), "siprec": {
        "listen": [{"transport": kind, "address": "127.0.0.1", "port": 0} for kind in ("udp", "tcp")]}})
    ports = dict(zip(("udp", "tcp"), json.loads(
        (gateway.folder / "ports.json").read_text())["siprec_ports"]))
    subscriber = Subscriber(gateway.ws("/v1/events"))
    phones = {}
    for name, (transport, codec, rate_hz, more) in CALLERS.items():
        sound = write_wav(tmp_path / f"{name}.wav", SAID, rate_hz=rate_hz, voice=tones)
        target = f"sip:srs@127.0.0.1:{ports[transport]};transport={transport}"
        phones[name] = Baresip(tmp_path / name, name, sound, target, codec, SECONDS, more)
    for _ in phones:
        subscriber.until("call.started")
    time.sleep(0.5)
    for key in KEYS:
        for phone in phones.values():
            phone.press(key)
    said = {name: phone.wait() for name, phone in phones.items()}
    for name in phones:
        assert subscriber.until("call.ended")["reason"] == "stopped", said[name]
    finals = [(m["call_id"], m["segment"]["role"], m["segment"]["text"])
              for m in subscriber.of_type("transcript.final") if m["segment"]["text"]]
    assert [final[1:] for final in finals] == [("customer", speech.SENTENCES[4])] * len(phones)
    assert len({final[0] for final in finals}) == len(phones)
    assert {m["caller"] for m in subscriber.of_type("call.started")} == {
        f"{name}@127.0.0.1" for name in phones}
    told = [m["quality"] for m in subscriber.of_type("call.updated") if "quality" in m]
    for [of] in told[-len(phones):]:
        assert of["role"] == "customer" and of["lost"] == 0 and of["received"] > 150, (of, said)
    assert [m["role"] for m in subscriber.of_type("call.dtmf")] == ["customer"] * len(KEYS) * len(phones), said
    assert {m["call_id"] for m in subscriber.of_type("call.dtmf")} == {final[0] for final in finals}
    subscriber.ws.close()
