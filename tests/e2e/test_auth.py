"""Who may do what: tokens, scopes, signatures, origins."""
import base64
import hashlib
import hmac
import json
import subprocess
import time

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from gateway import BINARY, SECRET, token
from senders import Pcm, Twilio
from subscriber import Subscriber

PUBLIC_URL = "https://gw.example.com"
TWILIO_TOKEN = "12345"


@pytest.fixture
def guarded(make_gateway):
    return make_gateway(is_dev=False, config={
        "listen": {"public_url": PUBLIC_URL},
        "auth": {"origins": ["https://desk.example.com"]},
        "tenants": [
            {"name": "default", "routes": [
                {"name": "default", "engines": ["vosk"], "twilio": {"auth_token": TWILIO_TOKEN}},
                {"name": "unsigned", "engines": ["vosk"]}]},
            {"name": "acme", "routes": [{"name": "default", "engines": ["vosk"]}]}]})


def refused(open_connection):
    with pytest.raises(InvalidStatus) as refusal:
        open_connection()
    return refusal.value.response.status_code


NOW = int(time.time())
BAD_TOKENS = {
    "none": None,
    "empty": "",
    "no token": "garbage",
    "two parts": token().rsplit(".", 1)[0],
    "other secret": token(secret="another secret, also of more than 32 bytes"),
    "expired": token(ttl=-120),
    "not yet": token(nbf=NOW + 600),
    "no expiry": token(exp=None),
    "algorithm none": token(header={"alg": "none", "typ": "JWT"}).rsplit(".", 1)[0] + ".",
    "algorithm HS512": token(header={"alg": "HS512", "typ": "JWT"}),
    "key by path": token(header={"alg": "HS256", "typ": "JWT", "kid": "../../dev/null"}),
    "unknown scope": token(scope="calls:everything"),
    "no scope": token(scope=""),
    "changed claims": ".".join([token().split(".")[0], token(scope="admin").split(".")[1],
                                token().split(".")[2]]),
}


@pytest.mark.parametrize("name", BAD_TOKENS)
def test_nothing_is_served_without_a_good_token(guarded, name):
    bad = BAD_TOKENS[name]
    assert refused(lambda: guarded.ws("/v1/events", bearer=bad)) in (401, 403)
    assert refused(lambda: guarded.ws("/v1/ingest/pcm", bearer=bad)) in (401, 403)
    for path in ("/v1/calls", "/v1/calls/x", "/v1/events/sse"):
        response = guarded.get(path, bearer=bad)
        assert response.status_code in (401, 403), path
        assert response.json()["error"]["message"]


def test_scopes_are_kept_apart(guarded):
    reader, sender, admin = token("calls:read"), token("calls:ingest"), token("admin")
    assert refused(lambda: guarded.ws("/v1/ingest/pcm", bearer=reader)) == 403
    assert refused(lambda: guarded.ws("/v1/events", bearer=sender)) == 403
    assert guarded.get("/v1/calls", bearer=sender).status_code == 403
    assert guarded.get("/v1/calls", bearer=reader).status_code == 200
    guarded.ws("/v1/events", bearer=admin).close()
    guarded.ws("/v1/ingest/pcm", bearer=admin).close()


def test_a_browser_gives_its_token_as_a_subprotocol(guarded):
    ws = guarded.ws("/v1/events", subprotocols=["sidetone.v1", f"bearer.{token()}"])
    assert ws.subprotocol == "sidetone.v1"
    assert json.loads(ws.recv(timeout=5))["type"] == "welcome"
    ws.close()
    assert refused(lambda: guarded.ws("/v1/events", subprotocols=["sidetone.v1",
                                                                  "bearer.nonsense"])) == 401


def test_claims_narrow_what_is_seen(guarded):
    everything = Subscriber(guarded.ws("/v1/events", bearer=token()))
    watchers = {
        "one call": Subscriber(guarded.ws("/v1/events", bearer=token(call="call-1"))),
        "one agent": Subscriber(guarded.ws("/v1/events", bearer=token(agent="a1"))),
        "one tenant": Subscriber(guarded.ws("/v1/events", bearer=token(tenant="acme"))),
        # Asking for more than the token allows gives no more.
        "greedy": Subscriber(guarded.ws("/v1/events", bearer=token(agent="a1")),
                             agents=["a2"], calls=["call-2"]),
    }
    for watcher in watchers.values():
        watcher.until("snapshot.end")
    everything.until("snapshot.end")
    ingest = token("calls:ingest")
    for call, agent, path in (("call-1", "a1", "/v1/ingest/pcm"),
                              ("call-2", "a2", "/v1/ingest/pcm/acme")):
        sender = Pcm(guarded, call, bearer=ingest, path=path, agent={"id": agent})
        sender.say(agent=[(1, 1000), (0, 1000)], customer=[(0, 2000)])
        sender.stop()
        everything.until("call.ended", call_id=call)
    watchers["one call"].until("call.ended", call_id="call-1")
    watchers["one agent"].until("call.ended", call_id="call-1")
    watchers["one tenant"].until("call.ended", call_id="call-2")
    for name, seen in (("one call", {"call-1"}), ("one agent", {"call-1"}),
                       ("one tenant", {"call-2"}), ("greedy", set())):
        watcher = watchers[name]
        watcher.send({"type": "ping", "id": "end"})
        watcher.until("pong", id="end")
        assert {m["call_id"] for m in watcher.messages if "call_id" in m} == seen, name
    assert guarded.get("/v1/calls/call-2", bearer=token(agent="a1")).status_code == 404
    assert len(guarded.get("/v1/calls", bearer=token(agent="a1")).json()["calls"]) == 1


def test_an_ingest_token_may_be_for_one_call_or_tenant(guarded):
    sender = Pcm(guarded, "call-2", bearer=token("calls:ingest", call="call-1"))
    error = sender.receive()
    assert error["type"] == "error" and error["code"] == "not_allowed"
    with pytest.raises(ConnectionClosed) as closed:
        sender.receive()
    assert closed.value.rcvd.code == 1008
    other = token("calls:ingest", tenant="acme")
    assert refused(lambda: guarded.ws("/v1/ingest/pcm", bearer=other)) == 403
    guarded.ws("/v1/ingest/pcm/acme", bearer=other).close()


def test_a_live_subscriber_is_closed_when_its_token_expires(guarded):
    subscriber = Subscriber(guarded.ws("/v1/events", bearer=token(ttl=2)))
    subscriber.until("snapshot.end")
    start = time.monotonic()
    with pytest.raises(ConnectionClosed) as closed:
        subscriber.next(timeout=15)
    assert closed.value.rcvd.code == 1008
    assert time.monotonic() - start < 10


def signature(url, secret=TWILIO_TOKEN):
    return base64.b64encode(hmac.new(secret.encode(), url.encode(), hashlib.sha1).digest()).decode()


WSS = "wss://gw.example.com"


@pytest.mark.parametrize("signed", [WSS + "/v1/ingest/twilio", WSS + "/v1/ingest/twilio/",
                                    WSS + ":443/v1/ingest/twilio"])
def test_twilio_gets_in_by_its_signature(guarded, signed):
    sender = Twilio(guarded, headers={"X-Twilio-Signature": signature(signed)})
    subscriber = Subscriber(guarded.ws("/v1/events", bearer=token()))
    sender.say(inbound=[(4, 2000), (0, 1000)], outbound=[(0, 3000)])
    sender.stop()
    assert subscriber.until("alert.raised")["alert"]["role"] == "customer"
    sender.close()
    subscriber.ws.close()


@pytest.mark.parametrize("headers", [
    None, {"X-Twilio-Signature": ""}, {"X-Twilio-Signature": "AAAA"},
    {"X-Twilio-Signature": signature(WSS + "/v1/ingest/twilio", "54321")},
    {"X-Twilio-Signature": signature("https://gw.example.com/v1/ingest/twilio")},
    {"X-Twilio-Signature": signature(WSS + "/v1/ingest/other")},
    {"X-Twilio-Signature": signature("wss://evil.example.com/v1/ingest/twilio"),
     "X-Forwarded-Host": "evil.example.com"},
])
def test_twilio_without_the_right_signature_is_refused(guarded, headers):
    assert refused(lambda: guarded.ws("/v1/ingest/twilio", additional_headers=headers)) == 403


def test_twilio_needs_a_configured_token(guarded):
    path = "/v1/ingest/twilio/default/unsigned"
    headers = {"X-Twilio-Signature": signature(WSS + path)}
    assert refused(lambda: guarded.ws(path, additional_headers=headers)) == 403


@pytest.mark.parametrize("origin,allowed", [
    ("https://desk.example.com", True), ("http://desk.example.com", False),
    ("https://desk.example.com:8443", False), ("https://desk.example.com.evil.org", False),
    ("https://evildesk.example.com", False), ("https://a.desk.example.com", False),
    ("null", False), ("https://DESK.example.com", False), ("https://xn--desk-example.com", False),
])
def test_browsers_come_from_listed_origins_only(guarded, origin, allowed):
    def open_connection():
        return guarded.ws("/v1/events", bearer=token(), origin=origin)

    if allowed:
        open_connection().close()
    else:
        assert refused(open_connection) == 403


def test_our_own_page_may_connect(guarded):
    guarded.ws("/v1/events", bearer=token(), origin=f"http://127.0.0.1:{guarded.port}").close()


def test_unknown_places_are_404(guarded):
    ingest = token("calls:ingest")
    for path in ("/v1/ingest", "/v1/ingest/", "/v1/ingest/morse", "/v1/ingest/pcm/nobody",
                 "/v1/ingest/pcm/default/nowhere", "/v1/ingest/pcm/default/default/more", "/v2"):
        assert refused(lambda: guarded.ws(path, bearer=ingest)) == 404, path
    assert guarded.get("/nothing/here").status_code == 404


def test_secrets_and_tokens_never_reach_the_log(guarded):
    secret_token = token()
    Subscriber(guarded.ws("/v1/events", bearer=secret_token)).until("snapshot.end")
    guarded.get("/v1/calls", bearer=token(secret="wrong secret with enough bytes in it!!"))
    guarded.stop()
    log = guarded.log()
    assert secret_token not in log and SECRET not in log and TWILIO_TOKEN not in log


def test_without_dev_and_without_a_secret_it_does_not_start(tmp_path, recogniser):
    config = tmp_path / "c.yaml"
    config.write_text("threads: 1\n")
    ended = subprocess.run([BINARY, "serve", "--config", config, "--port", "0"],
                           capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1 and "auth.secret" in ended.stderr
    config.write_text("listen:\n  address: 0.0.0.0\n")
    ended = subprocess.run([BINARY, "serve", "--dev", "--config", config, "--port", "0"],
                           capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1 and "loopback" in ended.stderr
