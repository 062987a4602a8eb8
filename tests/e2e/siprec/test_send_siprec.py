"""`send --as siprec`: what a session border controller does, without one."""
import json
import signal
import socket
import time

import pytest

from certificates import Authority
from cli import Background, run, write_wav


@pytest.fixture
def call_wav(tmp_path):
    return write_wav(tmp_path / "call.wav", [(1, 1500)], [(4, 1500)])


def send(port, wav, *options):
    return run("send", wav, "--as", "siprec", "--to", f"127.0.0.1:{port}", "--json", *options)


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_a_call_is_recorded_with_its_roles_and_its_hold(recorder, call_wav, transport):
    done = send(recorder.ports[transport], call_wav, "--transport", transport, "--call-id", "c-7",
                "--agent-id", "sarah", "--caller", "+15550100", "--hold", "0.5-1")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["ok"] and report["call_id"] == "c-7"
    begun = recorder.wait("begin")
    assert begun["call"] == "c-7" and not begun["suspect"]
    assert begun["caller"].startswith("+15550100@") and begun["agent"].startswith("sarah@")
    assert [(s["role"], s["label"], s["held"]) for s in begun["streams"]] == [
        ("customer", "1", False), ("agent", "2", False)]
    assert all(s["held"] for s in recorder.wait("offer")["streams"])
    assert not any(s["held"] for s in recorder.wait("offer")["streams"])
    ended = recorder.wait("end")
    assert ended["why"] == "bye"
    assert sum(ended["packets"]) == sum(s["sent"] for s in report["streams"]) == 100


def test_keys_are_offered_where_they_were_asked_for(recorder, call_wav):
    done = send(recorder.ports["tcp"], call_wav, "--srtp-suite", "AEAD_AES_128_GCM", "--codec",
                "opus")
    assert done.returncode == 0, done.stderr
    assert all(s["encrypted"] for s in recorder.wait("begin")["streams"])


def test_text_from_options_does_no_harm_to_the_metadata(recorder, call_wav):
    done = send(recorder.ports["tcp"], call_wav, "--call-id", "a <b> \"c\"&\r\nX: y", "--agent-name",
                "<&\"]]>", "--speed", "10")
    assert done.returncode == 0, done.stderr
    begun = recorder.wait("begin")
    assert begun["call"] == json.loads(done.stdout)["call_id"] and not begun["suspect"]


@pytest.fixture
def password(tmp_path):
    path = tmp_path / "password"
    path.write_text("secret\n")
    return path


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_password_is_given_where_one_is_asked_for(make_recorder, call_wav, password, transport):
    guarded = make_recorder("--user", "src:secret")
    port = guarded.ports[transport]
    known = ("--transport", transport, "--password-file", password, "--speed", 10, "--user")
    done = send(port, call_wav, *known, "src")
    assert done.returncode == 0, done.stderr
    assert guarded.wait("end")["why"] == "bye"
    refused = send(port, call_wav, *known, "other")
    unnamed = send(port, call_wav, "--transport", transport)
    assert refused.returncode == unnamed.returncode == 1
    assert "401" in json.loads(refused.stdout)["error"]
    assert "a name and a password are needed" in json.loads(unnamed.stdout)["error"]
    assert guarded.rest() == []


def test_tls_with_a_certificate_of_ours(make_recorder, call_wav, tmp_path):
    authority = Authority(tmp_path / "authority")
    recorder = make_recorder("--tls", *authority.issue(), "--client-ca", authority.certificate)
    certificate, key = authority.issue("sbc")
    ours = ("--transport", "tls", "--speed", 10, "--certificate", certificate, "--key", key)
    port = recorder.ports["tls"]
    done = send(port, call_wav, *ours, "--ca-file", authority.certificate, "--srtp-suite",
                "AES_CM_128_HMAC_SHA1_80")
    assert done.returncode == 0, done.stderr
    assert all(s["encrypted"] for s in recorder.wait("begin")["streams"])
    assert recorder.wait("end")["why"] == "bye"
    assert send(port, call_wav, *ours, "--insecure").returncode == 0
    assert recorder.wait("end")["why"] == "bye"
    unknown = send(port, call_wav, *ours)
    assert unknown.returncode == 4 and "not trusted" in json.loads(unknown.stdout)["error"]
    broken = send(port, call_wav, *ours[:-1], __file__)
    assert broken.returncode == 1 and "no key in it" in json.loads(broken.stdout)["error"]
    unproved = send(port, call_wav, "--transport", "tls", "--ca-file", authority.certificate)
    assert unproved.returncode in (1, 4) and not json.loads(unproved.stdout)["ok"]
    assert recorder.rest() == []


def test_nobody_there_is_no_connection(call_wav):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert send(port, call_wav).returncode == 4
    done = run("send", call_wav, "--as", "siprec")
    assert done.returncode == 2 and "--to HOST:PORT" in done.stderr


def test_an_interrupted_call_is_ended_in_order(recorder, call_wav):
    sender = Background("send", call_wav, "--as", "siprec", "--loop", "--to",
                        f"127.0.0.1:{recorder.ports['tcp']}")
    recorder.wait("begin")
    time.sleep(0.5)
    sender.process.send_signal(signal.SIGINT)
    assert sender.wait() == 0
    assert recorder.wait("end")["why"] == "bye"
