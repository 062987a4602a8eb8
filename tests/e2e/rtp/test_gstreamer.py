"""GStreamer decodes what we send, from a capture, and hears the call."""
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
CLOCKS = {"pcmu": 8000, "opus": 48000, "l16": 16000}


def hear(capture, leg, codec, folder):
    packets = capture.retimed(leg, CLOCKS[codec])
    pcap, out = capture.write_pcap(folder / f"{leg}.pcap", packets), folder / f"{leg}.wav"
    media = f"media=audio,ssrc=(uint){packets[0].ssrc},{CAPS[codec]}"
    head = f"pcapparse dst-port={capture.ports[leg]} caps=application/x-rtp,{media}"
    line = (f"filesrc location={pcap} ! {head} ! {DECODE[codec]} ! audioconvert ! audioresample ! "
            f"audio/x-raw,rate=16000,channels=1,format=S16LE ! wavenc ! filesink location={out}")
    done = subprocess.run(["gst-launch-1.0", "-q", *line.split()],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return read(out, 16000)


@pytest.mark.parametrize("codec, least", [("pcmu", 0.99), ("l16", 0.99), ("opus", 0.9)])
def test_the_call_is_heard(sent, capture, wide_call_wav, tmp_path, codec, least):
    sent(wide_call_wav, "--codec", codec, "--speed", 5)
    for leg, role in enumerate(("agent", "customer")):
        heard = hear(capture, leg, codec, tmp_path)
        assert likeness(heard, role, 16000) > least
