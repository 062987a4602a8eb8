"""SIPp, a SIP program that nobody here wrote, as a session recording client."""
import pathlib
import socket
import subprocess

HERE = pathlib.Path(__file__).parent
PACKET_BYTES = 160


def free_port():
    """For UDP and TCP alike."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, \
                socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp:
            udp.bind(("127.0.0.1", 0))
            try:
                tcp.bind(udp.getsockname())
                return udp.getsockname()[1]
            except OSError:
                continue


def run(scenario, port, folder, transport="u1", calls=1, rate=10, timeout=40, sound=None, talk_ms=700):
    """Plays a scenario, with mu-law sound for its first leg, of which so much is heard at a time; raises with
    SIPp's own words unless every call succeeded."""
    path = folder / "sound.raw"
    path.write_bytes(sound or bytes([0xff, 0x7f]) * (100 * PACKET_BYTES // 2))
    text = (HERE / f"{scenario}.xml").read_text()
    text = text.replace("SOUND_FILE", str(path)).replace("TALK_MS", str(talk_ms))
    played = folder / f"{scenario}.xml"
    played.write_text(text)
    result = subprocess.run(
        ["sipp", "-sf", played, "-m", str(calls), "-r", str(rate), "-i", "127.0.0.1",
         "-p", str(free_port()), "-mp", str(free_port() & ~1), "-t", transport, "-nostdin", "-max_socket", "1000", "-timeout", str(timeout),
         "-timeout_error", "-trace_err", "-trace_msg", f"127.0.0.1:{port}"],
        cwd=folder, capture_output=True, text=True, timeout=timeout + 20)
    errors = "".join(path.read_text() for path in folder.glob("*_errors.log"))
    assert result.returncode == 0, f"SIPp: {result.returncode}\n{errors}\n{result.stdout[-3000:]}"
