"""Who takes part, and when: consultation, conference, transfer and return, by the times of associations."""
import json

import pytest
import rtp
import speech
from client import Client, leg, multipart, sdp, with_metadata
from subscriber import Subscriber

BOTH = sdp(leg(1), leg(2))
ROBIN, KIM = {"id": "2001@desk", "name": "Robin"}, {"id": "2002@desk", "name": "Kim"}


def at(minutes, element="associate"):
    return f"<{element}-time>2026-03-01T10:{minutes:02}:00Z</{element}-time>"


def until(minutes):
    return at(minutes, "disassociate")


def update(*elements):
    return ('<recording xmlns="urn:ietf:params:xml:ns:recording:1"><datamode>partial</datamode>\n'
            + "\n".join(elements) + "\n</recording>\n")


def there(who, times):
    return (f'<participantsessionassoc participant_id="{who}" session_id="ses">{times}'
            "</participantsessionassoc>")


def speaks(who, times):
    return (f'<participantstreamassoc participant_id="{who}"><send>s2</send>{times}'
            "</participantstreamassoc>")


KIM_COMES = '<participant participant_id="p3"><nameID aor="sip:2002@desk"><name>Kim</name></nameID></participant>'
# What each side of the third parties' scenarios sends when, and who is the agent from then on.
STEPS = [
    (update(KIM_COMES, there("p3", at(5)), there("p2", at(0) + until(5)),
            speaks("p3", at(5)), speaks("p2", at(0) + until(5))), KIM),
    (update(there("p2", at(9)), speaks("p2", at(9)), there("p3", at(5) + until(9)),
            speaks("p3", at(5) + until(9))), ROBIN),
]


@pytest.fixture
def gateway(make_gateway):
    return make_gateway(config={**rtp.config(), "siprec": {
        "listen": [{"transport": "tcp", "address": "127.0.0.1", "port": 0}]}})


@pytest.fixture
def client(gateway):
    [port] = json.loads((gateway.folder / "ports.json").read_text())["siprec_ports"]
    opened = Client(port, "tcp")
    yield opened
    opened.close()


def test_an_agent_hands_the_call_on_and_takes_it_back(gateway, client):
    subscriber = Subscriber(gateway.ws("/v1/events"))
    kind, body = with_metadata(BOTH, "three")
    customer, agent = [rtp.Sender(port, seed=port) for port in client.invite(body, kind).ports]
    rtp.talk([(customer, [(2, 800), (0, 700)]), (agent, [(0, 1500)])])
    for metadata, _ in STEPS:
        assert client.ask("UPDATE", metadata, "application/rs-metadata+xml").status == 200
        rtp.talk([(agent, [(5, 800), (0, 700)]), (customer, [(0, 1500)])])
    client.bye()
    ended = subscriber.until("call.ended")
    assert subscriber.of_type("call.started")[0]["agent"] == ROBIN
    changes = [m for m in subscriber.of_type("call.updated") if "agent" in m]
    assert [m["agent"] for m in changes] == [agent for _, agent in STEPS]
    # Each has the call from its change on: there is neither a gap nor an overlap.
    assert [abs(m["media_ms"] - 1500 * (i + 1)) < 500 for i, m in enumerate(changes)] == [True, True], changes
    assert abs(ended["duration_ms"] - 4500) < 500
    said = [(m["segment"]["role"], m["segment"]["text"]) for m in subscriber.of_type("transcript.final")
            if m["segment"]["text"]]
    assert said == [("customer", speech.SENTENCES[2])] + [("agent", speech.SENTENCES[5])] * 2
    assert changes[-1]["attributes"].get("channel_mapping_suspect") is None
    expect_participants(gateway.get("/v1/calls/three").json(), [m["media_ms"] for m in changes])
    subscriber.ws.close()


def expect_participants(call, times):
    """Each for the time between changes, on the channel of their role."""
    roles = {of["role"]: of["channel"] for of in call["channels"]}
    agent, customer = {"channel": roles["agent"], "role": "agent"}, {"channel": roles["customer"], "role": "customer"}
    assert call["participants"] == [
        {**agent, **ROBIN, "from_ms": 0, "to_ms": times[0]},
        {**agent, **KIM, "from_ms": times[0], "to_ms": times[1]}, {**agent, **ROBIN, "from_ms": times[1]},
        {**customer, "id": "+15550100@carrier", "name": "", "from_ms": 0}]


def test_a_call_that_was_handed_on_before_is_the_last_agents(gateway, client):
    """A complete document tells of people who have left as well."""
    subscriber = Subscriber(gateway.ws("/v1/events"))
    kind, body = with_metadata(BOTH, "before")
    body = body.replace('<participantstreamassoc participant_id="p2"><send>s2</send></participantstreamassoc>',
                        KIM_COMES + there("p3", at(5)) + speaks("p3", at(5))
                        + there("p2", at(0) + until(5)) + speaks("p2", at(0) + until(5)))
    client.invite(body, kind)
    started = subscriber.until("call.started")
    assert started["agent"] == KIM and started["caller"] == "+15550100@carrier"
    assert "channel_mapping_suspect" not in started["attributes"]
    client.bye()
    subscriber.until("call.ended")
    subscriber.ws.close()


def test_three_at_once_are_a_call_whose_roles_are_in_doubt(gateway, client):
    """A conference: two of them speak on one stream, and nobody can tell who of the two it is."""
    subscriber = Subscriber(gateway.ws("/v1/events"))
    kind, body = with_metadata(BOTH, "conference")
    body = body.replace("</recording>", KIM_COMES + there("p3", at(1)) + speaks("p3", at(1)) + "</recording>")
    customer, agent = [rtp.Sender(port, seed=port) for port in client.invite(body, kind).ports]
    assert subscriber.until("call.started")["attributes"]["channel_mapping_suspect"] == "true"
    # The one who joined leaves, with media offered anew, and the other one is known again.
    kind, body = multipart(("application/rs-metadata+xml", update(there("p3", at(1) + until(2)))),
                           ("application/sdp", BOTH))
    client.invite(body, kind)
    assert subscriber.until("call.updated", agent=ROBIN)
    rtp.talk([(customer, [(2, 800), (0, 700)]), (agent, [(0, 1500)])])
    client.bye()
    subscriber.until("call.ended")
    assert [(m["segment"]["role"], m["segment"]["text"]) for m in subscriber.of_type("transcript.final")
            if m["segment"]["text"]] == [("customer", speech.SENTENCES[2])]
    subscriber.ws.close()
