"""What `send --as srtp` and the gateway encrypt is opened by a reader of the standards that has none of our code."""
import array
import json
import pathlib
import re
import subprocess
import sys

import pytest

import rtp
import speech
from cli import write_wav
from sound import likeness

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "node"))

from test_node import find_node  # noqa: E402

SUITES = ["AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32", "AEAD_AES_128_GCM",
          "AEAD_AES_256_GCM"]


def open_packets(suite, key, packets, kind="packets"):
    script = pathlib.Path(__file__).with_name("srtp.mjs")
    request = {"suite": suite, "key": key, kind: [packet.hex() for packet in packets]}
    done = subprocess.run([find_node(), script], input=json.dumps(request), capture_output=True,
                          text=True, timeout=30)
    return done, [bytes.fromhex(part) for part in json.loads(done.stdout or "[]")]


@pytest.mark.parametrize("suite", SUITES)
def test_the_keys_of_the_sdp_open_it(sent, capture, call_wav, tmp_path, suite):
    sdp = tmp_path / "call.sdp"
    sent(call_wav, "--srtp-suite", suite.lower(), "--sdp", sdp, "--speed", 5, dialect="srtp")
    assert sdp.stat().st_mode & 0o77 == 0
    keys = re.findall(rf"a=crypto:1 {suite} inline:(\S+)", sdp.read_text())
    assert len(set(keys)) == 2
    for leg, role in enumerate(("agent", "customer")):
        packets = [d.data for d in capture.rtp(leg)]
        done, payloads = open_packets(suite, keys[leg], packets)
        assert done.returncode == 0, done.stderr
        heard = array.array("h", speech.unmulaw(b"".join(payloads)))
        assert likeness(heard, role, 8000) > 0.99
        assert payloads[0] not in packets[0]
        # The other leg's key does not.
        done, _ = open_packets(suite, keys[1 - leg], packets)
        assert done.returncode != 0


def told_to(sender):
    sender.socket.settimeout(1)
    try:
        while True:
            yield sender.socket.recv(2000)
    except TimeoutError:
        pass


@pytest.mark.parametrize("suite", ["AES_CM_128_HMAC_SHA1_32", "AEAD_AES_256_GCM"])
def test_the_key_of_our_answer_opens_our_reports(make_gateway, sent, capture, tmp_path, suite):
    wav, offer = write_wav(tmp_path / "call.wav", [(1, 8000)], [(2, 8000)]), tmp_path / "call.sdp"
    sent(wav, "--srtp-suite", suite, "--sdp", offer, "--speed", 20, dialect="srtp")
    packets = [d.data for d in capture.rtp(0)]
    theirs = re.findall(rf"{suite} inline:(\S+)", offer.read_text())[0]
    gateway, sender = make_gateway(config=rtp.config()), rtp.Sender(9)
    answer = rtp.begin(gateway, streams=[rtp.stream("agent", port=sender.port, rtcp_mux=True,
                                                    srtp={"suite": suite, "key": theirs})])
    ours = re.search(rf"a=crypto:1 {suite} inline:(\S+)", answer["sdp"]).group(1)
    assert "a=rtcp-mux" in answer["sdp"]
    sender.to = ("127.0.0.1", answer["session"]["streams"][0]["port"])
    clock = rtp.Clock()
    for packet in packets:
        sender.put(packet)
        clock.tick()
    assert rtp.end(gateway, answer["session"])["streams"][0]["received"] == len(packets)
    reports = list(told_to(sender))
    done, opened = open_packets(suite, ours, reports, "reports")
    assert done.returncode == 0, done.stderr
    first, *_, last = opened
    assert first[:2] == b"\x81\xc9" and first[8:12] == packets[0][8:12]  # it tells of the sender,
    assert first[12:16] == bytes(4)  # who has lost nothing
    assert b"\x81\xcb\0\x01" in last
    done, _ = open_packets(suite, theirs, reports, "reports")
    assert done.returncode != 0
