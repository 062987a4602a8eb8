"""Sockets under recording sessions: TLS, client certificates, sizes, and who is let in."""
import hashlib
import re
import socket
import ssl
import time

import pytest
from certificates import Authority
from client import Client, hang_up_and_listen, leg, listening_client, sdp, tls_context

BOTH = sdp(leg(1), leg(2))


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path / "authority")


def test_a_call_over_tls(make_recorder, authority):
    recorder = make_recorder("--tls", *authority.issue())
    client = Client(recorder.ports["tls"], "tls", tls_context(authority.certificate))
    answer = client.invite(BOTH)
    assert "transport=tls" in answer.header("Contact")
    client.bye()
    assert recorder.wait("end")["why"] == "bye"
    client.close()


def test_a_client_certificate_may_be_needed(make_recorder, authority, tmp_path):
    others = Authority(tmp_path / "others", "Somebody Else")
    recorder = make_recorder("--tls", *authority.issue(), "--client-ca", authority.certificate)
    for context in (tls_context(authority.certificate),
                    tls_context(authority.certificate, *others.issue("sbc"))):
        with pytest.raises((ssl.SSLError, ConnectionError)):
            Client(recorder.ports["tls"], "tls", context).invite(BOTH)
    known = tls_context(authority.certificate, *authority.issue("sbc"))
    client = Client(recorder.ports["tls"], "tls", known)
    client.invite(BOTH)
    client.bye()
    client.close()
    recorder.wait("end")
    assert recorder.rest() == []


def test_a_call_goes_on_over_a_new_connection(recorder):
    client = Client(recorder.ports["tcp"], "tcp")
    client.invite(BOTH)
    client.socket.close()
    client.socket = socket.create_connection(("127.0.0.1", recorder.ports["tcp"]), 10)
    client.bye()
    assert recorder.wait("end")["why"] == "bye"
    client.close()


def test_a_goodbye_makes_a_connection(make_recorder):
    recorder = make_recorder("--media-timeout", 1)
    client = listening_client(recorder.ports["tcp"], "tcp")
    client.invite(BOTH)
    hang_up_and_listen(client)
    bye = client.receive()
    assert bye.method == "BYE" and "no media" in bye.header("Reason")
    client.accept(bye)
    assert recorder.wait("end")["why"] == "no_media"
    client.close()
    client.listening.close()


def server_context(authority, certificate, key):
    """Of who takes only callers with a certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(authority.certificate))
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(certificate, key)
    return context


def test_a_goodbye_makes_a_connection_with_tls(make_recorder, authority):
    recorder = make_recorder("--media-timeout", 1, "--tls", *authority.issue(), "--client-ca",
                             authority.certificate)
    mine = authority.issue("sbc")
    client = listening_client(recorder.ports["tls"], "tls", tls_context(authority.certificate, *mine))
    client.invite(BOTH)
    hang_up_and_listen(client, server_context(authority, *mine))
    bye = client.receive()
    assert bye.method == "BYE" and "SIP/2.0/TLS" in bye.header("Via")
    client.accept(bye)
    client.close()
    client.listening.close()


def test_nothing_is_said_to_strangers(make_recorder, authority, tmp_path):
    others = Authority(tmp_path / "others", "Somebody Else")
    recorder = make_recorder("--media-timeout", 1, "--tls", *authority.issue(), "--client-ca",
                             authority.certificate)
    known = tls_context(authority.certificate, *authority.issue("sbc"))
    client = listening_client(recorder.ports["tls"], "tls", known)
    client.invite(BOTH)
    stranger = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    stranger.load_cert_chain(*others.issue("sbc"))
    with pytest.raises((ssl.SSLError, ConnectionError)):
        hang_up_and_listen(client, stranger)
        client.receive()
    client.listening.close()


def test_who_is_trusted_must_be_said(make_recorder, authority):
    recorder = make_recorder("--media-timeout", 1, "--tls", *authority.issue())
    client = listening_client(recorder.ports["tls"], "tls", tls_context(authority.certificate))
    client.invite(BOTH)
    client.listening.settimeout(2.5)
    with pytest.raises(TimeoutError):
        hang_up_and_listen(client)
    assert recorder.wait("end")["why"] == "no_media"
    client.listening.close()


def test_messages_come_in_pieces(recorder):
    client = Client(recorder.ports["tcp"], "tcp")
    plain, sent = client.socket, []

    class Recording:
        def sendall(self, data):
            sent.append(data)

    client.socket = Recording()
    client.request("INVITE", BOTH, extra="Require: siprec\n")
    client.socket = plain
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for at in range(0, len(sent[0]), 97):
        plain.sendall(sent[0][at:at + 97])
    assert client.final().status == 200
    plain.sendall(b"\r\n\r\n")
    assert plain.recv(10) == b"\r\n"
    client.close()


def test_what_is_too_large_is_answered(recorder):
    client = Client(recorder.ports["tcp"], "tcp")
    client.request("INVITE", BOTH + "a=x\n" * 30000, extra="Require: siprec\n")
    assert client.final().status == 513
    client.close()
    client = Client(recorder.ports["udp"])
    client.request("INVITE", BOTH + "a=x\n" * 12800, extra="Require: siprec\n")  # nearly 64 KiB
    assert client.final().status == 200
    client.close()


def test_what_lost_its_end_is_answered(recorder):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.settimeout(10)
        udp.connect(("127.0.0.1", recorder.ports["udp"]))
        port = udp.getsockname()[1]
        udp.send((f"INVITE sip:srs@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{port}"
                  ";branch=z9hG4bKcut\r\nFrom: <sip:src@127.0.0.1>;tag=1\r\nTo: <sip:srs@127.0.0.1>"
                  "\r\nCall-ID: cut\r\nCSeq: 1 INVITE\r\nContent-Type: application/sdp\r\n"
                  "Content-Length: 5000\r\n\r\nv=0\r\n").encode())
        assert b"SIP/2.0 400" in udp.recv(65536)
    assert recorder.rest() == []
    end = time.monotonic() + 5
    while not any("came without its end" in line and "use TCP or TLS" in line for line in recorder.log):
        assert time.monotonic() < end, recorder.log
        time.sleep(0.02)


def test_noise_ends_its_connection_alone(recorder):
    client = Client(recorder.ports["tcp"], "tcp")
    client.invite(BOTH)
    for noise in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n",
                  b"\x00" * 70000):
        with socket.create_connection(("127.0.0.1", recorder.ports["tcp"]), 10) as other:
            try:
                other.sendall(noise)
                assert other.recv(1000) == b""
            except ConnectionError:
                pass
    client.bye()
    client.close()


def digest(response, user, password):
    """RFC 7616 with SHA-256, by itself."""
    nonce = re.search(r'nonce="([^"]+)"', response.header("WWW-Authenticate")).group(1)

    def h(text):
        return hashlib.sha256(text.encode()).hexdigest()

    uri = "sip:srs@127.0.0.1"
    answer = h(f"{h(f'{user}:sidetone:{password}')}:{nonce}:00000001:c:auth:{h(f'INVITE:{uri}')}")
    return (f'Authorization: Digest username="{user}", realm="sidetone", nonce="{nonce}", uri="{uri}", '
            f'response="{answer}", algorithm=SHA-256, qop=auth, nc=00000001, cnonce="c"\n')


def test_passwords_are_asked_for(make_recorder):
    recorder = make_recorder("--user", "sbc:s3cret")
    for password, status in (("wrong", 401), ("s3cret", 200)):
        client = Client(recorder.ports["udp"])
        challenge = client.invite(BOTH, status=401)
        client.invite(BOTH, extra=digest(challenge, "sbc", password), status=status)
        client.close()
    recorder.wait("begin")
    assert recorder.rest() == []


def test_others_are_not_heard(make_recorder):
    recorder = make_recorder("--allow", "192.0.2.0/24")
    client = Client(recorder.ports["udp"])
    client.socket.settimeout(1)
    client.request("OPTIONS")
    with pytest.raises(TimeoutError):
        client.receive()
    client.close()
    with pytest.raises(ConnectionError):
        client = Client(recorder.ports["tcp"], "tcp")
        client.request("OPTIONS")
        client.receive()


def test_an_answer_of_more_than_a_record_comes_whole(make_recorder, authority):
    recorder = make_recorder("--tls", *authority.issue())
    client = Client(recorder.ports["tls"], "tls", tls_context(authority.certificate))
    proxies = ", ".join(f"<sip:p{i:03}.{'x' * 80}.example;lr>" for i in range(151))
    answer = client.invite(BOTH, extra=f"Record-Route: {proxies}\n")
    assert len(answer.head) + len(answer.body) > 16384
    assert "p150." in answer.header("Record-Route") and len(answer.ports) == 2
    client.bye()
    client.close()


def test_others_get_no_handshake(make_recorder, authority):
    recorder = make_recorder("--tls", *authority.issue(), "--allow", "192.0.2.0/24")
    with socket.create_connection(("127.0.0.1", recorder.ports["tls"]), 5) as other:
        try:
            assert other.recv(1) == b""
        except ConnectionError:
            pass


def test_what_is_no_tls_any_more_ends_its_connection(make_recorder, authority):
    recorder = make_recorder("--tls", *authority.issue())
    client = Client(recorder.ports["tls"], "tls", tls_context(authority.certificate))
    assert client.ask("OPTIONS").status == 200
    with socket.socket(fileno=client.socket.detach()) as plain:
        plain.settimeout(5)
        plain.sendall(b"\x17\x03\x03\x00\x20" + bytes(32))
        try:
            while plain.recv(1000):
                pass
        except ConnectionError:
            pass


def test_a_full_recorder_says_so(make_recorder):
    recorder = make_recorder("--max", "1")
    first, second = Client(recorder.ports["udp"]), Client(recorder.ports["udp"])
    first.invite(BOTH)
    assert second.invite(BOTH, status=503).header("Retry-After") == "30"
    assert second.ask("OPTIONS").status == 503
    first.bye()
    assert second.ask("OPTIONS").status == 200
    first.close()
    second.close()
