"""Alerts from what is said to what people do about them, seen by subscribers, REST and the command line."""
import concurrent.futures
import json
import time

import pytest
import requests
from cli import Background, run
from gateway import token
from senders import Pcm

from subscriber import Subscriber

MANAGER, CANCEL, ANGRY = 4, 10, 3
CHANGES = ("raised", "repeated", "escalated", "acknowledged", "snoozed", "reopened", "assigned", "cleared")
EVENTS = [f"alert.{change}" for change in CHANGES]


def say(sender, *sentences, quiet_ms=1200):
    sender.say(customer=[part for sentence in sentences for part in ((sentence, 1500), (0, quiet_ms))])


def post(gateway, path, body=None, bearer=None, **options):
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    return requests.post(f"http://127.0.0.1:{gateway.port}{path}", headers=headers, timeout=20,
                         json={} if body is None else body, **options)


def start(gateway, call_id, **facts):
    sender = Pcm(gateway, call_id, **facts)
    sender.receive()
    return sender


@pytest.fixture
def gateway(make_gateway):
    return make_gateway(config={
        "alerts": {"dedupe_s": 60, "escalate_count": 3, "categories": [
            {"name": "cancellation", "cool_down_s": 600}]},
        "teams": [{"name": "red", "agents": ["a1"]}]})


def test_an_alert_lives_from_the_match_to_the_end(gateway):
    told = [Subscriber(gateway.ws("/v1/events"), events=EVENTS + ["call.ended"]) for _ in range(2)]
    for one in told:
        one.until("snapshot.end")
    sender = start(gateway, "call-1", agent={"id": "a1"}, queue="billing")
    say(sender, MANAGER)
    raised = told[0].until("alert.raised")
    assert raised["by"] == "policy" and raised["team"] == "red" and raised["queue"] == "billing"
    assert raised["alert"]["state"] == "raised" and raised["alert"]["severity"] == "high"
    assert raised["alert"]["words"] == "speak to a manager"

    base = f"/v1/calls/call-1/alerts/{raised['alert']['id']}"
    done = post(gateway, f"{base}/acknowledge", {"note": "listening in"})
    assert done.status_code == 200 and done.json()["state"] == "acknowledged"
    assert told[0].until("alert.acknowledged")["note"] == "listening in"
    assert post(gateway, f"{base}/assign", {"person": "joe"}).json()["assigned"] == "joe"
    say(sender, MANAGER, MANAGER)
    escalated = told[0].until("alert.escalated")
    assert escalated["reason"] == "repeated" and escalated["alert"]["severity"] == "critical"
    assert escalated["alert"]["state"] == "raised" and escalated["alert"]["count"] == 3

    assert post(gateway, f"{base}/snooze", {"for_s": 1}).json()["state"] == "snoozed"
    assert told[0].until("alert.reopened")["reason"] == "snooze_over"
    history = gateway.get("/v1/calls/call-1/alerts").json()["alerts"][0]["history"]
    assert [step["change"] for step in history] == [
        "raised", "acknowledged", "assigned", "escalated", "snoozed", "reopened"]

    assert post(gateway, f"{base}/clear", {"note": "called back"}).status_code == 200
    assert post(gateway, f"{base}/clear").status_code == 200
    assert post(gateway, f"{base}/snooze", {"for_s": 60}).status_code == 409
    sender.stop()
    ended = told[0].until("call.ended")
    told[1].until("call.ended")
    assert ended["alerts"] == 1
    assert ended["alert_counts"] == {"raised": 1, "repeated": 2, "escalated": 1, "acknowledged": 1,
                                     "snoozed": 1, "reopened": 1, "assigned": 1, "cleared": 1,
                                     "suppressed": 0, "open": 0}
    both = [[m for m in one.messages if m["type"] in EVENTS] for one in told]
    assert both[0] == both[1] and {m["type"] for m in both[0]} == set(EVENTS)
    assert gateway.metric("sidetone_alerts_open") == 0
    assert gateway.metric("sidetone_alert_changes_total", change="repeated") == 2


def test_the_end_clears_what_nobody_acknowledged(gateway):
    told = Subscriber(gateway.ws("/v1/events"), events=EVENTS + ["call.ended"])
    sender = start(gateway, "call-1")
    say(sender, MANAGER)
    say(sender, CANCEL)
    told.until("alert.raised")
    second = told.until("alert.raised")["alert"]
    post(gateway, f"/v1/calls/call-1/alerts/{second['id']}/acknowledge")
    sender.stop()
    told.until("call.ended")
    cleared = told.of_type("alert.cleared")
    assert [(m["by"], m["reason"], m["alert"]["category"]) for m in cleared] == [
        ("policy", "call_ended", "manager")]
    left = gateway.get("/v1/alerts").json()["alerts"]
    assert [(row["category"], row["state"]) for row in left] == [("cancellation", "acknowledged")]
    assert post(gateway, f"/v1/calls/call-1/alerts/{second['id']}/clear").status_code == 200
    assert told.until("alert.cleared")["seq"] > told.of_type("call.ended")[0]["seq"]


def test_a_cleared_category_rests(gateway):
    told = Subscriber(gateway.ws("/v1/events"), events=EVENTS + ["call.ended"])
    sender = start(gateway, "call-1")
    say(sender, CANCEL)
    alert = told.until("alert.raised")["alert"]
    post(gateway, f"/v1/calls/call-1/alerts/{alert['id']}/clear")
    told.until("alert.cleared")
    say(sender, CANCEL)
    sender.stop()
    counts = told.until("call.ended")["alert_counts"]
    assert counts["raised"] == 1 and counts["suppressed"] == 1
    assert gateway.metric("sidetone_alerts_suppressed_total") == 1


def test_snapshots_and_resumes_show_where_alerts_stand(gateway):
    told = Subscriber(gateway.ws("/v1/events"), events=EVENTS)
    sender = start(gateway, "call-1")
    say(sender, MANAGER)
    raised = told.until("alert.raised")
    told.ws.close()
    post(gateway, f"/v1/calls/call-1/alerts/{raised['alert']['id']}/acknowledge")
    fresh = Subscriber(gateway.ws("/v1/events"))
    state = fresh.until("snapshot")["call"]
    assert [alert["state"] for alert in state["alerts"]] == ["acknowledged"]
    assert state["alert_counts"]["open"] == 1
    resumed = Subscriber(gateway.ws("/v1/events"), events=EVENTS, resume={"call-1": raised["seq"]})
    assert resumed.until("alert.acknowledged")["alert"]["state"] == "acknowledged"
    resumed.until("snapshot.end", calls=0)
    sender.close()


def test_routes_by_team_queue_and_agent(gateway):
    wanted = {"teams": ["red"]}, {"teams": ["blue"]}, {"queues": ["sales"]}, {"agents": ["a1"]}
    told = [Subscriber(gateway.ws("/v1/events"), events=["alert.raised"], **one) for one in wanted]
    for one in told:
        one.until("snapshot.end")
    red = start(gateway, "call-red", agent={"id": "a1"}, queue="billing")
    blue = start(gateway, "call-blue", attributes={"team": "blue"}, queue="sales")
    for sender in (red, blue):
        say(sender, MANAGER)
    for one, call_id in zip(told, ("call-red", "call-blue", "call-blue", "call-red")):
        assert one.until("alert.raised")["call_id"] == call_id
    for query, calls in (("team=red", ["call-red"]), ("queue=sales", ["call-blue"]),
                         ("agent=a1&team=blue", []), ("min_severity=critical", [])):
        rows = gateway.get(f"/v1/alerts?{query}").json()["alerts"]
        assert [row["call_id"] for row in rows] == calls, query
    with gateway.get("/v1/events/sse?team=red", stream=True) as response:
        lines = []
        for line in response.iter_lines(chunk_size=1, decode_unicode=True):
            lines.append(line)
            if line == "event: snapshot.end":
                break
    assert any("call-red" in line for line in lines)
    assert not any("call-blue" in line for line in lines)
    red.close()
    blue.close()


def test_tokens_decide(make_gateway):
    gateway = make_gateway(is_dev=False)
    ingest, admin = token("calls:ingest"), token("admin", sub="root")
    told = Subscriber(gateway.ws("/v1/events", bearer=token("calls:read alerts:write")))
    sender = start(gateway, "call-1", bearer=ingest, agent={"id": "a1"})
    say(sender, MANAGER)
    told.until("alert.raised")
    assert told.messages[0]["scopes"] == ["calls:read", "alerts:write"]
    path = "/v1/calls/call-1/alerts/1/acknowledge"
    for bearer, status in ((None, 401), ("x.y.z", 401), (token("calls:read"), 403), (ingest, 403),
                           (token("alerts:write", call="call-2"), 404),
                           (token("alerts:write", agent="a2"), 404),
                           (token("alerts:write", tenant="other"), 404)):
        assert post(gateway, path, bearer=bearer).status_code == status
    assert told.of_type("alert.acknowledged") == []
    assert post(gateway, path, bearer=token("alerts:write", agent="a1", sub="maria")).status_code == 200
    assert told.until("alert.acknowledged")["by"] == "maria"
    assert post(gateway, path.replace("acknowledge", "clear"), bearer=admin).json()["state"] == "cleared"
    assert told.until("alert.cleared")["by"] == "root"
    assert gateway.get("/v1/alerts", bearer=token("alerts:write")).status_code == 403
    sender.close()


def test_a_page_of_another_origin_cannot_act(gateway):
    """Where no token is needed, a browser's question before the request is what keeps it out."""
    told = Subscriber(gateway.ws("/v1/events"))
    sender = start(gateway, "call-1")
    say(sender, MANAGER)
    told.until("alert.raised")
    url = f"http://127.0.0.1:{gateway.port}/v1/calls/call-1/alerts/1/clear"
    for headers in ({"Content-Type": "text/plain"}, {"Content-Type": "application/x-www-form-urlencoded"}, {}):
        assert requests.post(url, data="{}", headers=headers, timeout=20).status_code == 415
    assert requests.options(url, timeout=20).status_code == 405
    sender.close()


def test_many_people_at_once(gateway):
    told = Subscriber(gateway.ws("/v1/events"), events=EVENTS)
    sender = start(gateway, "call-1")
    say(sender, MANAGER)
    told.until("alert.raised")
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        def act(i):
            verb, body = (("acknowledge", {}), ("assign", {"person": f"p{i}"}))[i % 2]
            return post(gateway, f"/v1/calls/call-1/alerts/1/{verb}", body).status_code
        assert set(pool.map(act, range(64))) == {200}
    assert post(gateway, "/v1/calls/call-1/alerts/1/clear").status_code == 200
    told.until("alert.cleared")
    assert len(told.of_type("alert.acknowledged")) == 1
    assert len(told.of_type("alert.assigned")) == 32
    sender.close()


def test_a_call_that_was_forgotten_says_so(make_gateway):
    gateway = make_gateway(config={"calls": {"keep_ended_s": 0}})
    told = Subscriber(gateway.ws("/v1/events"))
    sender = start(gateway, "call-1")
    say(sender, MANAGER)
    told.until("alert.raised")
    post(gateway, "/v1/calls/call-1/alerts/1/acknowledge")
    sender.stop()
    told.until("call.ended")
    end = time.monotonic() + 20
    while post(gateway, "/v1/calls/call-1/alerts/1/clear", {"note": "x"}).status_code == 200:
        assert time.monotonic() < end
    answer = post(gateway, "/v1/calls/call-1/alerts/1/clear")
    assert answer.status_code == 404 and "ended too long ago" in answer.json()["error"]["message"]


# ---- the command line ----


def test_the_command_line(gateway):
    url = ("--url", f"ws://127.0.0.1:{gateway.port}")
    watch = Background("alerts", "--watch", *url)
    watch.until(lambda lines: "no alerts" in lines)
    events = Background("alerts", "--watch", "--json", *url)
    sender = start(gateway, "call 1/2", agent={"id": "a1", "name": "Ann"}, queue="billing")
    say(sender, MANAGER)
    watch.until(lambda lines: any("ALERT high manager" in line for line in lines))

    listed = run("alerts", *url).stdout.splitlines()
    assert listed[0].split()[:4] == ["CALL", "ALERT", "SEVERITY", "CATEGORY"]
    assert "call 1/2" in listed[1] and "Ann" in listed[1] and "raised" in listed[1]
    rows = json.loads(run("alerts", "--json", "--team", "red", *url).stdout)["alerts"]
    assert [row["call_id"] for row in rows] == ["call 1/2"]
    assert run("alerts", "--team", "blue", *url).stdout == "no alerts\n"

    done = run("alerts", "ack", "call 1/2", 1, "--note", "listening", *url)
    assert done.returncode == 0 and done.stdout == (
        "alert 1 of call 1/2: acknowledged (manager, high)\n")
    assert json.loads(run("alerts", "assign", "call 1/2", 1, "joe", "--json", *url).stdout)["assigned"] == "joe"
    assert run("alerts", "snooze", "call 1/2", 1, "--for", "5m", *url).returncode == 0
    assert "snoozed, 4:5" in run("alerts", *url).stdout or "snoozed, 5:00" in run("alerts", *url).stdout
    assert run("alerts", "clear", "call 1/2", 1, *url).returncode == 0
    assert run("alerts", *url).stdout == "no alerts\n"
    assert "cleared" in run("alerts", "--all", *url).stdout
    late = run("alerts", "ack", "call 1/2", 1, *url)
    assert late.returncode == 1 and "the alert has been cleared" in late.stderr
    assert run("alerts", "ack", "call-9", 1, *url).returncode == 1
    watch.until(lambda lines: any("alert 1 cleared by anonymous: manager, high" in line for line in lines))
    events.until(lambda lines: any(json.loads(line)["type"] == "alert.cleared" for line in lines))
    for one in (watch, events):
        one.process.terminate()
        assert one.wait() == 0
    sender.close()


def test_the_command_line_without_a_gateway_or_a_token(make_gateway, tmp_path):
    gateway = make_gateway(is_dev=False)
    url = ("--url", f"http://127.0.0.1:{gateway.port}/v1/events")
    refused = run("alerts", *url)
    assert refused.returncode == 4 and "a token is needed" in refused.stderr
    weak = run("alerts", "ack", "c", 1, *url, "--token", token("calls:read"))
    assert weak.returncode == 4 and "alerts:write is needed" in weak.stderr
    assert run("alerts", *url, "--token", token("calls:read")).stdout == "no alerts\n"
    nobody = run("alerts", "--url", "ws://127.0.0.1:1")
    assert nobody.returncode == 4 and "connection refused" in nobody.stderr
