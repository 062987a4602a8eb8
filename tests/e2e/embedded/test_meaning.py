"""What sentences mean, with the embedding model where it is installed: rules by meaning and issues, live."""
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


@pytest.fixture
def start(models, make_gateway):
    if not (models / "minilm.onnx").is_file():
        pytest.skip("the embedding model is optional and not installed")

    def start(**config):
        return make_gateway(config={"categories": [COMPLAINT], **config},
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
