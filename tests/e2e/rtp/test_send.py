"""What `send --as rtp` puts on the wire is what its report says, packet by packet."""
import json
import struct

import pytest

from cli import run, write_wav

HARM = ("--loss", 6, "--burst", 2, "--dup", 4, "--reorder", 4, "--jitter", 15)


def follow(datagrams):
    """What a receiver sees: distinct, lost, twice, out of order."""
    seen, highest, twice, behind = set(), None, 0, 0
    first = datagrams[0].sequence
    for datagram in datagrams:
        number = (datagram.sequence - first) & 0xFFFF
        if number in seen:
            twice += 1
            continue
        seen.add(number)
        behind += highest is not None and number < highest
        highest = max(number, highest or 0)
    return {"sent": len(seen), "missing": highest + 1 - len(seen), "duplicated": twice,
            "reordered": behind}


def expect_equal(capture, streams):
    for leg, report in enumerate(streams):
        found = follow(capture.rtp(leg))
        assert found == {"sent": report["sent"], "missing": report["lost"] - report["lost_at_end"],
                         "duplicated": report["duplicated"], "reordered": report["reordered"]}
        assert report["packets"] == report["sent"] + report["lost"]


@pytest.mark.parametrize("dialect", ["rtp", "srtp"])
def test_the_ledger_is_what_came(sent, capture, call_wav, tmp_path, dialect):
    keys = ["--sdp", tmp_path / "x.sdp"] if dialect == "srtp" else []
    streams = sent(call_wav, *HARM, *keys, "--speed", 4, dialect=dialect)
    expect_equal(capture, streams)
    assert [s["role"] for s in streams] == ["agent", "customer"]
    for report in streams:
        assert report["lost"] and report["duplicated"] and report["reordered"]
        assert report["lost"] / report["bursts"] >= 2


def test_one_seed_is_one_choice(sent, capture, call_wav):
    streams = sent(call_wav, *HARM, "--speed", 20)
    again = json.loads(run("send", call_wav, "--as", "rtp", "--to", capture.to, "--json", *HARM,
                           "--speed", 20).stdout)["streams"]
    other = json.loads(run("send", call_wav, "--as", "rtp", "--to", capture.to, "--json", *HARM,
                           "--speed", 20, "--seed", 2).stdout)["streams"]
    keep = ("packets", "sent", "lost", "bursts", "duplicated", "reordered")
    pick = lambda report: [[s[key] for key in keep] for s in report]
    assert pick(streams) == pick(again) != pick(other)


def test_keys_and_holds_are_where_they_were_asked_for(sent, capture, call_wav):
    streams = sent(call_wav, "--dtmf", "5#@0.5", "--hold", "1.5-2.5", "--speed", 5)
    agent, customer = (capture.rtp(leg) for leg in (0, 1))
    assert {d.payload_type for d in agent} == {0}
    events = [d for d in customer if d.payload_type == 101]
    assert len(events) == 14 == streams[1]["event_packets"]
    assert [d.data[12] for d in events] == [5] * 7 + [11] * 7
    assert [(d.timestamp - customer[0].timestamp) % 2**32 for d in events[::7]] == [4000, 5600]
    for leg in (agent, customer):
        audio = [d for d in leg if d.payload_type == 0]
        steps = [(b.timestamp - a.timestamp) % 2**32 for a, b in zip(audio, audio[1:])]
        assert steps.count(8160) == 1 and max(steps) == 8160


def test_reports_tell_what_was_sent_and_end_with_bye(sent, capture, call_wav):
    streams = sent(call_wav)
    for leg, report in enumerate(streams):
        first, *_, last = [d.data for d in capture.rtcp(leg)]
        assert len(capture.rtcp(leg)) == report["reports"] == 2
        ssrc, _, _, timestamp, packets, octets = struct.unpack_from("!IIIIII", last, 4)
        assert (ssrc, packets, octets) == (report["ssrc"], report["packets"], report["octets"])
        assert last[-7] == 203 and first[1] == 200 and struct.pack("!I", ssrc) == last[-4:]
        played = (timestamp - capture.rtp(leg)[0].timestamp) % 2**32 / 8
        assert abs(played - 3000) < 500


def pace_ppm(datagrams):
    """How much faster its clock runs than ours: the middle of what each half of a call's pairs say."""
    pairs = list(zip(datagrams, datagrams[len(datagrams) // 2:]))
    paces = sorted((b.timestamp - a.timestamp) % 2**32 / 8000 / (b.at - a.at) for a, b in pairs)
    return (paces[len(paces) // 2] - 1) * 1e6


def test_the_customers_clock_runs_away(sent, capture, tmp_path):
    wav = write_wav(tmp_path / "long.wav", [(1, 8000)], [(2, 8000)])
    sent(wav, "--drift", 1000)
    agent, customer = (pace_ppm(capture.rtp(leg)) for leg in (0, 1))
    assert abs(agent) < 250 and abs(customer - 1000) < 250, (agent, customer)


def test_one_leg_alone(capture, call_wav):
    done = run("send", call_wav, "--as", "rtp", "--to", f"-,127.0.0.1:{capture.ports[1]}",
               "--speed", 20, "--json")
    capture.close()
    assert [s["role"] for s in json.loads(done.stdout)["streams"]] == ["customer"]
    assert len(capture.rtp(1)) == 150 and not capture.rtp(0)


@pytest.mark.parametrize("options, why", [
    (("--as", "rtp", "--to", "127.0.0.1:9"), "HOST:PORT,HOST:PORT"),
    (("--as", "rtp", "--to", "-,-"), "one of the streams"),
    (("--as", "srtp", "--to", "127.0.0.1:9,127.0.0.1:11"), "--sdp"),
    (("--as", "rtp", "--codec", "g729"), "--codec"),
    (("--as", "rtp", "--codec", "opus", "--ptime", "30"), "Opus"),
    (("--as", "rtp", "--loss", "101"), "--loss"),
    (("--as", "rtp", "--dtmf", "12"), "--dtmf"),
    (("--as", "rtp", "--hold", "2-1"), "--hold"),
    (("--as", "twilio", "--loss", "1"), "--loss"),
    (("--as", "siprec", "--to", "127.0.0.1:9", "--user", "sbc"), "--password-file"),
    (("--as", "siprec", "--to", "127.0.0.1:9", "--key", "sbc.key"), "--certificate"),
    (("--as", "siprec", "--to", "127.0.0.1:9", "--transport", "sctp"), "--transport"),
])
def test_what_makes_no_sense_is_refused(call_wav, options, why):
    done = run("send", call_wav, *options)
    assert done.returncode == 2 and why in done.stderr
