"""GStreamer as a sender: Opus, SRTP, keys, and a bad network of its own."""
import base64
import os
import pathlib
import subprocess
import sys

import pytest

import rtp
import speech
import tones
from cli import write_wav

pytestmark = pytest.mark.needs("gst-launch-1.0")

AGENT = [(1, 1200), (0, 2300)]
CUSTOMER = [(0, 1700), (4, 1200), (0, 600)]
SPOKEN = [("agent", speech.SENTENCES[1]), ("customer", speech.SENTENCES[4])]
OPUS = {"payload_type": 97, "name": "opus", "clock_hz": 48000, "channels": 2}
BAD = ("netsim drop-probability=0.05 duplicate-probability=0.05 delay-probability=0.2 min-delay=0 "
       "max-delay=60 allow-reordering=true")
ENCODE = {
    "pcmu": "mulawenc ! rtppcmupay",
    "opus": "opusenc inband-fec=true packet-loss-percentage=5 ! rtpopuspay pt=97",
}


@pytest.fixture
def gateway(make_gateway, recogniser):
    recogniser.listens = tones.Listener
    return make_gateway(config=rtp.config())


def finals(subscriber):
    return [(m["segment"]["role"], m["segment"]["text"])
            for m in subscriber.of_type("transcript.final") if m["segment"]["text"]]


def chain(file, rate_hz, codec, port, more=()):
    """From a file to a port, in real time, 20 ms a packet."""
    parts = [f"filesrc location={file}", "wavparse", "audioconvert",
             f"audio/x-raw,format=S16LE,rate={rate_hz},channels=1",
             "audiobuffersplit output-buffer-duration=1/50", ENCODE[codec], *more,
             f"udpsink host=127.0.0.1 port={port}"]
    return " ! ".join(parts)


def send_call(folder, session, codec, more=lambda leg: ()):
    rate_hz, lines = 48000 if codec == "opus" else 8000, []
    for leg, parts in enumerate((AGENT, CUSTOMER)):
        file = write_wav(folder / f"{leg}.wav", parts, rate_hz=rate_hz, voice=tones)
        lines.append(chain(file, rate_hz, codec, session["streams"][leg]["port"], more(leg)))
    done = subprocess.run(["gst-launch-1.0", "-q", *" ".join(lines).split()],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("codec", ENCODE)
def test_a_call_through_a_bad_network_is_understood(gateway, subscribe, tmp_path, codec):
    subscriber = subscribe()
    more = {"codecs": [OPUS]} if codec == "opus" else {}
    session = rtp.begin(gateway, streams=[rtp.stream(role, **more)
                                          for role in ("agent", "customer")])["session"]
    send_call(tmp_path, session, codec, lambda leg: [BAD])
    stats = rtp.end(gateway, session)["streams"]
    subscriber.until("call.ended")
    assert finals(subscriber) == SPOKEN
    for name in ("lost", "duplicates", "reordered"):
        assert sum(of[name] for of in stats) > 0, (name, stats)
    for of in stats:
        assert of["received"] + of["lost"] >= 170 and of["undecodable"] == 0


def test_a_call_in_srtp_is_understood(gateway, subscribe, tmp_path):
    subscriber, keys = subscribe(), [os.urandom(30) for _ in range(2)]
    session = rtp.begin(gateway, streams=[
        rtp.stream(role, srtp={"suite": "AES_CM_128_HMAC_SHA1_80",
                               "key": base64.b64encode(key).decode()})
        for role, key in zip(("agent", "customer"), keys)])["session"]
    send_call(tmp_path, session, "pcmu", lambda leg: [f"srtpenc key={keys[leg].hex()}"])
    stats = rtp.end(gateway, session)["streams"]
    subscriber.until("call.ended")
    assert finals(subscriber) == SPOKEN
    assert all(of["is_secure"] and of["dropped"] == {} and of["lost"] == 0 for of in stats), stats


def test_keys_are_counted_once(gateway):
    session = rtp.begin(gateway, streams=[rtp.stream("customer")])["session"]
    script = pathlib.Path(__file__).with_name("gst_keys.py")
    subprocess.run([sys.executable, script, str(session["streams"][0]["port"]), "4711#"], check=True,
                   timeout=60)
    of = rtp.end(gateway, session)["streams"][0]
    assert of["digits"] == 5 and of["lost"] == 0 and of["received"] > 50, of
