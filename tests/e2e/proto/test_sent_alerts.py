"""What a gateway sends of alerts and of changed categories and scripts keeps to the schemas of proto/."""

import requests
import pytest
from contract import check
from senders import Pcm

from subscriber import Subscriber

CHANGES = ("raised", "repeated", "escalated", "acknowledged", "snoozed", "reopened", "assigned", "cleared")


@pytest.fixture
def gateway(make_gateway):
    return make_gateway(config={"alerts": {"escalate_count": 2},
                                "teams": [{"name": "red", "agents": ["a1"]}]})


def ask(gateway, method, path, body=None, **headers):
    return requests.request(method, f"http://127.0.0.1:{gateway.port}{path}", json=body, headers=headers,
                            timeout=20)


def test_every_change_of_an_alert_and_every_answer(gateway):
    told = Subscriber(gateway.ws("/v1/events"))
    told.until("snapshot.end")
    sender = Pcm(gateway, "call-1", agent={"id": "a1"}, queue="billing")
    sender.say(customer=[(4, 1500), (0, 1200), (4, 1500), (0, 1200)])
    told.until("alert.escalated")
    path = "/v1/calls/call-1/alerts/1"
    check(ask(gateway, "POST", f"{path}/acknowledge", {"note": "x"}).json(), "rest.alert")
    check(ask(gateway, "POST", f"{path}/assign", {"person": "joe"}).json(), "rest.alert")
    check(ask(gateway, "POST", f"{path}/snooze", {"for_s": 1}).json(), "rest.alert")
    told.until("alert.reopened")
    check(ask(gateway, "GET", "/v1/alerts?limit=1").json(), "rest.alerts")
    check(ask(gateway, "GET", "/v1/calls/call-1").json(), "rest.call")
    check(ask(gateway, "POST", f"{path}/clear", {}).json(), "rest.alert")
    check(ask(gateway, "GET", "/v1/calls/call-1/alerts").json(), "rest.call.alerts")
    for refused in (ask(gateway, "POST", f"{path}/acknowledge", {}), ask(gateway, "POST", f"{path}/snooze", {}),
                    ask(gateway, "POST", "/v1/calls/none/alerts/1/clear", {}), ask(gateway, "GET", f"{path}/clear"),
                    requests.post(f"http://127.0.0.1:{gateway.port}{path}/clear", timeout=20)):
        assert refused.status_code >= 400
        check(refused.json(), "rest.error")
    sender.stop()
    told.until("call.ended")
    late = Subscriber(gateway.ws("/v1/events"))
    late.until("snapshot.end")
    for message in told.messages + late.messages:
        check(message)
    assert {f"alert.{change}" for change in CHANGES} <= {message["type"] for message in told.messages}


def test_answers_about_categories(gateway):
    path = "/v1/categories/refund"
    made = ask(gateway, "PUT", path, {"phrases": ["refund"], "severity": "low"})
    check(made.json(), "rest.category")
    check(ask(gateway, "GET", "/v1/categories/manager").json(), "rest.category")
    check(ask(gateway, "GET", "/v1/categories").json(), "rest.categories")
    check(ask(gateway, "PATCH", path, {"severity": "loud"}, **{"If-Match": "*"}).json(), "rest.invalid")
    for refused in (ask(gateway, "PUT", path, {"phrases": ["a"]}), ask(gateway, "GET", "/v1/categories/none"),
                    ask(gateway, "PUT", "/v1/categories/manager", {"phrases": ["a"]}),
                    ask(gateway, "DELETE", path, **{"If-Match": '"x"'}), ask(gateway, "GET", "/v1/audit?x=1")):
        assert refused.status_code >= 400
        check(refused.json(), "rest.error")
    check(ask(gateway, "DELETE", path, **{"If-Match": made.headers["etag"]}).json(), "rest.deleted")
    check(ask(gateway, "GET", "/v1/audit?limit=1").json(), "rest.audit")


def test_answers_about_scripts(gateway):
    path = "/v1/scripts/opening"
    made = ask(gateway, "PUT", path, {"steps": ["hello there", {"say": ["how are you"], "optional": True}]})
    check(made.json(), "rest.script")
    check(ask(gateway, "PATCH", path, {"role": "customer"}, **{"If-Match": "*"}).json(), "rest.script")
    check(ask(gateway, "GET", path).json(), "rest.script")
    check(ask(gateway, "GET", "/v1/scripts").json(), "rest.scripts")
    check(ask(gateway, "PATCH", path, {"steps": []}, **{"If-Match": "*"}).json(), "rest.invalid")
    for refused in (ask(gateway, "PUT", path, {"steps": ["a b"]}), ask(gateway, "GET", "/v1/scripts/none"),
                    ask(gateway, "DELETE", path, **{"If-Match": made.headers["etag"]})):
        assert refused.status_code >= 400
        check(refused.json(), "rest.error")
    check(ask(gateway, "DELETE", path, **{"If-Match": "*"}).json(), "rest.deleted")
    check(ask(gateway, "GET", "/v1/audit?limit=1").json(), "rest.audit")
