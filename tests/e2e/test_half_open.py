"""Peers that are frozen: their machines still acknowledge whatever comes, and nobody is there any more."""
import json
import signal
import time

import pytest

import rtp
from cli import Background, write_wav
from subscriber import Subscriber

QUICK = {"handshake_timeout_s": 1, "idle_timeout_s": 5, "ping_interval_s": 1}


@pytest.fixture
def gateway(make_gateway):
    return make_gateway(config={**rtp.config(timeout_s=3), "limits": QUICK, "siprec": {
        "listen": [{"transport": "tcp", "address": "127.0.0.1", "port": 0}]}})


@pytest.fixture
def frozen(gateway, tmp_path):
    """Senders over a WebSocket, as RTP and by SIPREC, and a subscriber."""
    url = ("--url", f"ws://127.0.0.1:{gateway.port}")
    [port] = json.loads((gateway.folder / "ports.json").read_text())["siprec_ports"]
    wav = write_wav(tmp_path / "call.wav", [(1, 1500), (0, 500)], [(0, 1000), (2, 1000)])
    programs = {
        "pcm": Background("send", wav, "--loop", "--as", "pcm", "--call-id", "pcm", *url),
        "rtp": Background("send", wav, "--loop", "--as", "rtp", "--call-id", "rtp", *url),
        "siprec": Background("send", wav, "--loop", "--as", "siprec", "--call-id", "siprec",
                             "--to", f"127.0.0.1:{port}"),
        "tail": Background("tail", *url),
    }
    yield programs
    for program in programs.values():
        program.process.send_signal(signal.SIGKILL)
        program.wait()


def wait_for(condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_whoever_is_frozen_is_given_up(gateway, frozen):
    calls = {"pcm", "rtp", "siprec"}
    subscriber = Subscriber(gateway.ws("/v1/events"))
    wait_for(lambda: {m["call_id"] for m in gateway.get("/v1/calls").json()["calls"]} == calls)
    wait_for(lambda: gateway.metric("sidetone_push_subscribers") == 2)
    for program in frozen.values():
        program.process.send_signal(signal.SIGSTOP)
    ended = [subscriber.until("call.ended", timeout=60) for _ in calls]
    assert {m["call_id"]: m["reason"] for m in ended} == dict.fromkeys(calls, "lost")
    wait_for(lambda: gateway.metric("sidetone_push_subscribers") == 1)
    assert gateway.get("/v1/rtp").json() == {"sessions": []}
    assert gateway.metric("sidetone_rtp_streams") == 0
    subscriber.ws.close()
