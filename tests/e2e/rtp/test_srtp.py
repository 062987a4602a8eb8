"""What `send --as srtp` encrypts is opened by a reader of the standards that has none of our code."""
import array
import json
import pathlib
import re
import subprocess
import sys

import pytest

import speech
from sound import likeness

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "node"))

from test_node import find_node  # noqa: E402

SUITES = ["AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32", "AEAD_AES_128_GCM",
          "AEAD_AES_256_GCM"]


def open_packets(suite, key, packets):
    script = pathlib.Path(__file__).with_name("srtp.mjs")
    request = {"suite": suite, "key": key, "packets": [packet.hex() for packet in packets]}
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
