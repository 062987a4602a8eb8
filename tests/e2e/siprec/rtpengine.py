"""rtpengine, a media proxy that nobody here wrote, in user space, without its kernel module."""
import re
import subprocess
import time

import rtp
from ng import Control
from sipp import free_port


class Rtpengine:
    def __init__(self, folder):
        self.port, (first, last) = free_port(), rtp.free_ports(120)
        self.log = folder / "rtpengine.log"
        self.process = subprocess.Popen(
            ["rtpengine", "--config-file=none", "--foreground", "--log-stderr", "--log-level=6",
             "--table=-1", "--interface=127.0.0.1", f"--listen-ng=127.0.0.1:{self.port}",
             f"--port-min={first}", f"--port-max={last}", "--num-threads=1",
             f"--pidfile={folder / 'rtpengine.pid'}"], stderr=open(self.log, "wb"))
        self.control = Control(self.port)
        self.wait()

    def wait(self):
        until = time.monotonic() + 30
        while True:
            try:
                self.ask("ping", timeout=0.2)
                return
            except OSError:
                assert self.process.poll() is None and time.monotonic() < until, self.log.read_text()
                time.sleep(0.1)

    def ask(self, command, timeout=10, **more):
        return self.control.ask(command, timeout, **more)

    def stop(self):
        self.process.terminate()
        self.process.wait(20)


def sdp(port):
    return ("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            f"m=audio {port} RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\n"
            "a=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n")


def port_of(text):
    return int(re.search(r"m=audio (\d+)", text).group(1))


ABOUT = {"from_tag": "a", "ICE": "remove", "replace": ["origin"]}


class Call:
    """A call of two parties through rtpengine."""

    def __init__(self, engine, name, voice):
        self.engine, self.name = engine, name
        self.caller, self.callee = (rtp.Sender(9, seed=seed, voice=voice) for seed in (1, 2))
        about = {"call_id": name, **ABOUT}
        offered = engine.ask("offer", sdp=sdp(self.caller.port), label="caller", **about)["sdp"]
        answered = engine.ask("answer", to_tag="b", sdp=sdp(self.callee.port), label="callee",
                              **about)["sdp"]
        for party, seen in ((self.caller, answered), (self.callee, offered)):
            party.to = ("127.0.0.1", port_of(seen))

    def fork(self, take_offer):
        """To a recorder: take_offer gives its answer to an SDP."""
        asked = self.engine.ask("subscribe request", call_id=self.name, flags=["all", "SIPREC"])
        self.engine.ask("subscribe answer", call_id=self.name, to_tag=asked["to-tag"],
                        sdp=take_offer(asked["sdp"]))


def transcode(engine, name, codec, voice, take_offer, **more):
    """A call whose other party gets another codec; returns the one who speaks. (Forks are not
    transcoded: 10.5 refuses every answer to an offer of one.)"""
    speaker = rtp.Sender(9, seed=1, voice=voice)
    about = {"call_id": name, **ABOUT, **more}
    offered = engine.ask("offer", sdp=sdp(speaker.port),
                         codec={"mask": ["PCMU"], "transcode": [codec]}, **about)["sdp"]
    answered = engine.ask("answer", to_tag="b", sdp=take_offer(offered), **about)["sdp"]
    speaker.to = ("127.0.0.1", port_of(answered))
    return speaker
