"""`send --as siprec`: what a session border controller does, without one."""
import json
import signal
import socket
import threading
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
    done = send(port, call_wav)
    assert done.returncode == 4
    assert f"127.0.0.1 port {port}: " in json.loads(done.stdout)["error"]
    done = run("send", call_wav, "--as", "siprec")
    assert done.returncode == 2 and "--to HOST:PORT" in done.stderr


def test_a_gateway_that_does_not_know_us_is_told_from_one_that_is_away(call_wav):
    with socket.create_server(("127.0.0.1", 0)) as server:
        closing = threading.Thread(target=lambda: server.accept()[0].close())
        closing.start()
        done = send(server.getsockname()[1], call_wav)
        closing.join()
    assert done.returncode == 1
    assert "siprec.sources" in json.loads(done.stdout)["error"]


def test_an_interrupted_call_is_ended_in_order(recorder, call_wav):
    sender = Background("send", call_wav, "--as", "siprec", "--loop", "--to",
                        f"127.0.0.1:{recorder.ports['tcp']}")
    recorder.wait("begin")
    time.sleep(0.5)
    sender.process.send_signal(signal.SIGINT)
    assert sender.wait() == 0
    assert recorder.wait("end")["why"] == "bye"


class Crossing:
    """A recorder whose own offer is always on its way when the first change comes: 491, once."""

    ANSWER = ("v=0\r\nc=IN IP4 127.0.0.1\r\n"
              "m=audio 9 RTP/AVP 0\r\na=recvonly\r\nm=audio 9 RTP/AVP 0\r\na=recvonly\r\n")

    def __init__(self):
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port, self.offers = self.server.getsockname()[1], []
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        peer, _ = self.server.accept()
        with self.server, peer, peer.makefile("rb") as lines:
            while (request := self.read(lines)) is not None:
                peer.sendall(self.reply(*request))

    @staticmethod
    def read(lines):
        head = []
        while (line := lines.readline().decode()) != "\r\n":
            if not line:
                return None
            head.append(line)
        length = next(int(of.split(":")[1]) for of in head if of.startswith("Content-Length"))
        return head, lines.read(length).decode()

    def reply(self, head, body):
        method = head[0].split()[0]
        if method == "ACK":
            return b""
        if method == "INVITE":
            self.offers.append((time.monotonic(), "a=inactive" in body))
        status, answer = "200 OK", self.ANSWER if method == "INVITE" else ""
        if len(self.offers) == 2 and method == "INVITE":
            status, answer = "491 Request Pending", ""
        kept = [of if not of.startswith("To:") or ";tag=" in of else of.strip() + ";tag=us\r\n"
                for of in head[1:] if of.split(":")[0] in ("Via", "From", "To", "Call-ID", "CSeq")]
        return (f"SIP/2.0 {status}\r\n" + "".join(kept) + "Contact: <sip:127.0.0.1>\r\n"
                f"Content-Type: application/sdp\r\nContent-Length: {len(answer)}\r\n\r\n"
                + answer).encode()


def test_a_hold_that_crossed_an_offer_is_made_again(tmp_path):
    recorder = Crossing()
    wav = write_wav(tmp_path / "long.wav", [(1, 5500)], [(4, 5500)])
    done = send(recorder.port, wav, "--hold", "0.2-5")
    assert done.returncode == 0, done.stdout
    assert [is_held for _, is_held in recorder.offers] == [False, True, True, False]
    assert 2.1 <= recorder.offers[2][0] - recorder.offers[1][0] < 4.5
