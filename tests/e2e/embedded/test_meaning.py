"""What sentences mean, with the embedding model where it is installed: rules by meaning, topics by
example and issues, live."""
import json

import agreement
import pytest
from contract import check
from senders import Pcm

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
def gateway(models, make_gateway):
    if not (models / "minilm.onnx").is_file():
        pytest.skip("the embedding model is optional and not installed")
    return make_gateway(config={"categories": [COMPLAINT, *TOPICS]}, environment={"SIDETONE_MODELS": str(models)})


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
