"""Signalling through a bad network: datagrams are lost, doubled and disordered, streams come in pieces."""
import json

import pytest

from cli import run, write_wav
from impair import Plan, Tcp, Udp

BAD = {"udp": (Udp, Plan(seed=2, loss=20, duplicate=20, jitter_ms=20)),
       "tcp": (Tcp, Plan(seed=5, chunk=60, delay_ms=1, stall=5, stall_ms=30))}


@pytest.mark.parametrize("transport", BAD)
def test_a_call_is_recorded_all_the_same(recorder, tmp_path, transport):
    kind, plan = BAD[transport]
    wav = write_wav(tmp_path / "call.wav", [(1, 600)], [(4, 600)])
    with kind(("127.0.0.1", recorder.ports[transport]), plan, plan) as proxy:
        done = run("send", wav, "--as", "siprec", "--to", f"127.0.0.1:{proxy.port}", "--transport",
                   transport, "--call-id", "c-9", "--hold", "0.2-0.4", "--json")
    assert done.returncode == 0, done.stderr
    assert recorder.wait("begin")["call"] == "c-9"
    ended = recorder.wait("end")
    assert ended["why"] == "bye"
    assert sum(ended["packets"]) == sum(s["sent"] for s in json.loads(done.stdout)["streams"])
    assert proxy.there.lost + proxy.back.lost > 0 or proxy.there.stalls + proxy.back.stalls > 0
