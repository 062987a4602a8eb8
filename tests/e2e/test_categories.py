"""Categories that are changed while calls run: by REST and the command line, kept, audited, in force at once."""
import concurrent.futures
import json
import signal
import time

import pytest
import requests
from cli import run
from gateway import token
from senders import Pcm

from subscriber import Subscriber

WONDERFUL = {"severity": "medium", "phrases": ["you have been wonderful"]}
REFUND = {"severity": "low", "description": "Money goes back.", "phrases": ["refund the charge"]}


class Rest:
    def __init__(self, gateway, bearer=None):
        self.base = f"http://127.0.0.1:{gateway.port}"
        self.headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}

    def ask(self, method, path, body=None, etag=None, **headers):
        if etag:
            headers["If-Match"] = etag
        data = body if isinstance(body, (str, bytes)) else json.dumps(body) if body is not None else None
        if data is not None:
            headers.setdefault("Content-Type", "application/json")
        return requests.request(method, self.base + path, data=data, timeout=20,
                                headers={**self.headers, **headers})

    def get(self, path):
        return self.ask("GET", path)

    def put(self, name, body, etag=None, **headers):
        return self.ask("PUT", f"/v1/categories/{name}", body, etag, **headers)


@pytest.fixture
def rest(gateway):
    return Rest(gateway)


def call(gateway, call_id, sentence):
    sender = Pcm(gateway, call_id)
    sender.receive()
    say(sender, sentence)
    return sender


def say(sender, sentence):
    sender.say(agent=[(sentence, 1500), (0, 1200)])


def test_a_category_of_a_running_call_changes_at_once(gateway, rest):
    told = Subscriber(gateway.ws("/v1/events"), events=["transcript.final", "category.matched"])
    told.until("snapshot.end")
    sender = call(gateway, "call-1", 5)
    told.until("transcript.final")
    made = rest.put("refund", REFUND)
    assert made.status_code == 201 and made.json()["persisted"] is False
    assert made.headers["etag"] == f'"{made.json()["version"]}"'
    say(sender, 5)
    matched = told.until("category.matched")
    assert matched["category"] == "refund" and matched["rule_version"] == made.json()["version"]
    changed = rest.ask("PATCH", "/v1/categories/refund", {"rules": [{"phrase": "i am sorry"}]}, made.headers["etag"])
    assert changed.status_code == 200 and changed.json()["document"]["description"] == "Money goes back."
    say(sender, 5)
    matched = told.until("category.matched")
    assert matched["words"] == "i am sorry" and matched["rule_version"] == changed.json()["version"]
    gone = rest.ask("DELETE", "/v1/categories/refund", etag=changed.headers["etag"])
    assert gone.status_code == 200 and gone.json() == {"deleted": True}
    say(sender, 5)
    told.until("transcript.final")
    assert len(told.of_type("category.matched")) == 2
    assert rest.get("/v1/categories/refund").status_code == 404
    sender.close()


def test_versions_keep_people_from_undoing_each_other(rest):
    made = rest.put("refund", REFUND)
    again = rest.put("refund", REFUND, made.headers["etag"])
    assert again.status_code == 200 and again.headers["etag"] == made.headers["etag"]
    assert rest.put("refund", WONDERFUL).status_code == 428
    assert rest.put("refund", WONDERFUL, '"0123456789abcdef"').status_code == 412
    assert rest.put("refund", WONDERFUL, f'W/{made.headers["etag"]}').status_code == 412
    assert rest.put("refund", WONDERFUL, **{"If-None-Match": "*"}).status_code == 412
    assert rest.put("other", WONDERFUL, '"0123456789abcdef"').status_code == 412
    assert rest.ask("PATCH", "/v1/categories/refund", {"severity": "high"}).status_code == 428
    assert rest.ask("DELETE", "/v1/categories/refund").status_code == 428
    assert rest.ask("DELETE", "/v1/categories/none", etag="*").status_code == 404
    second = rest.put("refund", WONDERFUL, f'"x", {made.headers["etag"]}')
    assert second.status_code == 200 and second.headers["etag"] != made.headers["etag"]
    assert rest.put("refund", REFUND, made.headers["etag"]).status_code == 412
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        def change(i):
            return rest.put("refund", {"phrases": [f"phrase {i}"]}, second.headers["etag"]).status_code
        assert sorted(pool.map(change, range(8))) == [200] + [412] * 7


def test_what_is_written_is_listed_beside_the_configuration(rest):
    rest.put("refund", REFUND)
    rows = rest.get("/v1/categories").json()
    assert rows["tenant"] == "default"
    shown = {row["name"]: (row["source"], row["severity"]) for row in rows["categories"]}
    assert shown == {"cancellation": ("configuration", "medium"), "greeting": ("configuration", "none"),
                     "manager": ("configuration", "high"), "refund": ("live", "low")}
    one = rest.get("/v1/categories/manager")
    assert one.json()["source"] == "configuration" and one.json()["document"]["name"] == "manager"
    for method, body in (("PUT", REFUND), ("PATCH", {}), ("DELETE", None)):
        refused = rest.ask(method, "/v1/categories/manager", body, one.headers["etag"])
        assert refused.status_code == 409 and refused.json()["error"]["code"] == "read_only"


@pytest.mark.parametrize("body, line, words", [
    ('{"phrases": []}', 1, "phrases"),
    ('{\n "severity": "loud",\n "phrases": ["a"]}', 2, "severity"),
    ('{\n\n "phrasse": ["a"]}', 3, "did you mean 'phrases'"),
    ("phrases: [a\n", 2, "YAML"),
    ('{"name": "else", "phrases": ["a"]}', 1, "name"),
    ('{"rules": [{"category": "nobody"}]}', 1, "nobody"),
    ('{"rules": [{"category": "refund"}]}', 1, "refund"),
    ("rules:\n- phrase: hello\n- category: nobody\n", 3, "nobody"),
    ("", 1, "rules"),
    (b'{"phrases":\n ["a\xff"]}', 2, "UTF-8"),
    ('{"phrases":\n ["%s"]}' % ("x" * 1000000), 2, "longer than 2000 bytes"),
    ('{\n"phrases": [%s]}' % ",".join(f'"w{i}"' for i in range(100000)), 2, "more than 50000"),
    ('{"rules": [{"phrase": "a",\n"range": {"from_s": 20, "until_s": 10}}]}', 2, "ends before it begins"),
])
def test_a_document_that_makes_no_sense_is_refused_with_its_place(rest, body, line, words):
    before = rest.get("/v1/categories").json()
    refused = rest.put("refund", body)
    assert refused.status_code == 422
    problems = refused.json()["error"]["problems"]
    assert problems[0]["line"] == line and words in problems[0]["problem"], problems
    assert rest.get("/v1/categories").json() == before


def test_what_is_larger_than_a_body_may_be_is_refused(rest):
    refused = rest.put("refund", '{"phrases": ["%s"]}' % ("x" * (1 << 20)))
    assert refused.status_code == 413
    assert rest.get("/v1/categories/refund").status_code == 404


def test_a_category_that_another_needs_stays(rest):
    base = rest.put("refund", REFUND)
    assert rest.put("both", {"rules": [{"category": "refund"}, {"phrase": "sorry"}]}).status_code == 201
    refused = rest.ask("DELETE", "/v1/categories/refund", etag=base.headers["etag"])
    assert refused.status_code == 422 and "refund" in refused.json()["error"]["problems"][0]["problem"]


def test_yaml_is_taken_as_well_and_nothing_else(rest):
    text = "severity: high\nphrases:\n  - you have been wonderful\n"
    made = rest.put("a b%2Fc", text, **{"Content-Type": "application/yaml"})
    assert made.status_code == 201 and made.json()["name"] == "a b/c"
    assert rest.get("/v1/categories/a%20b%2Fc").json()["document"]["severity"] == "high"
    assert rest.put("x", text, **{"Content-Type": "text/plain"}).status_code == 415
    assert rest.put("x" * 129, REFUND).status_code == 404
    assert rest.ask("POST", "/v1/categories/x", {}).status_code == 405
    assert rest.ask("PUT", "/v1/categories", {}).status_code == 405
    assert rest.ask("PATCH", "/v1/categories/a%20b%2Fc", "{", etag="*").status_code == 422


def test_what_is_kept_is_there_after_a_restart(make_gateway, tmp_path):
    folder = tmp_path / "rules"
    config = {"rules": {"folder": str(folder)}, "tenants": [{"name": "default"}, {"name": "acme"}]}
    config["tenants"] = [{"name": name, "routes": [{"engines": ["vosk"]}]} for name in ("default", "acme")]
    first = make_gateway(config=config)
    rest = Rest(first)
    made = rest.put("refund", REFUND)
    assert made.json()["persisted"] is True
    assert rest.put("refund?tenant=acme", WONDERFUL).status_code == 201
    assert rest.put("gone", WONDERFUL).status_code == 201
    assert rest.ask("DELETE", "/v1/categories/gone", etag="*").status_code == 200
    assert rest.put("refund?tenant=nobody", WONDERFUL).status_code == 404
    first.process.send_signal(signal.SIGKILL)
    first.process.wait(20)
    first.process.returncode = 0
    broken = folder / "default" / "categories" / "000099-broken.json"
    broken.write_text('{"name": "broken", "document": {"phrases": []}}')
    second = make_gateway(config=config)
    rest = Rest(second)
    kept = rest.get("/v1/categories/refund")
    assert kept.json() == made.json() and kept.headers["etag"] == made.headers["etag"]
    assert rest.get("/v1/categories/refund?tenant=acme").json()["document"]["severity"] == "medium"
    assert rest.get("/v1/categories/gone").status_code == 404
    assert "000099-broken.json" in second.log()
    assert [row["action"] for row in rest.get("/v1/audit").json()["changes"]] == [
        "delete", "put", "put", "put"]
    assert not list(folder.rglob("*.new"))


def test_tenants_have_their_own(make_gateway):
    tenants = [{"name": name, "routes": [{"engines": ["vosk"]}]} for name in ("default", "acme")]
    gateway = make_gateway(is_dev=False, config={"tenants": tenants})
    acme = Rest(gateway, token("rules:write calls:read", tenant="acme", sub="ann"))
    assert acme.put("refund", REFUND).status_code == 201
    assert acme.put("refund?tenant=default", REFUND).status_code == 404
    reader = Rest(gateway, token("calls:read"))
    assert reader.get("/v1/categories/refund").status_code == 404
    assert reader.get("/v1/categories/refund?tenant=acme").json()["by"] == "ann"
    assert reader.put("x", REFUND).status_code == 403
    assert Rest(gateway).get("/v1/categories").status_code == 401
    assert Rest(gateway, token("rules:write")).get("/v1/categories").status_code == 403
    told = Subscriber(gateway.ws("/v1/events", bearer=token("calls:read")), events=["category.matched", "call.ended"])
    told.until("snapshot.end")
    for path in ("/v1/ingest/pcm/default", "/v1/ingest/pcm/acme"):
        sender = Pcm(gateway, path[-7:], bearer=token("calls:ingest"), path=path)
        sender.receive()
        say(sender, 5)
        sender.stop()
        told.until("call.ended")
    assert [m["call_id"] for m in told.of_type("category.matched")] == ["cm/acme"]


def test_the_audit_is_for_admins(make_gateway):
    gateway = make_gateway(is_dev=False)
    ann = Rest(gateway, token("rules:write", sub="ann"))
    made = ann.put("refund", REFUND)
    ann.ask("PATCH", "/v1/categories/refund", {"severity": "high"}, made.headers["etag"])
    ann.put("bad", {"phrases": []})
    assert ann.get("/v1/audit").status_code == 403
    admin = Rest(gateway, token("admin", sub="root"))
    page = admin.get("/v1/audit").json()
    assert [(row["id"], row["by"], row["action"], row["name"]) for row in page["changes"]] == [
        (2, "ann", "patch", "refund"), (1, "ann", "put", "refund")]
    assert page["changes"][0]["from_version"] == page["changes"][1]["to_version"]
    first = admin.get("/v1/audit?limit=1").json()
    assert first["next"] == 2
    assert admin.get("/v1/audit?limit=1&before=2").json()["changes"] == [page["changes"][1]]
    assert admin.get("/v1/audit?tenant=acme").json()["changes"] == []
    assert admin.get("/v1/audit?limit=0").status_code == 400


def test_a_reload_of_the_configuration_leaves_what_people_wrote(make_gateway):
    gateway = make_gateway()
    rest = Rest(gateway)
    rest.put("refund", REFUND)
    gateway.config_path.write_text(gateway.config_path.read_text() +
                                   "\n# changed\n")
    gateway.process.send_signal(signal.SIGHUP)
    end = time.monotonic() + 20
    while "reloaded:" not in gateway.log():
        assert time.monotonic() < end, gateway.log()
        time.sleep(0.05)
    assert rest.get("/v1/categories/refund").json()["in_force"] is True
    told = Subscriber(gateway.ws("/v1/events"), events=["category.matched"])
    told.until("snapshot.end")
    sender = call(gateway, "call-1", 5)
    assert told.until("category.matched")["category"] == "refund"
    sender.close()


def test_many_changes_under_live_calls_lose_and_double_nothing(gateway, rest):
    """Every word is matched once, whichever version was in force when it came."""
    told = Subscriber(gateway.ws("/v1/events"), events=["category.matched", "call.ended"])
    told.until("snapshot.end")
    senders = [Pcm(gateway, f"call-{i}") for i in range(4)]
    etag = rest.put("refund", REFUND).headers["etag"]
    for i in range(40):
        changed = rest.put("refund", {**REFUND, "description": f"version {i}"}, etag)
        assert changed.status_code == 200
        etag = changed.headers["etag"]
        if i % 10 == 0:
            for sender in senders:
                say(sender, 5)
    for sender in senders:
        sender.stop()
    for _ in senders:
        told.until("call.ended")
    found = [m["call_id"] for m in told.of_type("category.matched")]
    assert sorted(found) == sorted(f"call-{i}" for i in range(4) for _ in range(4))


# ---- the command line ----


def test_the_command_line(gateway, tmp_path):
    url = ("--url", f"ws://127.0.0.1:{gateway.port}")
    file = tmp_path / "refund.yaml"
    file.write_text("severity: low\nphrases: [refund the charge]\n")
    made = run("categories", "put", "refund", file, *url)
    assert made.returncode == 0 and made.stdout.startswith("refund: in force, version "), made
    assert "until the restart" in made.stdout
    document = json.loads(run("categories", "get", "refund", *url).stdout)
    assert document["name"] == "refund" and document["severity"] == "low"
    whole = json.loads(run("categories", "get", "refund", "--json", *url).stdout)
    listed = run("categories", "list", *url).stdout.splitlines()
    assert [line.split()[0] for line in listed] == ["NAME", "cancellation", "greeting", "manager", "refund"]
    assert whole["version"] in listed[-1]
    patched = run("categories", "patch", "refund", "-", *url, "--version", whole["version"],
                  input='{"severity": "high"}')
    assert patched.returncode == 0, patched.stderr
    late = run("categories", "put", "refund", file, *url, "--version", whole["version"])
    assert late.returncode == 1 and "not (any more) what you saw" in late.stderr
    file.write_text("phrases:\n  - ok\nseverity: loud\n")
    broken = run("categories", "put", "refund", file, *url)
    assert broken.returncode == 1 and ":3:" in broken.stderr and "severity" in broken.stderr
    assert run("categories", "delete", "manager", *url).returncode == 1
    assert run("categories", "delete", "refund", *url).stdout == "refund: deleted\n"
    assert run("categories", "get", "refund", *url).returncode == 1
    changes = run("categories", "audit", *url).stdout.splitlines()
    assert [line.split()[3] for line in changes[1:]] == ["delete", "patch", "put"]


# ---- what people should know ----

OFF = "rule 2: matches nothing without the embedding model"
FEW = "rule 2: learns from 1 sentence; 5 to 10 find much more"


def test_a_rule_by_meaning_without_its_model_says_so(make_gateway, tmp_path):
    gateway = make_gateway(environment={"SIDETONE_MODELS": str(tmp_path)})
    rest = Rest(gateway)
    made = rest.put("refund", {"rules": [{"phrase": "refund"}, {"semantic": ["give me my money back"]}]})
    assert made.status_code == 201 and made.json()["notes"] == [OFF, FEW]
    assert rest.get("/v1/categories/refund").json() == made.json()
    rows = {row["name"]: row["notes"] for row in rest.get("/v1/categories").json()["categories"]}
    assert rows == {"cancellation": [], "greeting": [], "manager": [], "refund": [OFF, FEW]}
    url = ("--url", f"ws://127.0.0.1:{gateway.port}")
    assert run("categories", "list", *url).stdout.splitlines()[-2:] == [f"refund: {OFF}", f"refund: {FEW}"]
    got = run("categories", "get", "refund", *url)
    assert json.loads(got.stdout)["name"] == "refund" and got.stderr == f"refund: {OFF}\nrefund: {FEW}\n"
    put = run("categories", "put", "refund", "-", *url, input=got.stdout)
    assert put.returncode == 0 and put.stdout.splitlines()[1:] == [f"refund: {OFF}", f"refund: {FEW}"]


# ---- scripts ----

OPENING = {"steps": [{"name": "welcome", "say": ["thank you for calling how can i help"]},
                     {"name": "sorry", "say": ["i am sorry", "i apologize"], "optional": True}]}


def progress(told):
    message = told.until("script.updated")["progress"]
    return message["script"], message["percent"], [step["state"] for step in message["steps"]]


def test_a_script_of_a_running_call_changes_at_once(gateway, rest):
    told = Subscriber(gateway.ws("/v1/events"), events=["transcript.final", "script.updated", "call.ended"])
    told.until("snapshot.end")
    sender = call(gateway, "call-1", 1)
    told.until("transcript.final")
    made = rest.ask("PUT", "/v1/scripts/opening", OPENING)
    assert made.status_code == 201 and made.json()["persisted"] is False, made.text
    assert made.json()["document"]["steps"] == OPENING["steps"]
    say(sender, 1)
    assert progress(told) == ("opening", 100, ["said", "open"])
    steps = [*OPENING["steps"], {"name": "end", "say": ["goodbye"]}]
    changed = rest.ask("PATCH", "/v1/scripts/opening", {"steps": steps}, made.headers["etag"])
    assert changed.status_code == 200 and changed.json()["document"]["steps"] == steps
    say(sender, 5)
    assert progress(told) == ("opening", 50, ["said", "said", "open"])
    other = rest.ask("PUT", "/v1/scripts/closing", {"steps": ["goodbye"]})
    assert other.status_code == 201
    assert rest.ask("DELETE", "/v1/scripts/opening", etag=changed.headers["etag"]).json() == {"deleted": True}
    say(sender, 7)
    assert progress(told) == ("closing", 100, ["said"])
    sender.stop()
    told.until("call.ended")
    assert told.of_type("script.updated")[-1]["progress"]["final"] is True
    assert len(told.of_type("script.updated")) == 4
    shown = rest.get("/v1/calls/call-1").json()["scripts"]
    assert [script["script"] for script in shown] == ["opening", "closing"]


def test_scripts_are_kept_to_their_versions_and_place(rest):
    made = rest.ask("PUT", "/v1/scripts/opening", OPENING)
    assert rest.ask("PUT", "/v1/scripts/opening", OPENING).status_code == 428
    assert rest.ask("PUT", "/v1/scripts/opening", OPENING, '"0123456789abcdef"').status_code == 412
    again = rest.ask("PUT", "/v1/scripts/opening", made.json()["document"], made.headers["etag"])
    assert again.status_code == 200 and again.headers["etag"] == made.headers["etag"]
    refused = rest.ask("PUT", "/v1/scripts/opening", '{"steps": [\n"hello",\n"[NAME]"]}', made.headers["etag"])
    assert refused.status_code == 422
    assert refused.json()["error"]["problems"][0]["line"] == 3, refused.text
    rows = rest.get("/v1/scripts").json()
    assert [(row["name"], row["version"]) for row in rows["scripts"]] == [("opening", made.json()["version"])]
    assert "opening" not in [row["name"] for row in rest.get("/v1/categories").json()["categories"]]
    assert rest.get("/v1/scripts/closing").status_code == 404
    assert rest.ask("PUT", "/v1/scripts", {}).status_code == 405
    audit = rest.get("/v1/audit").json()["changes"]
    assert [(row["kind"], row["action"], row["name"]) for row in audit] == [("scripts", "put", "opening")]


def test_scripts_of_the_configuration_and_of_people(make_gateway, tmp_path):
    rules = tmp_path / "rules.yaml"
    rules.write_text("scripts:\n- {name: fixed, steps: [thank you for calling how can i help]}\n")
    config = {"rules": {"folder": str(tmp_path / "kept"), "files": [str(rules)]},
              "tenants": [{"name": name, "routes": [{"engines": ["vosk"]}]} for name in ("default", "acme")]}
    first = make_gateway(config=config)
    rest = Rest(first)
    fixed = rest.get("/v1/scripts/fixed")
    assert fixed.json()["source"] == "configuration"
    assert rest.ask("DELETE", "/v1/scripts/fixed", etag=fixed.headers["etag"]).status_code == 409
    made = rest.ask("PUT", "/v1/scripts/opening?tenant=acme", OPENING)
    assert made.status_code == 201 and made.json()["persisted"] is True
    first.process.send_signal(signal.SIGKILL)
    first.process.wait(20)
    first.process.returncode = 0
    second = make_gateway(config=config)
    rest = Rest(second)
    assert rest.get("/v1/scripts/opening?tenant=acme").json() == made.json()
    assert [row["name"] for row in rest.get("/v1/scripts?tenant=acme").json()["scripts"]] == ["fixed", "opening"]
    assert [row["name"] for row in rest.get("/v1/scripts").json()["scripts"]] == ["fixed"]


def test_the_command_line_has_scripts_too(gateway, tmp_path):
    url = ("--url", f"ws://127.0.0.1:{gateway.port}")
    file = tmp_path / "opening.yaml"
    file.write_text("steps:\n- hello and welcome\n")
    assert run("scripts", "list", *url).stdout == "no scripts\n"
    made = run("scripts", "put", "opening", file, *url)
    assert made.returncode == 0 and made.stdout.startswith("opening: in force, version "), made
    assert run("scripts", "patch", "opening", "-", *url, input='{"within_s": 60}').returncode == 0
    document = json.loads(run("scripts", "get", "opening", *url).stdout)
    assert document == {"name": "opening", "role": "agent", "within_s": 60,
                        "steps": [{"say": ["hello and welcome"]}]}
    listed = run("scripts", "list", *url).stdout.splitlines()
    assert [line.split()[0] for line in listed] == ["NAME", "opening"] and "SEVERITY" not in listed[0]
    file.write_text("steps:\n- hello\nrole: boss\n")
    broken = run("scripts", "put", "opening", file, *url)
    assert broken.returncode == 1 and "sidetone scripts" in broken.stderr and ":3:" in broken.stderr
    assert run("scripts", "delete", "opening", *url).stdout == "opening: deleted\n"
    assert run("scripts", "get", "opening", *url).returncode == 1
    assert {line.split()[4] for line in run("scripts", "audit", *url).stdout.splitlines()[1:]} == {"scripts"}
