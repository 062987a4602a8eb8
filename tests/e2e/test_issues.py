"""What a call is about: issues, outcomes, action items, and the summary made of them."""
from proto.contract import check
from senders import Pcm

from cli import run
from speech import SENTENCES

REASON, DONE, NEXT = SENTENCES[31], SENTENCES[32], SENTENCES[33]


def url(gateway):
    return f"ws://127.0.0.1:{gateway.port}"


def hold_call(gateway, call_id="call-1"):
    sender = Pcm(gateway, call_id)
    sender.say(agent=[(1, 1500), (0, 7500), (32, 2000), (0, 500), (33, 2000), (0, 1500)],
               customer=[(0, 2000), (8, 2000), (0, 1000), (31, 3000), (0, 7000)])
    return sender


def issues_of(subscriber):
    return [message["issue"] for message in subscriber.of_type("issue.detected")]


def test_the_sentences_that_matter_are_told_with_their_place(gateway, subscribe):
    subscriber = subscribe()
    sender = hold_call(gateway)
    sender.stop()
    ended = subscriber.until("call.ended")
    issues = sorted(issues_of(subscriber), key=lambda issue: issue["start_ms"])
    assert [(i["kind"], i["state"], i["role"], i["text"]) for i in issues] == [
        ("issue", "new", "customer", SENTENCES[8]),
        ("issue", "replaced", "customer", REASON),
        ("outcome", "new", "agent", DONE.removeprefix("okay ")),
        ("action_item", "new", "agent", NEXT)]
    assert issues[0]["id"] == issues[1]["id"] and len({i["id"] for i in issues}) == 3
    finals = {(m["segment"]["channel"], m["segment"]["id"]): m["segment"]
              for m in subscriber.of_type("transcript.final")}
    for issue in issues:
        segment = finals[issue["channel"], issue["segment_id"]]
        assert segment["text"][issue["begin_char"]:issue["end_char"]] == issue["text"]
        assert segment["start_ms"] <= issue["start_ms"] < issue["end_ms"] <= segment["end_ms"]
        assert issue["score"] > 1 and issue["origin"] in ("rules", "embedding")
    summary = subscriber.of_type("call.summary")
    assert len(summary) == 1 and summary[0]["seq"] == ended["seq"] - 1
    for message in subscriber.of_type("issue.detected") + summary:
        check(message)


def test_a_summary_is_given_in_the_middle_and_at_the_end(gateway, subscribe):
    subscriber = subscribe()
    sender = hold_call(gateway)
    subscriber.until("issue.detected", timeout=20)
    while len(issues_of(subscriber)) < 4:
        subscriber.next()
    answer = gateway.get("/v1/calls/call-1/summary")
    assert answer.status_code == 200
    check(answer.json(), "rest.summary")
    so_far = answer.json()
    assert so_far["state"] == "live" and "has run for" in so_far["summary"]["text"]
    assert [item["text"] for item in so_far["summary"]["reasons"]] == [REASON]
    sender.stop()
    told = subscriber.until("call.summary")["summary"]
    subscriber.until("call.ended")
    at_end = gateway.get("/v1/calls/call-1/summary").json()
    assert at_end["state"] == "ended" and at_end["summary"] == told
    assert "The call lasted" in told["text"] and told["duration_ms"] == 15000
    assert [item["id"] for item in gateway.get("/v1/calls/call-1").json()["issues"]] == [1, 2, 3]


def test_the_command_line_shows_it(gateway, subscribe):
    subscriber = subscribe()
    hold_call(gateway).stop()
    subscriber.until("call.ended")
    shown = run("calls", "call-1", "--summary", "--url", url(gateway))
    assert shown.returncode == 0, shown.stderr
    assert f'reason     "{REASON}" (customer' in shown.stdout
    assert f'next step  "{NEXT}" (agent' in shown.stdout
    assert SENTENCES[1] not in shown.stdout
    assert run("calls", "--summary", "--url", url(gateway)).returncode == 2
