"""GStreamer decodes what we send, from a capture, and hears the call."""
import base64
import re
import subprocess

import pytest

from sound import likeness, read

pytestmark = pytest.mark.needs("gst-launch-1.0")

CAPS = {
    "pcmu": "encoding-name=PCMU,clock-rate=8000,payload=0",
    "opus": "encoding-name=OPUS,clock-rate=48000,payload=111",
    "l16": "encoding-name=L16,clock-rate=16000,payload=97,channels=1",
}
DECODE = {
    "pcmu": "rtppcmudepay ! mulawdec",
    "opus": "rtpopusdepay ! opusdec use-inband-fec=true plc=true",
    "l16": "rtpL16depay",
}
CIPHERS = {
    "AES_CM_128_HMAC_SHA1_80": ("aes-128-icm", "hmac-sha1-80"),
    "AEAD_AES_128_GCM": ("aes-128-gcm", "null"),
    "AEAD_AES_256_GCM": ("aes-256-gcm", "null"),
}


def hear(pcap, port, codec, out, rate_hz=16000, key=None, suite=None):
    media = f"media=audio,{CAPS[codec]}"
    if key:
        cipher, auth = CIPHERS[suite]
        caps = (f"application/x-srtp,{media},srtp-key=(buffer){key.hex()},srtp-cipher={cipher},"
                f"srtp-auth={auth},srtcp-cipher={cipher},srtcp-auth={auth}")
        head = f"pcapparse dst-port={port} caps=\"{caps}\" ! srtpdec"
    else:
        head = f"pcapparse dst-port={port} caps=\"application/x-rtp,{media}\""
    line = (f"filesrc location={pcap} ! {head} ! {DECODE[codec]} ! audioconvert ! audioresample ! "
            f"audio/x-raw,rate={rate_hz},channels=1,format=S16LE ! wavenc ! filesink location={out}")
    done = subprocess.run(["gst-launch-1.0", "-q", *re.findall(r'(?:[^\s"]|"[^"]*")+', line)],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return read(out, rate_hz)


@pytest.mark.parametrize("codec, least", [("pcmu", 0.99), ("l16", 0.99), ("opus", 0.9)])
def test_the_call_is_heard(sent, capture, wide_call_wav, tmp_path, codec, least):
    sent(wide_call_wav, "--codec", codec, "--speed", 5)
    pcap = capture.write_pcap(tmp_path / "x.pcap")
    for leg, role in enumerate(("agent", "customer")):
        heard = hear(pcap, capture.ports[leg], codec, tmp_path / f"{role}.wav")
        assert likeness(heard, role, 16000) > least


@pytest.mark.parametrize("suite", list(CIPHERS))
def test_it_is_decrypted_by_the_keys_of_the_sdp(sent, capture, wide_call_wav, tmp_path, suite):
    sdp = tmp_path / "x.sdp"
    sent(wide_call_wav, "--srtp-suite", suite, "--sdp", sdp, "--speed", 5, dialect="srtp")
    assert sdp.stat().st_mode & 0o77 == 0
    keys = [base64.b64decode(key) for key in re.findall(rf"{suite} inline:(\S+)", sdp.read_text())]
    assert len(set(keys)) == 2
    pcap = capture.write_pcap(tmp_path / "x.pcap")
    for leg, role in enumerate(("agent", "customer")):
        heard = hear(pcap, capture.ports[leg], "pcmu", tmp_path / f"{role}.wav", key=keys[leg],
                     suite=suite)
        assert likeness(heard, role, 16000) > 0.99


def test_opus_carries_what_was_lost(sent, capture, wide_call_wav, tmp_path):
    """Where one packet is lost at a time, the copy in the next one makes up for it."""
    sent(wide_call_wav, "--codec", "opus", "--loss", 10, "--speed", 5)
    pcap = capture.write_pcap(tmp_path / "x.pcap")
    for leg, role in enumerate(("agent", "customer")):
        heard = hear(pcap, capture.ports[leg], "opus", tmp_path / f"{role}.wav")
        assert likeness(heard, role, 16000) > 0.8
