"""Channels whose roles are crossed, put right while the call goes on."""
import pytest

import rtp
import speech
from contract import check
from test_rtp import begin, end, finals, senders, stream

RIGHT = [{"channel": 0, "role": "agent"}, {"channel": 1, "role": "customer"}]


@pytest.fixture
def gateway(make_gateway):
    return make_gateway(config=rtp.config())


def set_roles(gateway, *roles):
    body = {"roles": list(roles)}
    check(body, "rest.call.roles")
    return gateway.request("PUT", "/v1/calls/c-1/roles", json=body)


def test_crossed_roles_are_put_right_while_the_call_goes_on(gateway, subscribe):
    subscriber = subscribe()
    session = begin(gateway, streams=[stream("customer"), stream("agent")])["session"]
    voices = senders(session)
    rtp.talk(list(zip(voices, ([(1, 800), (0, 1700)], [(0, 2500)]))))
    subscriber.until("transcript.final")
    answer = set_roles(gateway, "agent", "customer")
    assert answer.status_code == 200, answer.text
    check(answer.json(), "rest.call")
    assert answer.json()["channels"] == RIGHT
    assert [of["role"] for of in answer.json()["transcript"]] == ["agent"]
    assert subscriber.until("call.updated", channels=RIGHT)
    rtp.talk(list(zip(voices, ([(5, 800), (0, 1000)], [(2, 800), (0, 1000)]))))
    end(gateway, session)
    subscriber.until("call.ended")
    assert set(finals(subscriber)) == {("customer", speech.SENTENCES[1]),  # as it was told then
                                       ("agent", speech.SENTENCES[5]),
                                       ("customer", speech.SENTENCES[2])}
    kept = gateway.get("/v1/calls/c-1").json()["transcript"]
    assert {(of["role"], of["text"]) for of in kept} == {("agent", speech.SENTENCES[1]),
                                                         ("agent", speech.SENTENCES[5]),
                                                         ("customer", speech.SENTENCES[2])}
    assert set_roles(gateway, "customer", "agent").status_code == 409
