"""tshark as a judge that knows nothing of us: it counts what our report says."""
import re
import subprocess

import pytest

pytestmark = pytest.mark.needs("tshark")


def tshark(pcap, capture, *options):
    ports = [f"udp.port=={port},rtp" for port in capture.ports]
    ports += [f"udp.port=={port + 1},rtcp" for port in capture.ports]
    decode = [word for port in ports for word in ("-d", port)]
    # Wireshark gives telephone events a number of their own choice unless told.
    decode += ["-o", "rtpevent.event_payload_type_value:101"]
    done = subprocess.run(["tshark", "-n", "-r", pcap, *decode, *options], capture_output=True,
                          text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def streams_of(pcap, capture):
    """ssrc → packets, lost, mean and greatest jitter in ms."""
    rows = {}
    for line in tshark(pcap, capture, "-q", "-z", "rtp,streams").splitlines():
        found = re.search(r"0x([0-9A-Fa-f]{8})\s+(.+?)\s+(\d+)\s+(-?\d+) \((-?[\d.]+)%\)\s+(.*)", line)
        if found:
            delays = [float(x) for x in re.findall(r"-?\d+\.\d+", found[6])]
            rows[int(found[1], 16)] = {"packets": int(found[3]), "lost": int(found[4]),
                                       "jitter": delays[3:6]}
    return rows


def fields(pcap, capture, wanted, *names):
    options = [word for name in names for word in ("-e", name)]
    out = tshark(pcap, capture, "-Y", wanted, "-T", "fields", *options)
    return [line.split("\t") for line in out.splitlines()]


def test_loss_and_jitter_are_counted_alike(sent, capture, call_wav, tmp_path):
    streams = sent(call_wav, "--loss", 8, "--burst", 2, "--jitter", 30)
    rows = streams_of(capture.write_pcap(tmp_path / "x.pcap"), capture)
    assert len(rows) == 2
    for report in streams:
        row = rows[report["ssrc"]]
        assert report["lost"] > 0
        assert row["packets"] == report["sent"]
        assert row["lost"] == report["lost"] - report["lost_at_end"]
        # Ours is where it stood at the end, theirs the least, mean and greatest of all the time.
        least, _, most = row["jitter"]
        assert least <= report["jitter_ms"] + 1 and report["jitter_ms"] <= most + 1
        assert most > 2


def test_duplicates_are_there(sent, capture, call_wav, tmp_path):
    streams = sent(call_wav, "--dup", 10, "--speed", 4)
    pcap = capture.write_pcap(tmp_path / "x.pcap")
    rows = streams_of(pcap, capture)
    for report in streams:
        assert report["duplicated"] > 0
        assert rows[report["ssrc"]]["packets"] == report["sent"] + report["duplicated"]
        numbers = [row[0] for row in fields(pcap, capture, f"rtp.ssrc=={report['ssrc']}", "rtp.seq")]
        assert len(numbers) - len(set(numbers)) == report["duplicated"]


def test_nothing_is_malformed(sent, capture, call_wav, tmp_path):
    streams = sent(call_wav, "--dtmf", "1@0.2", "--speed", 4)
    pcap = capture.write_pcap(tmp_path / "x.pcap")
    assert fields(pcap, capture, "_ws.malformed or _ws.expert.severity>=6291456", "frame.number") == []
    ours = {f"0x{report['ssrc']:08x}" for report in streams}
    reports = fields(pcap, capture, "rtcp.pt==200", "rtcp.senderssrc", "rtcp.sender.packetcount")
    assert {row[0].split(",")[0] for row in reports} == ours
    last = {row[0].split(",")[0]: int(row[1]) for row in reports}
    assert last == {f"0x{report['ssrc']:08x}": report["packets"] for report in streams}
    names = fields(pcap, capture, "rtcp.pt==202", "rtcp.sdes.text")
    assert {row[0].split(",")[0] for row in names} == {"agent@sidetone", "customer@sidetone"}


def test_keys_are_read(sent, capture, call_wav, tmp_path):
    sent(call_wav, "--dtmf", "42#@0.5", "--speed", 4)
    rows = fields(capture.write_pcap(tmp_path / "x.pcap"), capture, "rtpevent", "rtpevent.event_id",
                  "rtpevent.end_of_event", "rtpevent.duration", "rtp.marker")
    assert [int(row[0]) for row in rows] == [4] * 7 + [2] * 7 + [11] * 7
    for at in range(0, 21, 7):
        press = rows[at:at + 7]
        assert [row[1].lower() in ("1", "true") for row in press] == [False] * 4 + [True] * 3
        assert [int(row[2]) for row in press] == [160, 320, 480, 640, 800, 800, 800]
        assert [row[3].lower() in ("1", "true") for row in press] == [True] + [False] * 6
