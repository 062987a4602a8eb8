"""rtpengine, which merely forwards the calls' streams: in user space, without its kernel module."""
import pathlib
import re
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests" / "e2e" / "siprec"))

from ng import Control  # noqa: E402

NEAR, FAR = (24000, 43999), 44000  # its ports, and from where on those of its parties would be


def command(control_port):
    pid_file = pathlib.Path(tempfile.mkdtemp(prefix="bench-rtpengine-")) / "pid"
    return ["rtpengine", "--config-file=none", "--foreground", "--log-stderr", "--log-level=3", "--table=-1",
            "--interface=127.0.0.1", f"--listen-ng=127.0.0.1:{control_port}", f"--port-min={NEAR[0]}",
            f"--port-max={NEAR[1]}", "--num-threads=2", f"--pidfile={pid_file}"]


def wait_for(process, control_port):
    control = Control(control_port)
    for _ in range(100):
        try:
            return control.ask("ping", timeout=0.2) and control
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.1)
    sys.exit("bench/rtp/run: rtpengine did not start")


def describe(port):
    return ("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            f"m=audio {port} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=sendrecv\r\n")


def open_calls(control, calls):
    """The ports at which it waits for each of the streams."""
    ports = []
    for call in range(calls):
        about = {"call_id": f"load-{call}", "from_tag": "a", "ICE": "remove", "replace": ["origin"]}
        place = FAR + call * 4
        seen = [control.ask("offer", sdp=describe(place), **about)["sdp"],
                control.ask("answer", sdp=describe(place + 2), to_tag="b", **about)["sdp"]]
        ports += [int(re.search(r"m=audio (\d+)", sdp).group(1)) for sdp in reversed(seen)]
    return ports
