"""`send` into the gateway: what one counts as sent is what the other counts as received."""
import json
import socket

import pytest

import rtp
import speech
import tones
from cli import run, write_wav
from subscriber import Subscriber

AGENT = [(1, 1500), (0, 2500)]
CUSTOMER = [(0, 2000), (4, 1500), (0, 500)]
HARM = ("--loss", 3, "--burst", 2, "--dup", 4, "--reorder", 3, "--jitter", 15, "--drift", 300)


@pytest.fixture
def gateway(make_gateway):
    return make_gateway(config=rtp.config())


@pytest.fixture
def spoken_wav(tmp_path, recogniser):
    recogniser.listens = tones.Listener
    return write_wav(tmp_path / "spoken.wav", AGENT, CUSTOMER, rate_hz=16000, voice=tones)


def send(gateway, wav, *options):
    done = run("send", wav, "--url", f"ws://127.0.0.1:{gateway.port}", "--json", *options)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def finals(subscriber):
    return {(m["segment"]["role"], m["segment"]["text"])
            for m in subscriber.of_type("transcript.final") if m["segment"]["text"]}


@pytest.mark.parametrize("dialect, options", [
    ("rtp", ("--codec", "pcmu", *HARM)),
    ("rtp", ("--codec", "opus", "--ptime", 40, *HARM)),
    ("srtp", ("--codec", "g722", *HARM)),
    ("srtp", ("--codec", "l16", "--srtp-suite", "AEAD_AES_256_GCM", "--ptime", 10, *HARM)),
])
def test_both_ledgers_are_equal_and_the_call_is_understood(gateway, subscribe, spoken_wav, dialect,
                                                           options):
    subscriber = subscribe()
    report = send(gateway, spoken_wav, "--as", dialect, "--call-id", "led", "--dtmf", "42#@0.3",
                  "--agent-id", "sarah", *options)
    started = subscriber.until("call.started")
    assert (started["call_id"], started["agent"]["id"]) == ("led", "sarah")
    assert subscriber.until("call.ended")["reason"] == "stopped"
    assert finals(subscriber) == {("agent", speech.SENTENCES[1]), ("customer", speech.SENTENCES[4])}
    received = sorted(report["received"]["streams"], key=lambda of: of["channels"])
    for ours, theirs in zip(report["streams"], received):
        assert ours["lost"] and ours["duplicated"] and ours["reordered"]
        assert theirs["is_secure"] == (dialect == "srtp")
        assert theirs["received"] == ours["sent"]
        assert theirs["lost"] == ours["lost"] - ours["lost_at_end"]
        assert theirs["reordered"] == ours["reordered"]
        again = "replayed" if dialect == "srtp" else "duplicate"
        assert theirs["dropped"] == {again: ours["duplicated"]}
    assert [of["digits"] for of in received] == [0, 3]


def test_a_hold_takes_its_time(gateway, subscribe, spoken_wav):
    subscriber = subscribe()
    report = send(gateway, spoken_wav, "--as", "rtp", "--hold", "1.6-1.9")
    assert abs(subscriber.until("call.ended")["duration_ms"] - 4000) < 300
    for theirs in report["received"]["streams"]:
        assert theirs["lost"] == 0 and theirs["silence_ms"] >= 280


def test_what_the_gateway_refuses_is_said(make_gateway, gateway, spoken_wav):
    done = run("send", spoken_wav, "--as", "rtp", "--url", f"ws://127.0.0.1:{gateway.port}",
               "--route", "nowhere")
    assert done.returncode == 1 and "no such tenant or route" in done.stderr
    off = make_gateway()
    done = run("send", spoken_wav, "--as", "rtp", "--url", f"ws://127.0.0.1:{off.port}")
    assert done.returncode == 1 and "RTP is off" in done.stderr
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    done = run("send", spoken_wav, "--as", "rtp", "--url", f"ws://127.0.0.1:{port}", "--json")
    assert done.returncode == 4 and not json.loads(done.stdout)["ok"]


@pytest.mark.parametrize("transport, is_secure, options", [
    ("tcp", False, ("--codec", "opus", "--ptime", 40)),
    ("udp", True, ("--codec", "g722", "--srtp-suite", "AES_CM_128_HMAC_SHA1_80")),
    ("udp", False, ("--codec", "pcma", "--ptime", 10)),
])
def test_a_recording_session_is_a_call(make_gateway, spoken_wav, transport, is_secure, options):
    gateway = make_gateway(config={**rtp.config(), "siprec": {
        "listen": [{"transport": transport, "address": "127.0.0.1", "port": 0}]}})
    [port] = json.loads((gateway.folder / "ports.json").read_text())["siprec_ports"]
    subscriber = Subscriber(gateway.ws("/v1/events"))
    done = run("send", spoken_wav, "--as", "siprec", "--to", f"127.0.0.1:{port}", "--transport",
               transport, "--call-id", "rec", "--dtmf", "42#@0.3", "--hold", "1.6-1.9", "--json", *HARM, *options)
    assert done.returncode == 0, done.stderr
    assert subscriber.until("call.started")["call_id"] == "rec"
    ended = subscriber.until("call.ended")
    assert abs(ended["duration_ms"] - 4000) < 500
    assert finals(subscriber) == {("agent", speech.SENTENCES[1]), ("customer", speech.SENTENCES[4])}
    assert [m["paused"] for m in subscriber.of_type("call.updated") if "paused" in m] == [True, False]
    assert [m["role"] for m in subscriber.of_type("call.dtmf")] == ["customer"] * 3
    told = {of["role"]: of for m in subscriber.of_type("call.updated") for of in m.get("quality", ())}
    for ours in json.loads(done.stdout)["streams"]:
        theirs = told[ours["role"]]
        assert ours["lost"] and ours["duplicated"] and ours["reordered"]
        assert theirs["received"] == ours["sent"], (theirs, ours)
        assert theirs["lost"] == ours["lost"] - ours["lost_at_end"]
        assert theirs["reordered"] == ours["reordered"]
        assert theirs["duplicates"] == (0 if is_secure else ours["duplicated"])
        assert theirs["silence_ms"] >= 280
