"""What sentences mean, with the embedding model where it is installed: rules by meaning, topics by
example and issues, live."""
import json

import agreement
import pytest
from contract import check
from senders import Pcm

import speech
from speech import SENTENCES
from subscriber import Subscriber

COMPLAINT = {
    "name": "complaint", "severity": "high", "role": "customer",
    "rules": [{"semantic": {"like": [
        "please connect me with your supervisor", "let me talk to the boss",
        "I want to speak to somebody in charge", "give me someone who can decide this",
        "is there a person above you"], "unlike": ["my manager told me to call"]}}]}


TOPICS = [
    {"name": "billing", "topic": True, "examples": [
        "Hello, what can I do for you? You have taken the monthly fee from my account two times.",
        "There is an item on my invoice that I don't understand.",
        "The bill is higher than last month, why is that?",
        "I have been debited twice for the same order. I'm sorry about that.",
        "I would like the charge to be refunded, please."]},
    {"name": "delivery", "topic": True, "examples": [
        "My parcel has not arrived yet.", "When will my order be shipped?",
        "The driver left the package with a neighbour.",
        "One of the items was missing in the box."]}]


@pytest.fixture
def start(models, make_gateway):
    if not (models / "minilm.onnx").is_file():
        pytest.skip("the embedding model is optional and not installed")

    def start(**config):
        return make_gateway(config={"categories": [COMPLAINT, *TOPICS], **config},
                            environment={"SIDETONE_MODELS": str(models)})

    return start


@pytest.fixture
def gateway(start):
    return start()


def hold_call(gateway):
    told = Subscriber(gateway.ws("/v1/events"))
    told.until("snapshot.end")
    sender = Pcm(gateway, "call-1")
    sender.say(agent=[(1, 1500), (0, 7500), (32, 2000), (0, 500), (33, 2000), (0, 1500)],
               customer=[(0, 2000), (4, 2500), (0, 1000), (31, 3000), (0, 6500)])
    sender.stop()
    told.until("call.ended")
    return told


def test_a_rule_by_meaning_tells_how_sure_it_is_and_what_is_nearest(gateway):
    told = hold_call(gateway)
    matches = told.of_type("category.matched")
    matches = [m for m in matches if m["category"] == "complaint"]
    assert [m["words"] for m in matches] == [SENTENCES[4]]
    evidence = matches[0]["evidence"][0]
    assert evidence["kind"] == "semantic" and 0.6 <= evidence["score"] <= 1
    assert evidence["text"] in COMPLAINT["rules"][0]["semantic"]["like"]
    check(matches[0])
    assert gateway.get("/v1/categories/complaint").json()["notes"] == []


def test_a_topic_by_example_is_told_with_its_score_and_share(gateway, tmp_path):
    told = hold_call(gateway)
    first, last = [m["topic"] for m in told.of_type("topic.detected")]
    assert first["topic"] == last["topic"] == "billing" and (first["final"], last["final"]) == (False, True)
    assert 0.6 <= first["score"] <= last["score"] <= 1
    examples = " ".join(TOPICS[0]["examples"])
    assert first["example"] in examples and last["example"] in examples
    assert 0 < last["share"] < 1 and last["start_ms"] <= first["start_ms"]
    for message in told.of_type("topic.detected"):
        check(message)
    state = gateway.get("/v1/calls/call-1").json()
    assert state["topics"] == [last]
    path = tmp_path / "call.json"
    path.write_text(json.dumps(state))
    found = agreement.analyze(path, "--config", gateway.config_path)
    topics = [m["topic"] for m in found if m["type"] == "topic.detected" and m["topic"]["final"]]
    assert topics == [last]


def test_issues_say_that_their_meaning_was_known(gateway):
    told = hold_call(gateway)
    issues = [message["issue"] for message in told.of_type("issue.detected")]
    assert {issue["origin"] for issue in issues} == {"embedding"}
    assert {SENTENCES[31], SENTENCES[33]} <= {issue["text"] for issue in issues}
    metrics = gateway.get("/metrics", operations=True).text
    assert 'sidetone_meaning_sentences_total{how="asked"}' in metrics


def test_the_same_call_gives_the_same_findings(gateway):
    def findings(told):
        """Ids count in the order of telling, which is not fixed between two speakers."""
        issues = [message["issue"] for message in told.of_type("issue.detected")]
        return sorted([("issue", i["kind"], i["state"], i["text"], i["score"]) for i in issues]
                      + [("match", m["category"], m["words"], m["evidence"][0]["score"])
                         for m in told.of_type("category.matched")])

    first = hold_call(gateway)
    second = hold_call(gateway)
    assert findings(first) == findings(second)


MANY = {11 + i: f"the {word} of my account was never paid back to me" for i, word in enumerate(
    "first second third fourth fifth sixth seventh eighth ninth tenth last other best worst same".split())}


def test_under_load_meaning_goes_first_and_nothing_else(start, monkeypatch):
    """More sentences at once than may wait: those go without, are counted, and all else is there."""
    monkeypatch.setattr(speech, "SENTENCES", {**SENTENCES, **MANY})
    busy = start(categories=[COMPLAINT, {"name": "paid", "phrases": ["never paid back"]}],
                 meaning={"workers": 1, "queue": 1})
    told = Subscriber(busy.ws("/v1/events"), events=["transcript.final", "category.matched", "call.ended"])
    told.until("snapshot.end")
    numbers = sorted(MANY)
    parts = [part for number in numbers for part in ((number, 800), (0, 200))]
    other = [part for number in reversed(numbers) for part in ((number, 800), (0, 200))]
    senders = [Pcm(busy, None) for _ in range(3)]
    for sender in senders:  # much faster than anybody speaks
        sender.say(agent=parts, customer=other, step_ms=500)
        sender.stop()
    for sender in senders:
        told.until("call.ended")
    finals = [m["segment"]["text"] for m in told.of_type("transcript.final") if m["segment"]["text"]]
    assert sorted(finals) == sorted(6 * list(MANY.values()))
    assert len([m for m in told.of_type("category.matched") if m["category"] == "paid"]) == len(finals)
    ways = {how: busy.metric("sidetone_meaning_sentences_total", how=how)
            for how in ("asked", "recalled", "dropped", "late")}
    assert ways["dropped"] > 0 and ways["asked"] > 0
    assert ways["asked"] + ways["recalled"] + ways["dropped"] == len(finals)
