"""What a gateway really sends keeps to the schemas of proto/."""

import json

import pytest
from contract import check, errors, names
from senders import Pcm

from subscriber import Subscriber


LEXICON = "angry\t-2.3\nterrible\t-2.1\nproblem\t-1.7\n"


@pytest.fixture
def gateway(make_gateway, tmp_path):
    lexicon = tmp_path / "lexicon.txt"
    lexicon.write_text(LEXICON, encoding="utf-8")
    return make_gateway(config={"sentiment": {"lexicon_file": str(lexicon)}})


@pytest.fixture
def ended_call(gateway):
    """A call from start to end, and everything a subscriber was told of it."""
    told = Subscriber(gateway.ws("/v1/events"))
    told.until("snapshot.end")
    sender = Pcm(gateway, "call-1", agent={"id": "a1", "name": "Ann"}, queue="billing",
                 caller="+1555", attributes={"campaign": "spring"})
    check(sender.receive(), "ingest-pcm.started")
    sender.say(agent=[(1, 1500), (0, 5500)], customer=[(0, 2000), (3, 1500), (0, 500), (4, 2000), (0, 1000)])
    sender.send(type="pause")
    sender.send(type="resume")
    sender.stop()
    check(sender.receive(), "ingest-pcm.stopped")
    told.until("call.ended")
    return told


def test_events_of_a_call(gateway, ended_call):
    for message in ended_call.messages:
        check(message)
    sent = {message["type"] for message in ended_call.messages}
    assert sent >= {"welcome", "snapshot.end", "call.started", "transcript.partial",
                    "transcript.final", "category.matched", "alert.raised", "sentiment.updated",
                    "issue.detected", "call.summary", "call.ended"}


def test_snapshots_replays_gaps_and_answers(gateway, ended_call):
    late = Subscriber(gateway.ws("/v1/events"), resume={"gone": 4})
    late.until("snapshot.end", calls=1)
    late.subscribe(resume={"call-1": 1})
    late.until("snapshot.end", calls=0)
    late.send({"type": "ping", "id": "7"})
    late.until("pong")
    late.send({"type": "subscribe", "events": ["no.such.type"]})
    late.until("error")
    for message in late.messages:
        check(message)
    assert {"snapshot", "resume.gap", "transcript.final", "pong", "error"} <= {
        message["type"] for message in late.messages}


def test_server_sent_events_carry_the_same_objects(gateway, ended_call):
    with gateway.get("/v1/events/sse?call=call-1&resume=call-1:1", stream=True) as response:
        name, seen = None, []
        for line in response.iter_lines(chunk_size=1, decode_unicode=True):
            if line.startswith("event: "):
                name = line[7:]
            if line.startswith("data: "):
                message = json.loads(line[6:])
                check(message)
                assert message["type"] == name
                seen.append(name)
            if name == "snapshot.end" and seen[-1:] == [name]:
                break
    assert "transcript.final" in seen


@pytest.mark.parametrize("path, status, name", [
    ("/v1/calls", 200, "rest.calls"),
    ("/v1/calls/call-1", 200, "rest.call"),
    ("/v1/calls/none", 404, "rest.error"),
    ("/v1/calls/call-1/summary", 200, "rest.summary"),
    ("/v1/calls/none/summary", 404, "rest.error"),
    ("/v1/events", 426, "rest.error"),
    ("/v1/events/sse?nothing=7", 400, "rest.error"),
    ("/v1/engines", 200, "rest.engines"),
    ("/v1/engines/vosk", 200, "rest.engine"),
    ("/v1/engines/none", 404, "rest.error"),
    ("/v1/version", 200, "rest.version"),
    ("/livez", 200, "rest.status"),
    ("/readyz", 200, "rest.status"),
])
def test_answers_of_the_rest_api(gateway, ended_call, path, status, name):
    response = gateway.get(path)
    assert response.status_code == status
    assert response.headers["content-type"].startswith("application/json")
    check(response.json(), name)


def test_a_refusal_is_an_error_of_the_contract(make_gateway):
    response = make_gateway(is_dev=False).get("/v1/calls")
    assert response.status_code == 401
    check(response.json(), "rest.error")


def test_goodbye_of_a_shutdown(make_gateway):
    gateway = make_gateway()
    told = Subscriber(gateway.ws("/v1/events"))
    told.until("snapshot.end")
    gateway.process.terminate()
    check(told.until("goodbye"))


@pytest.mark.parametrize("name", [name for name in names() if name.startswith("ingest-pcm.")])
def test_the_ingest_schemas_can_refuse(name):
    assert errors(name, []) and errors(name, {"type": "no such type"})
