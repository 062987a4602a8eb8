"""What the configuration says of recording sessions, through the whole gateway: who may begin one, how many there may
be at once, whose calls they are, and who is who."""
import json
import shutil
import signal
import time

import pytest

import rtp
import speech
from certificates import Authority
from client import Client, leg, sdp, tls_context, with_metadata
from gateway import token
from subscriber import Subscriber
from test_transports import digest

BOTH = sdp(leg(1), leg(2))
KEY = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + "A" * 40 + "\n"


@pytest.fixture
def open_door(make_gateway):
    """A gateway with such a `siprec`, and its port."""
    def make(is_dev=True, transport="udp", config=None, **siprec):
        listen = [{"transport": transport, "address": "127.0.0.1", "port": 0}]
        gateway = make_gateway(is_dev=is_dev, config={**rtp.config(), **(config or {}),
                                                      "siprec": {"listen": listen, **siprec}})
        [port] = json.loads((gateway.folder / "ports.json").read_text())["siprec_ports"]
        return gateway, port
    return make


def wait_for(gateway, name, value, **labels):
    """Figures of signalling are counted a few times a second."""
    end = time.monotonic() + 10
    while gateway.metric(name, **labels) != value:
        assert time.monotonic() < end, (name, labels, gateway.metric(name, **labels), value)
        time.sleep(0.05)


def refused(gateway, reason, value):
    wait_for(gateway, "sidetone_siprec_refused_total", value, reason=reason)


# ---- who may ----

def test_a_password_lets_in(open_door):
    gateway, port = open_door(is_dev=False, realm="sidetone", users=[{"name": "sbc", "password": "s3cret"}])
    for password, status in (("wrong", 401), ("s3cret", 200)):
        client = Client(port)
        challenge = client.invite(BOTH, status=401)
        client.invite(BOTH, extra=digest(challenge, "sbc", password), status=status)
    wait_for(gateway, "sidetone_siprec_sessions ", 1)
    refused(gateway, "authentication", 3)
    assert "s3cret" not in gateway.log()
    client.bye()
    wait_for(gateway, "sidetone_siprec_sessions ", 0)


def test_sources_are_heard_and_others_are_not(open_door):
    gateway, port = open_door(is_dev=False, sources=["192.0.2.0/24", "127.0.0.2"])
    stranger, known = Client(port), Client(port, ip="127.0.0.2")
    stranger.request("INVITE", BOTH, extra="Require: siprec\n")
    known.invite(BOTH)
    known.bye()
    refused(gateway, "source", 1)
    stranger.socket.settimeout(0.2)
    with pytest.raises(TimeoutError):
        stranger.receive()
    wait_for(gateway, "sidetone_siprec_sessions_total", 1)


def test_a_source_that_asks_too_often_waits_and_its_session_goes_on(open_door):
    gateway, port = open_door(requests_per_s=3)
    client, probe, other = Client(port), Client(port), Client(port, ip="127.0.0.2")
    client.invite(BOTH)
    answers = [probe.ask("OPTIONS") for _ in range(10)]
    later = [of for of in answers if of.status == 503]
    assert [of.status for of in answers[:5]] == [200] * 5  # and the INVITE: twice the rate
    assert later and all(of.header("Retry-After") for of in later)
    assert client.ask("INFO").status == 200 == other.ask("OPTIONS").status
    refused(gateway, "rate", len(later))
    client.bye()


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path / "authority")


def serial(client):
    return client.socket.getpeercert()["serialNumber"]


def test_clients_with_a_certificate_are_let_in_and_ours_can_be_renewed(open_door, authority, tmp_path):
    certificate, key = tmp_path / "server.pem", tmp_path / "server.key"

    def renew():
        for made, path in zip(authority.issue(), (certificate, key)):
            shutil.copy(made, path)

    renew()
    gateway, port = open_door(
        is_dev=False, transport="tls", client_ca_file=str(authority.certificate),
        tls={"certificate_file": str(certificate), "key_file": str(key)})
    with pytest.raises(OSError):
        Client(port, "tls", tls_context(authority.certificate)).invite(BOTH)
    context = tls_context(authority.certificate, *authority.issue("sbc"))
    subscriber = Subscriber(gateway.ws("/v1/events", bearer=token("calls:read")))
    client = Client(port, "tls", context)
    kind, body = with_metadata(BOTH, "secret")
    customer = rtp.Sender(client.invite(body, kind).ports[0], seed=1)
    renew()
    gateway.process.send_signal(signal.SIGHUP)
    rtp.talk([(customer, [(2, 1000), (0, 1000)])])
    again = Client(port, "tls", context)
    assert again.ask("OPTIONS").status == 200 and serial(again) != serial(client)
    client.bye()
    subscriber.until("call.ended")
    assert [m["segment"]["text"] for m in subscriber.of_type("transcript.final")
            if m["segment"]["text"]] == [speech.SENTENCES[2]]


# ---- how many ----

def expect_full(port):
    client = Client(port)
    assert client.invite(BOTH, status=503).header("Retry-After")
    return client


def test_more_sessions_than_there_may_be_are_sent_elsewhere(open_door):
    gateway, port = open_door(sessions=1)
    first = Client(port)
    first.invite(BOTH)
    second = expect_full(port)
    assert second.ask("OPTIONS").status == 503 and first.ask("OPTIONS").status == 200
    refused(gateway, "full", 2)
    first.bye()
    assert second.ask("OPTIONS").status == 200
    second.invite(BOTH)
    second.bye()


@pytest.mark.parametrize("least", ["calls", "ports"])
def test_more_calls_than_there_is_room_for_are_sent_elsewhere(open_door, least):
    limits = {"limits": {"calls": 1}}
    if least == "ports":
        first, _ = rtp.free_ports()
        limits = {"threads": 1, "rtp": {"first_port": first, "last_port": first + 3, "quarantine_s": 0}}
    gateway, port = open_door(config=limits)
    client = Client(port)
    ports = client.invite(BOTH).ports
    assert client.ask("OPTIONS").status == 200
    assert expect_full(port).ask("OPTIONS").status == 503
    client.bye()
    wait_for(gateway, "sidetone_calls_live", 0)
    again = Client(port)
    assert again.ask("OPTIONS").status == 200
    assert len(again.invite(BOTH).ports) == len(ports) == 2
    again.bye()


def test_who_drains_says_so_to_probes_and_to_new_sessions(open_door, recogniser):
    recogniser.is_silent = True  # so that there is something to wait for
    gateway, port = open_door()
    client, probe = Client(port), Client(port)
    customer = rtp.Sender(client.invite(BOTH).ports[0], seed=1)
    rtp.talk([(customer, [(2, 500)])])
    assert probe.ask("OPTIONS").status == 200
    gateway.process.send_signal(signal.SIGTERM)
    end = time.monotonic() + 4
    while probe.ask("OPTIONS").status == 200:
        assert time.monotonic() < end
        time.sleep(0.1)  # nor for asking too often
    expect_full(port)
    assert gateway.process.poll() is None


# ---- whose calls ----

def test_the_user_who_is_called_is_a_route(open_door):
    tenants = [{"name": tenant, "routes": [{"name": name, "engines": ["vosk"]} for name in routes]}
               for tenant, routes in (("default", ["default"]), ("acme", ["default", "main", "sales"]))]
    gateway, port = open_door(config={"tenants": tenants}, tenant="acme", route="main")
    subscriber = Subscriber(gateway.ws("/v1/events"))
    for user, route in (("sales", "sales"), ("srs", "main")):
        client = Client(port, user=user)
        client.invite(BOTH)
        started = subscriber.until("call.started")
        assert (started["tenant"], started["route"]) == ("acme", route)
        client.bye()


def test_a_header_names_the_call_of_two_sessions(open_door):
    gateway, port = open_door(call_id_headers=["X-Recorded-Call"])
    subscriber = Subscriber(gateway.ws("/v1/events"))
    caller, called = Client(port), Client(port)
    for client, label, line in ((caller, 1, [(2, 1000), (0, 1500)]), (called, 2, [(0, 1000), (5, 1000), (0, 500)])):
        [there] = client.invite(sdp(leg(label)), extra="X-Recorded-Call: both-of-us\n").ports
        client.talks = (rtp.Sender(there, seed=there), line)
    rtp.talk([caller.talks, called.talks])
    caller.bye()
    called.bye()
    assert subscriber.until("call.ended")["call_id"] == "both-of-us"
    assert len(subscriber.of_type("call.started")) == 1
    assert [(m["segment"]["role"], m["segment"]["text"]) for m in subscriber.of_type("transcript.final")
            if m["segment"]["text"]] == [("customer", speech.SENTENCES[2]), ("agent", speech.SENTENCES[5])]


# ---- who is who ----

@pytest.mark.parametrize("said", [{"roles": [{"role": "agent", "aor": "*@carrier"}]},
                                  {"roles": [{"role": "customer", "label": "2"}]},
                                  {"roles": [{"role": "agent", "label": "1", "header": "X-Direction: out*"}]},
                                  {"caller": "agent"}])
def test_roles_are_as_they_are_configured(open_door, said):
    gateway, port = open_door(**said)
    subscriber, client = Subscriber(gateway.ws("/v1/events")), Client(port)
    kind, body = with_metadata(BOTH, "outbound")
    [first, _] = client.invite(body, kind, extra="X-Direction: outbound\n").ports
    started = subscriber.until("call.started")
    assert started["agent"]["id"] == "+15550100@carrier" and started["caller"] == "2001@desk"
    rtp.talk([(rtp.Sender(first, seed=1), [(1, 800), (0, 1200)])])
    client.bye()
    subscriber.until("call.ended")
    assert [m["segment"]["role"] for m in subscriber.of_type("transcript.final")
            if m["segment"]["text"]] == ["agent"]


# ---- media and timers ----

@pytest.mark.parametrize("policy, profile, has_key, status, is_secure", [
    ("preferred", "RTP/AVP", True, 200, True), ("preferred", "RTP/AVP", False, 200, False),
    ("profile", "RTP/AVP", True, 200, False), ("profile", "RTP/SAVP", True, 200, True),
    ("required", "RTP/AVP", False, 488, False), ("required", "RTP/AVP", True, 200, True),
    ("required", "RTP/SAVP", False, 488, False)])
def test_keys_are_taken_as_the_policy_has_it(open_door, policy, profile, has_key, status, is_secure):
    gateway, port = open_door(config=rtp.config(srtp=policy))
    line = leg(1).replace("RTP/AVP", profile) + (KEY if has_key else "")
    client = Client(port)
    answer = client.invite(sdp(line), status=status)
    assert ("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" in answer.body) == is_secure
    assert status != 200 or f"{profile} 0 101" in answer.body  # mirrored
    if status == 200:
        [session] = gateway.get("/v1/rtp").json()["sessions"]
        assert [of["is_secure"] for of in session["streams"]] == [is_secure]
        client.bye()


@pytest.mark.parametrize("source, ip, another_port, is_heard", [
    ("strict", "127.0.0.1", False, True), ("strict", "127.0.0.1", True, False),
    ("ip", "127.0.0.1", True, True), ("ip", "127.0.0.9", True, False), ("learn", "127.0.0.9", True, True)])
def test_media_come_from_where_they_may(open_door, source, ip, another_port, is_heard):
    gateway, port = open_door(config=rtp.config(source=source))
    sender = rtp.Sender(9, ip=ip, seed=1)
    client = Client(port)
    offered = sender.port ^ 2 if another_port else sender.port
    sender.to = ("127.0.0.1", client.invite(sdp(leg(1, port=offered))).ports[0])
    rtp.talk([(sender, [(2, 500)])])
    [session] = gateway.get("/v1/rtp").json()["sessions"]
    [of] = session["streams"]
    assert of["source"] == source and of["received"] == (sender.sent if is_heard else 0), of
    assert of["dropped"] == ({} if is_heard else {"source": sender.sent}), of
    client.bye()


def test_the_session_timer_is_as_configured(open_door):
    _, port = open_door(session_expires_s=120)
    client = Client(port)
    assert client.invite(BOTH, extra="Supported: timer\n").header("Session-Expires").startswith("120;")
    client.bye()
