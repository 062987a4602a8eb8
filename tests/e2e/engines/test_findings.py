"""What engines' vendors find by themselves, beside our own findings or instead of them."""
import pytest

import assemblyai
import aws
import azure
import deepgram
import openai
from calls import engine_config, finals, hear_call, run_call
from contract import check
from subscriber import Subscriber

AGENT = [(1, 1800), (0, 9000)]
CUSTOMER = [(0, 2000), (2, 1600), (0, 800), (3, 1600), (0, 800), (4, 2000), (0, 800), (42, 1500), (0, 1500)]
KINDS = ("category.matched", "sentiment.updated", "issue.detected", "pii.detected")
PERSONAL = "content-identification-type=PII"


@pytest.fixture
def amazon():
    simulator = aws.Simulator()
    yield simulator
    simulator.close()


def amazon_engine(simulator, *parameters):
    return {"name": "amazon", "type": "aws_call_analytics", "url": simulator.url(), "region": aws.REGION,
            "key": f"{aws.KEY_ID}:{aws.SECRET}", "parameters": list(parameters)}


def origin(message):
    """The engine whose vendor found it; None: we did."""
    found = message.get("issue", message).get("origin")
    return None if found in ("rules", "embedding") else found


def found(subscriber, by):
    """How often each kind was found by that engine's vendor, or by us (None)."""
    messages = [m for kind in KINDS for m in subscriber.of_type(kind) if origin(m) == by
                and m.get("issue", {}).get("kind") in (None, "issue")]
    return {kind: sum(m["type"] == kind for m in messages) for kind in KINDS}


@pytest.fixture
def call(make_gateway):
    def run(*remotes, hear=run_call, **route):
        gateway = make_gateway(config=engine_config(*remotes, **route))
        subscriber = Subscriber(gateway.ws("/v1/events"))
        hear(gateway, subscriber, AGENT, CUSTOMER)
        subscriber.ws.close()
        assert len(finals(subscriber)) >= 5
        for message in subscriber.messages:
            check(message)
        return subscriber

    return run


@pytest.mark.parametrize("mode", ["off", "beside", "instead"])
def test_amazons_findings(call, amazon, mode):
    subscriber = call(amazon_engine(amazon, PERSONAL), vendor_findings=mode, privacy={"mode": "identify"})
    theirs, ours = found(subscriber, "amazon"), found(subscriber, None)
    if mode == "off":
        assert not any(theirs.values())
    else:
        assert theirs["category.matched"] == 1 and theirs["issue.detected"] == 1
        assert theirs["pii.detected"] == 1 and theirs["sentiment.updated"] == len(finals(subscriber))
    if mode == "instead":
        assert not any(ours.values()) and not subscriber.of_type("alert.raised")
    else:
        assert ours["category.matched"] and ours["sentiment.updated"] and ours["issue.detected"]
    assert amazon.complaints == []


def test_what_amazon_says_of_them(call, amazon):
    subscriber = call(amazon_engine(amazon, PERSONAL), vendor_findings="instead")
    by_id = {(s["channel"], s["id"]): s for s in finals(subscriber)}
    issue = subscriber.of_type("issue.detected")[0]["issue"]
    assert issue["text"] == "i have a problem with my bill"
    assert by_id[issue["channel"], issue["segment_id"]]["text"].startswith(issue["text"])
    category = subscriber.of_type("category.matched")[0]
    assert category["category"] == "manager please" and category["severity"] == "none"
    entity = subscriber.of_type("pii.detected")[0]["entities"][0]
    assert entity["type"] == "PIN" and entity["confidence"] == 0.8
    labels = {by_id[m["channel"], m["segment_id"]]["text"]: m["label"]
              for m in subscriber.of_type("sentiment.updated")}
    assert labels["this is terrible i am very angry."] == "negative"
    assert subscriber.of_type("call.summary")


def test_redaction_stays_ours(call, amazon):
    subscriber = call(amazon_engine(amazon, PERSONAL), vendor_findings="instead",
                      privacy={"mode": "redact"})
    issue = subscriber.of_type("issue.detected")[0]["issue"]
    assert issue["origin"] == "amazon" and issue["text"] == ""
    assert found(subscriber, "amazon")["pii.detected"] == 1


def test_ours_take_over_with_an_engine_that_finds_nothing(call, amazon, recogniser):
    amazon.exception = ("ServiceUnavailableException", "", 5000, 1)
    subscriber = call(amazon_engine(amazon), {"name": "second", "type": "vosk", "url": recogniser.url},
                      hear=hear_call, vendor_findings="instead")
    recovered = subscriber.of_type("stt.recovered")
    assert recovered and recovered[0]["engine"] == "second"
    at = subscriber.messages.index(recovered[0])
    for number, message in enumerate(subscriber.messages):
        if message["type"] in ("sentiment.updated", "category.matched"):
            assert origin(message) == ("amazon" if number < at else None)
    assert found(subscriber, "amazon")["sentiment.updated"] and found(subscriber, None)["category.matched"]
    assert subscriber.of_type("alert.raised")


def test_deepgrams_entities(call):
    simulator = deepgram.Deepgram()
    engine = {"name": "dg", "type": "deepgram", "url": simulator.url, "key": deepgram.KEY,
              "parameters": ["detect_entities=true"]}
    subscriber = call(engine, vendor_findings="instead", privacy={"mode": "identify"})
    simulator.close()
    theirs, ours = found(subscriber, "dg"), found(subscriber, None)
    assert theirs == {**dict.fromkeys(KINDS, 0), "pii.detected": 1}
    assert ours["category.matched"] and ours["sentiment.updated"] and not ours["pii.detected"]
    message = next(m for m in subscriber.of_type("pii.detected"))
    segment = next(s for s in finals(subscriber) if s["id"] == message["segment_id"] and s["role"] == "customer")
    assert [w["start_ms"] for w in segment["words"]][2] == message["entities"][0]["start_ms"]
    assert message["entities"][0]["type"] == "NUMERICAL_PII" and simulator.complaints == []


@pytest.mark.parametrize("kind, make, key", [
    ("assemblyai", assemblyai.AssemblyAI, assemblyai.KEY), ("openai", openai.OpenAI, openai.KEY),
    ("azure", azure.Azure, azure.KEY)])
def test_where_vendors_find_nothing_ours_are_told(call, kind, make, key):
    simulator = make()
    subscriber = call({"name": "other", "type": kind, "url": simulator.url, "key": key}, vendor_findings="instead")
    simulator.close()
    assert not any(found(subscriber, "other").values())
    ours = found(subscriber, None)
    assert ours["category.matched"] and ours["sentiment.updated"] and ours["issue.detected"]
