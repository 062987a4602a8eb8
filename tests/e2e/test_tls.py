"""The listener under TLS and against slow, silent and too many peers."""
import itertools
import json
import select
import shutil
import signal
import socket
import ssl
import struct
import threading
import time

import pytest
import requests
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

import speech
from certificates import Authority
from cli import run, write_wav
from gateway import token
from senders import Pcm, Twilio
from subscriber import Subscriber


class Secure:
    """A gateway's clients over TLS; senders and subscribers take it for the gateway itself."""

    def __init__(self, gateway, authority):
        self.gateway, self.authority = gateway, authority
        self.port = gateway.port

    def context(self, **options):
        context = ssl.create_default_context(cafile=self.authority.certificate)
        for name, value in options.items():
            setattr(context, name, value)
        return context

    def ws(self, path, bearer=None, **options):
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else None
        options.setdefault("additional_headers", headers)
        # This client reads and writes on two threads. With TLS 1.3 session tickets come after the
        # handshake, and while it reads them OpenSSL holds up its writes: it would stall by itself
        # now and then. By-hand sockets and our own clients speak TLS 1.3 here.
        context = self.context(maximum_version=ssl.TLSVersion.TLSv1_2)
        return connect(f"wss://localhost:{self.port}{path}", max_size=None, ssl=context, **options)

    def get(self, path, bearer=None, **options):
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        return requests.get(f"https://localhost:{self.port}{path}", headers=headers, timeout=20,
                            verify=str(self.authority.certificate), **options)

    def socket(self, context=None, **options):
        raw = socket.create_connection(("127.0.0.1", self.port), timeout=20, **options)
        try:
            return (context or self.context()).wrap_socket(raw, server_hostname="localhost")
        except OSError:
            raw.close()
            raise

    def certificate(self):
        """What a new connection is shown."""
        with self.socket() as tls:
            return tls.getpeercert(binary_form=True)


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path / "authority")


@pytest.fixture
def make_secure(make_gateway, authority, tmp_path):
    def make(limits=None, **options):
        files = tmp_path / "server.pem", tmp_path / "server.key"
        put(authority.issue(), files)
        gateway = make_gateway(config={
            "listen": {"tls": {"certificate_file": str(files[0]), "key_file": str(files[1])}},
            "limits": limits or {}}, **options)
        secure = Secure(gateway, authority)
        secure.files = files
        return secure

    return make


@pytest.fixture
def secure(make_secure):
    return make_secure()


def put(issued, files):
    for source, target in zip(issued, files):
        shutil.copy(source, target)


def wait_for(condition, seconds=20):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


CALL = {"agent": [(1, 1500), (0, 4000)], "customer": [(0, 2000), (4, 2000), (0, 1500)]}


def run_call(gateway, subscriber, call_id="call-1", bearer=None):
    sender = Pcm(gateway, call_id, bearer=bearer)
    sender.say(**CALL)
    sender.stop()
    ended = subscriber.until("call.ended", call_id=call_id)
    assert ended["segments"] == 2 and ended["alerts"] == 1 and ended["shed_ms"] == 0
    assert subscriber.seqs(call_id) == list(range(1, ended["seq"] + 1))
    sender.close()


# ---- it serves ----

def test_everything_goes_over_tls(make_secure):
    secure = make_secure(is_dev=False)
    subscriber = Subscriber(secure.ws("/v1/events", bearer=token()))
    subscriber.until("snapshot.end")
    run_call(secure, subscriber, bearer=token("calls:ingest"))
    calls = secure.get("/v1/calls/call-1", bearer=token())
    assert calls.status_code == 200
    assert [s["text"] for s in calls.json()["transcript"]] == \
        [speech.SENTENCES[1], speech.SENTENCES[4]]
    assert secure.get("/v1/calls").status_code == 401
    with secure.get("/v1/events/sse", bearer=token(), stream=True) as events:
        assert events.status_code == 200 and next(events.iter_lines())
    subscriber.ws.close()


def test_twilio_over_tls(secure):
    subscriber = Subscriber(secure.ws("/v1/events"))
    subscriber.until("snapshot.end")
    sender = Twilio(secure)
    sender.say(inbound=CALL["customer"], outbound=CALL["agent"])
    sender.stop()
    assert subscriber.until("call.ended")["segments"] == 2
    sender.close()
    subscriber.ws.close()


def test_our_own_clients_check_the_certificate(secure, tmp_path):
    other = Authority(tmp_path / "other", name="Another Authority")
    call = write_wav(tmp_path / "call.wav", [(1, 1000)], [(0, 1000)])
    here = f"wss://localhost:{secure.port}"
    trusted = ["--ca-file", secure.authority.certificate]
    assert run("send", call, "--speed", 10, "--url", here, *trusted).returncode == 0
    assert run("calls", "--url", f"https://127.0.0.1:{secure.port}", *trusted).returncode == 0
    assert run("calls", "--url", here, "--insecure").returncode == 0
    assert run("calls", "--url", here).returncode == 4
    assert run("calls", "--url", here, "--ca-file", other.certificate).returncode == 4
    for path in ("/nowhere", call):
        refused = run("calls", "--url", here, "--ca-file", path)
        assert refused.returncode == 2 and str(path) in refused.stderr, refused
    assert run("calls", "--url", f"ws://localhost:{secure.port}", *trusted).returncode == 4
    put(secure.authority.issue("elsewhere", names="DNS:elsewhere.example"), secure.files)
    reload(secure)
    assert run("calls", "--url", here, *trusted).returncode == 4
    assert run("calls", "--url", here, *trusted, "--insecure").returncode == 0


def test_plain_http_is_not_served_there(secure):
    with pytest.raises(requests.RequestException):
        requests.get(f"http://127.0.0.1:{secure.port}/livez", timeout=20)
    assert secure.get("/livez").status_code == 200


# ---- protocol versions ----

def old_client(version):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    return context


OLD = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@OLD
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_old_tls_is_refused(secure, version):
    with pytest.raises(ssl.SSLError):
        secure.socket(old_client(version))
    assert secure.get("/livez").status_code == 200


@OLD
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_the_old_client_would_work_elsewhere(authority, version):
    """So that the test above fails for the right reason."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.set_ciphers("ALL:@SECLEVEL=0")
    server.minimum_version = ssl.TLSVersion.TLSv1
    server.load_cert_chain(*authority.issue())
    with socket.create_server(("127.0.0.1", 0)) as listener:
        def accept():
            with server.wrap_socket(listener.accept()[0], server_side=True) as tls:
                tls.recv(1)

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        with socket.create_connection(listener.getsockname(), timeout=20) as raw:
            with old_client(version).wrap_socket(raw) as tls:
                assert tls.version() in ("TLSv1", "TLSv1.1")
                tls.send(b"x")
        thread.join(20)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_present_tls_is_taken(secure, version):
    context = secure.context(minimum_version=version, maximum_version=version)
    with secure.socket(context) as tls:
        tls.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert tls.recv(4096).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("offered", [["h2", "http/1.1"], ["h2"], ["http/1.1"], []])
def test_http2_is_never_negotiated(secure, offered):
    context = secure.context()
    if offered:
        context.set_alpn_protocols(offered)
    try:
        with secure.socket(context) as tls:
            chosen = tls.selected_alpn_protocol()
            assert chosen == ("http/1.1" if "http/1.1" in offered else None)
    except ssl.SSLError:
        assert offered == ["h2"]


def test_http2_without_negotiation_is_refused(secure):
    with secure.socket() as tls:
        tls.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + struct.pack(">IBI", 4, 0, 0))
        answer = read_all(tls)
        assert not answer or answer.startswith(b"HTTP/1.1 4") or answer.startswith(b"HTTP/1.1 505")
    with secure.socket() as tls:
        tls.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings"
                    b"\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n")
        assert not tls.recv(4096).startswith(b"HTTP/1.1 101")


def read_all(sock):
    data = b""
    try:
        while more := sock.recv(65536):
            data += more
    except (ConnectionResetError, ssl.SSLError):
        pass
    return data


# ---- reloading the certificate ----

def reload(secure, words="reloaded: "):
    before = secure.gateway.log().count(words)
    secure.gateway.process.send_signal(signal.SIGHUP)
    wait_for(lambda: secure.gateway.log().count(words) > before)


def der(path):
    return ssl.PEM_cert_to_DER_cert(path.read_text())


def test_new_certificates_under_load_cost_no_socket(secure, authority):
    # They read all the time: nobody takes their messages before the end.
    watchers = [Subscriber(secure.ws("/v1/events", max_queue=None)) for _ in range(8)]
    for watcher in watchers:
        watcher.until("snapshot.end")
    is_over, failures = threading.Event(), []

    def talk(number):
        try:
            for turn in itertools.count():
                if is_over.is_set():
                    return
                sender = Pcm(secure, f"call-{number}-{turn}")
                sender.say(**CALL)
                sender.stop()
                told = []
                while not told or told[-1]["type"] != "stopped":
                    told.append(sender.receive())
                sender.close()
        except Exception as failure:  # noqa: BLE001: reported by the test's own thread
            failures.append(failure)

    talkers = [threading.Thread(target=talk, args=(n,)) for n in range(2)]
    for talker in talkers:
        talker.start()
    try:
        for _ in range(6):
            issued = authority.issue()
            put(issued, secure.files)
            reload(secure)
            # Each loop thread has its own: a few connections reach both.
            assert {secure.certificate() for _ in range(8)} == {der(issued[0])}
    finally:
        is_over.set()
        for talker in talkers:
            talker.join(60)
    assert not failures, failures
    for watcher in watchers:
        run = Pcm(secure, f"last-{id(watcher)}")
        run.stop()
        watcher.until("call.ended", call_id=f"last-{id(watcher)}")
        run.close()
        finished = [m["call_id"] for m in watcher.of_type("call.ended")]
        for call_id in finished:
            seqs = watcher.seqs(call_id)
            assert seqs == list(range(1, len(seqs) + 1)), call_id
        watcher.ws.close()


def break_both(secure, authority):
    for path in secure.files:
        path.write_text("-----BEGIN GARBAGE-----\n")


def break_key(secure, authority):
    shutil.copy(authority.issue()[1], secure.files[1])


def cut_certificate(secure, authority):
    secure.files[0].write_text(secure.files[0].read_text()[:200])


def lose_certificate(secure, authority):
    secure.files[0].unlink()


@pytest.mark.parametrize("spoil", [break_both, break_key, cut_certificate, lose_certificate])
def test_a_broken_certificate_leaves_the_old_one(secure, authority, spoil):
    old = secure.certificate()
    subscriber = Subscriber(secure.ws("/v1/events"))
    subscriber.until("snapshot.end")
    spoil(secure, authority)
    secure.gateway.process.send_signal(signal.SIGHUP)
    wait_for(lambda: any(words in secure.gateway.log() for words in
                         ("the old one stays in use", "everything stays as it was")))
    assert {secure.certificate() for _ in range(8)} == {old}
    run_call(secure, subscriber)
    issued = authority.issue()
    put(issued, secure.files)
    reload(secure)
    wait_for(lambda: secure.certificate() == der(issued[0]))
    subscriber.ws.close()


# ---- slow and silent peers ----

QUICK = {"handshake_timeout_s": 1, "idle_timeout_s": 5, "ping_interval_s": 1}


def drip(sock, data, pause_s=0.2):
    """Sends a byte at a time until all is sent or the peer has had enough; True for the latter."""
    sock.settimeout(pause_s)
    for byte in data:
        try:
            sock.sendall(bytes([byte]))
            if sock.recv(65536) == b"":
                return True
        except TimeoutError:
            continue
        except (OSError, ssl.SSLError):
            return True
    return False


def is_closed(sock, seconds=20):
    """Whether the peer closes without being told anything more; what it says before is dropped."""
    sock.settimeout(seconds)
    try:
        while sock.recv(65536):
            pass
    except TimeoutError:
        return False
    except OSError:
        pass
    return True


def client_hello(context):
    outgoing = ssl.MemoryBIO()
    tls = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    return outgoing.read()


def test_slow_handshakes_are_closed(make_secure):
    secure = make_secure(QUICK)
    hello = client_hello(secure.context())
    silent = socket.create_connection(("127.0.0.1", secure.port))
    half = socket.create_connection(("127.0.0.1", secure.port))
    half.sendall(hello[:len(hello) // 2])
    stalled = socket.create_connection(("127.0.0.1", secure.port))
    stalled.sendall(hello)  # and never the rest of the handshake
    slow = socket.create_connection(("127.0.0.1", secure.port))
    assert drip(slow, hello)
    for peer in (silent, half, stalled):
        assert is_closed(peer)
        peer.close()
    slow.close()
    assert secure.get("/livez").status_code == 200


@pytest.mark.parametrize("is_tls", [False, True])
def test_half_sent_requests_are_closed(make_gateway, make_secure, is_tls):
    place = make_secure(QUICK) if is_tls else make_gateway(config={"limits": QUICK})

    def open_one():
        if is_tls:
            return place.socket()
        return socket.create_connection(("127.0.0.1", place.port))

    started = b"GET /v1/events HTTP/1.1\r\nHost: localhost\r\n"
    silent, half, body = open_one(), open_one(), open_one()
    half.sendall(started + b"X-Half: ")
    body.sendall(b"POST /v1/calls HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
    slow = open_one()
    slow.sendall(started)
    assert drip(slow, b"X-Slow: " + b"a" * 200)
    for peer in (silent, half, body):
        assert is_closed(peer)
        peer.close()
    slow.close()
    assert place.get("/livez").status_code == 200


def test_many_slow_peers_keep_nobody_out(make_gateway):
    gateway = make_gateway(config={"limits": {"handshake_timeout_s": 2}})
    peers = [socket.create_connection(("127.0.0.1", gateway.port)) for _ in range(200)]
    for peer in peers:
        peer.sendall(b"GET / HTTP/1.1\r\nHost: ")
    for _ in range(5):
        assert gateway.get("/livez").status_code == 200
    for peer in peers:
        assert is_closed(peer)
        peer.close()
    subscriber = Subscriber(gateway.ws("/v1/events"))
    subscriber.until("snapshot.end")
    subscriber.ws.close()


def upgrade(sock, path="/v1/events"):
    """A WebSocket by hand, which answers nothing by itself."""
    sock.settimeout(20)
    sock.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
                 "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode())
    head = b""
    while b"\r\n\r\n" not in head:
        head += sock.recv(1)
    assert head.startswith(b"HTTP/1.1 101")


def read_frame(sock):
    """(opcode, payload), or None at the end."""
    def exactly(count):
        data = b""
        while len(data) < count:
            more = sock.recv(count - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    try:
        first, second = exactly(2)
        length = second & 0x7F
        if length == 126:
            length = struct.unpack(">H", exactly(2))[0]
        elif length == 127:
            length = struct.unpack(">Q", exactly(8))[0]
        return first & 0x0F, exactly(length)
    except (EOFError, ConnectionResetError, ssl.SSLError):
        return None


def send_frame(sock, opcode, payload=b""):
    assert len(payload) < 126
    sock.sendall(bytes([0x80 | opcode, 0x80 | len(payload), 0, 0, 0, 0]) + payload)


PING, PONG, CLOSE = 9, 10, 8


@pytest.mark.parametrize("is_tls", [False, True])
def test_a_dead_websocket_is_pinged_and_closed(make_gateway, make_secure, is_tls):
    place = make_secure(QUICK) if is_tls else make_gateway(config={"limits": QUICK})
    gateway = place.gateway if is_tls else place
    sock = place.socket() if is_tls else socket.create_connection(("127.0.0.1", place.port))
    upgrade(sock)
    send_frame(sock, 1, b'{"type":"subscribe"}')
    kinds = []
    while frame := read_frame(sock):
        kinds.append(frame[0])
    assert kinds.count(PING) >= 1
    sock.close()
    wait_for(lambda: gateway.metric("sidetone_push_subscribers") == 0)


@pytest.mark.parametrize("is_tls", [False, True])
def test_a_websocket_that_answers_pings_stays(make_gateway, make_secure, is_tls):
    place = make_secure(QUICK) if is_tls else make_gateway(config={"limits": QUICK})
    gateway = place.gateway if is_tls else place
    sock = place.socket() if is_tls else socket.create_connection(("127.0.0.1", gateway.port))
    upgrade(sock)
    send_frame(sock, 1, b'{"type":"subscribe"}')
    pings = 0
    while pings < 8:  # longer than the idle timeout
        opcode, payload = read_frame(sock)
        assert opcode != CLOSE
        if opcode == PING:
            pings += 1
            send_frame(sock, PONG, payload)
    assert gateway.metric("sidetone_push_subscribers") == 1
    sock.close()


def test_a_call_whose_sender_died_ends(make_gateway):
    gateway = make_gateway(config={"limits": QUICK, "calls": {"grace_s": 1, "drain_s": 5}})
    subscriber = Subscriber(gateway.ws("/v1/events"))
    subscriber.until("snapshot.end")
    sock = socket.create_connection(("127.0.0.1", gateway.port))
    upgrade(sock, "/v1/ingest/pcm")
    send_frame(sock, 1, b'{"type":"start","call_id":"c-1"}')
    subscriber.until("call.started")
    assert subscriber.until("call.ended", timeout=60)["reason"] != "stopped"
    sock.close()
    subscriber.ws.close()


# ---- too many peers ----

def open_from(source, port):
    try:
        return socket.create_connection(("127.0.0.1", port), timeout=20,
                                        source_address=(source, 0))
    except ConnectionResetError:  # closed before connect returned: a socket whose peer has gone
        ours, theirs = socket.socketpair()
        theirs.close()
        return ours


def is_served(sock):
    try:
        sock.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
        return sock.recv(4096).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def is_served_once(source, port):
    try:
        with open_from(source, port) as sock:
            return is_served(sock)
    except OSError:
        return False


def test_one_address_gets_its_share(make_gateway):
    gateway = make_gateway(config={"limits": {"connections": 100, "connections_per_address": 5}})
    held = [open_from("127.0.0.2", gateway.port) for _ in range(5)]
    assert all(is_served(sock) for sock in held)
    assert not is_served_once("127.0.0.2", gateway.port)
    with open_from("127.0.0.3", gateway.port) as other:
        assert is_served(other)
    held.pop().close()
    wait_for(lambda: is_served_once("127.0.0.2", gateway.port))
    for sock in held:
        sock.close()


def test_there_is_a_limit_for_all(make_gateway):
    gateway = make_gateway(config={"limits": {"connections": 12, "connections_per_address": 5}})
    held = []
    for source in ("127.0.0.2", "127.0.0.3"):
        held += [open_from(source, gateway.port) for _ in range(5)]
    held += [open_from("127.0.0.4", gateway.port) for _ in range(2)]
    assert all(is_served(sock) for sock in held)
    assert not is_served_once("127.0.0.5", gateway.port)
    while len(held) > 8:
        held.pop().close()
    wait_for(lambda: is_served_once("127.0.0.5", gateway.port))
    for sock in held:
        sock.close()


def test_tls_connections_count_from_the_start(make_secure):
    secure = make_secure({"connections": 100, "connections_per_address": 3,
                          "handshake_timeout_s": 30})
    held = [open_from("127.0.0.2", secure.port) for _ in range(4)]  # no handshake at all
    # Two threads accept: any one of the four may be the one too many.
    closed = select.select(held, [], [], 20)[0]
    assert len(closed) == 1 and is_closed(closed[0])
    assert secure.get("/livez").status_code == 200
    for sock in held:
        sock.close()


def test_operations_answer_while_every_connection_is_taken(make_gateway):
    gateway = make_gateway(config={"limits": {
        "connections": 10, "connections_per_address": 10, "handshake_timeout_s": 60}})
    held = [open_from("127.0.0.2", gateway.port) for _ in range(11)]
    assert select.select(held, [], [], 20)[0]  # one too many: it is full
    assert gateway.get("/livez", operations=True).status_code == 200
    assert gateway.metric("sidetone_calls_live") == 0
    for sock in held:
        sock.close()
