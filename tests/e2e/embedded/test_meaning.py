"""What sentences mean, with the embedding model where it is installed: rules by meaning and issues, live."""
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


@pytest.fixture
def gateway(models, make_gateway):
    if not (models / "minilm.onnx").is_file():
        pytest.skip("the embedding model is optional and not installed")
    return make_gateway(config={"categories": [COMPLAINT]}, environment={"SIDETONE_MODELS": str(models)})


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
    assert [(m["category"], m["words"]) for m in matches] == [("complaint", SENTENCES[4])]
    evidence = matches[0]["evidence"][0]
    assert evidence["kind"] == "semantic" and 0.6 <= evidence["score"] <= 1
    assert evidence["text"] in COMPLAINT["rules"][0]["semantic"]["like"]
    check(matches[0])
    assert gateway.get("/v1/categories/complaint").json()["notes"] == []


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
