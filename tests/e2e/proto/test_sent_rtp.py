"""What is sent of calls over RTP keeps to its schemas."""
import contract
import pytest
import rtp


@pytest.fixture
def gateway(make_gateway):
    return make_gateway(config=rtp.config())


def test_answers_and_events_keep_to_their_schemas(gateway, subscribe):
    subscriber = subscribe()
    body = {"call_id": "c-1", "streams": [{"role": "customer", "address": "127.0.0.1"}]}
    contract.check(body, "rest.rtp.open")
    opened = gateway.request("POST", "/v1/rtp", json=body).json()
    contract.check(opened, "rest.rtp.opened")
    session = f"/v1/rtp/{opened['session']['id']}"
    sender = rtp.Sender(opened["session"]["streams"][0]["port"])
    rtp.talk([(sender, [(2, 1000)])])
    sender.put(b"\x80\x03" + bytes(40))
    sender.put(b"\x00")
    for answer in (gateway.get(session), gateway.request("POST", f"{session}/hold", json={}),
                   gateway.request("POST", f"{session}/resume", json={}),
                   gateway.request("DELETE", session)):
        contract.check(answer.json(), "rest.rtp.session")
    contract.check(gateway.get("/v1/rtp").json(), "rest.rtp.sessions")
    contract.check(gateway.request("POST", "/v1/rtp", json={}).json(), "rest.error")
    contract.check(gateway.get(session).json(), "rest.error")
    subscriber.until("call.ended")
    contract.check(gateway.get("/v1/calls/c-1").json(), "rest.call")
    contract.check(gateway.get("/v1/calls").json(), "rest.calls")
    for message in subscriber.messages:
        contract.check(message, message["type"])
    assert any("quality" in message for message in subscriber.of_type("call.updated"))
