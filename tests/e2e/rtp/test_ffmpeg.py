"""ffmpeg receives what we send, by the SDP that we write, and hears the call."""
import os
import re
import subprocess
import time

import pytest

from capture import free_pairs
from cli import Background
from sound import likeness, read

pytestmark = pytest.mark.needs("ffmpeg")


def bound_ports():
    with open("/proc/net/udp") as table:
        return {int(line.split()[1].split(":")[1], 16) for line in list(table)[1:]}


class Receiver:
    """Reads the SDP from a pipe, so that the sender begins when it is known."""

    def __init__(self, folder, rate_hz):
        self.pipe = folder / "call.sdp"
        os.mkfifo(self.pipe)
        self.files = [folder / f"{role}.wav" for role in ("agent", "customer")]
        command = ["ffmpeg", "-nostdin", "-y", "-loglevel", "warning", "-analyzeduration", "0",
                   "-probesize", "32", "-fflags", "nobuffer", "-reorder_queue_size", "0",
                   "-protocol_whitelist", "file,pipe,udp,rtp,srtp,crypto", "-f", "sdp",
                   "-i", str(self.pipe)]
        for index, file in enumerate(self.files):
            command += ["-map", f"0:a:{index}", "-ac", "1", "-ar", str(rate_hz), str(file)]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)

    def finish(self):
        self.process.terminate()
        _, errors = self.process.communicate(timeout=20)
        return errors


@pytest.mark.parametrize("codec, dialect, rate_hz, options, least", [
    ("pcmu", "rtp", 8000, (), 0.99),
    ("pcma", "rtp", 8000, ("--ptime", 30), 0.99),
    ("g722", "rtp", 16000, (), 0.97),
    ("opus", "rtp", 16000, (), 0.9),
    ("l16", "rtp", 16000, (), 0.99),
    ("pcmu", "srtp", 8000, (), 0.99),
    ("opus", "srtp", 16000, ("--srtp-suite", "AES_CM_128_HMAC_SHA1_32"), 0.9),
])
def test_the_call_is_heard(call_wav, wide_call_wav, tmp_path, codec, dialect, rate_hz, options,
                           least):
    receiver = Receiver(tmp_path, rate_hz)
    ports = free_pairs()
    sender = Background("send", wide_call_wav if rate_hz == 16000 else call_wav, "--as", dialect,
                        "--codec", codec, "--sdp", receiver.pipe, *options,
                        "--to", ",".join(f"127.0.0.1:{port}" for port in ports))
    assert sender.wait() == 0, sender.err
    errors = receiver.finish()
    for role, file in zip(("agent", "customer"), receiver.files):
        heard = read(file, rate_hz)
        assert likeness(heard, role, rate_hz) > least, errors
        other = "customer" if role == "agent" else "agent"
        assert likeness(heard, other, rate_hz) < 0.3
