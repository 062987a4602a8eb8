"""Who may open a session, where it opens, and what is answered when it cannot."""
import subprocess

import pytest

import rtp
import speech
from gateway import BINARY, token
from test_rtp import begin, end, finals, senders, stream


@pytest.fixture
def gateway(make_gateway):
    return make_gateway(config=rtp.config())


def test_a_call_that_has_the_channel_refuses_whichever_thread_is_asked(gateway):
    sessions = [begin(gateway, call_id=f"c-{i}", streams=[stream("agent")])["session"]
                for i in range(6)]
    for session in sessions:
        for _ in range(3):
            refused = begin(gateway, 409, call_id=session["call_id"], streams=[stream("agent")])
            assert refused["error"]["code"] == "conflict"
            assert f"'{session['call_id']}'" in refused["error"]["message"]
    assert len(gateway.get("/v1/rtp").json()["sessions"]) == 6


def test_what_is_refused_keeps_no_port_from_others(make_gateway):
    first, _ = rtp.free_ports()
    gateway = make_gateway(config={"threads": 1, "rtp": {"first_port": first, "last_port": first + 3}})
    begin(gateway, call_id="c-0", streams=[stream("agent")])
    for _ in range(5):
        begin(gateway, 409, call_id="c-0", streams=[stream("agent")])
    begin(gateway, call_id="c-1", streams=[stream("agent")])
    assert "rtp.last_port" in begin(gateway, 429, call_id="c-2")["error"]["message"]


def test_a_session_ends_once(gateway):
    session = begin(gateway)["session"]
    end(gateway, session)
    for method in ("DELETE", "GET"):
        assert gateway.request(method, f"/v1/rtp/{session['id']}").status_code == 404
    for verb in ("hold", "resume"):
        assert gateway.request("POST", f"/v1/rtp/{session['id']}/{verb}", json={}).status_code == 404


def test_two_sessions_are_one_call_and_one_on_hold_leaves_it_to_the_other(gateway, subscribe):
    subscriber = subscribe()
    first = begin(gateway, streams=[stream("customer")])["session"]
    second = begin(gateway, streams=[stream("agent")])["session"]
    assert second["streams"][0]["channels"] == [1]
    [customer], [agent] = senders(first), senders(second)

    def state_after(session, verb):
        assert gateway.request("POST", f"/v1/rtp/{session['id']}/{verb}", json={}).status_code == 200
        return gateway.get("/v1/calls/c-1").json()["state"]

    rtp.talk([(customer, [(2, 1000), (0, 1000)]), (agent, [(0, 2000)])])
    assert state_after(first, "hold") == "live"
    customer.pass_silence(75)
    rtp.talk([(agent, [(5, 800), (0, 700)])])
    assert state_after(second, "hold") == "paused"
    assert state_after(first, "resume") == "live"
    end(gateway, second)
    end(gateway, first)
    assert subscriber.until("call.ended")["reason"] == "stopped"
    assert finals(subscriber) == [("customer", speech.SENTENCES[2]), ("agent", speech.SENTENCES[5])]


def test_a_token_for_one_agent_opens_and_sees_that_agents_sessions(make_gateway):
    gateway = make_gateway(is_dev=False, config=rtp.config())
    mine, others = (token("calls:ingest calls:read", agent=agent) for agent in ("a7", "a8"))
    body = {"call_id": "c-1", "agent_id": "a7", "streams": [stream("agent")]}
    assert gateway.request("POST", "/v1/rtp", json=body, bearer=others).status_code == 403
    opened = gateway.request("POST", "/v1/rtp", json={**body, "agent_id": ""}, bearer=mine)
    assert opened.status_code == 201, opened.text
    path = f"/v1/rtp/{opened.json()['session']['id']}"
    assert gateway.get("/v1/rtp", bearer=others).json() == {"sessions": []}
    assert gateway.request("DELETE", path, bearer=others).status_code == 404
    assert gateway.request("DELETE", path, bearer=mine).status_code == 200


@pytest.mark.parametrize("ports, why", [
    ({"first_port": 20000, "last_port": 20001}, "each of 2 loop threads needs two ports"),
    ({"first_port": 20000, "last_port": 20099, "address": "192.0.2.1"}, "rtp.address 192.0.2.1"),
    ({"first_port": 20000, "last_port": 20099, "address": "0.0.0.0"}, "'rtp.advertised'"),
])
def test_ports_that_cannot_be_are_said_at_the_start(make_gateway, ports, why):
    gateway = make_gateway()
    gateway.config["rtp"] = ports
    gateway.write_config()
    done = subprocess.run([BINARY, "serve", "--dev", "--config", gateway.config_path, "--port", "0",
                           "--operations-port", "0"], capture_output=True, text=True, timeout=30)
    assert done.returncode != 0 and why in done.stderr, done.stderr
