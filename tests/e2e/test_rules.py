"""Rules, from speech to a subscriber's event; their files, reloads and dry runs."""
import json
import pathlib
import signal
import subprocess
import sys
import time

import pytest
from ruamel.yaml import YAML

from gateway import BINARY
from senders import Pcm
from subscriber import Subscriber

sys.path.insert(0, str(pathlib.Path(__file__).parent / "proto"))
from contract import check  # noqa: E402

LEXICON = "angry\t-2.3\nterrible\t-2.1\nwonderful\t2.7\ngreat\t3.1\n"

# What each kind should find in CALL, and in which rule.
KINDS = {
    "phrase": {"phrase": ["speak ... manager"], "role": "customer"},
    "absent-soon": {"phrase": "welcome", "role": "agent", "range": {"first_s": 2}, "absent": True},
    "absent-at-all": {"phrase": "goodbye", "absent": True},
    "share": {"phrase": "problem", "range": {"first_pct": 60}},
    "then": {"sequence": {"first": {"phrase": "terrible", "role": "customer"},
                          "then": {"phrase": "sorry", "role": "agent"}, "within_s": 10}},
    "without": {"sequence": {"first": "problem", "without": "solved", "within_s": 2}},
    "interruption": {"interruption": {"total_above_s": 2}, "role": "agent"},
    "overlap": {"overlap": {"total_above_s": 2}},
    "non-talk": {"non_talk": {"longest_above_s": 3}},
    "talk-speed": {"talk_speed": {"above_wpm": 100, "over_s": 4}, "role": "agent"},
    "sentiment": {"sentiment": {"label": "negative", "share_pct": 30}, "role": "customer"},
    "duration": {"duration": {"above_s": 5}},
    "call": {"call": {"queue": "bill*", "attributes": {"tier": "gold"}}},
    "any": {"any": [{"phrase": "nothing"}, {"phrase": "bill"}]},
    "all": {"all": [{"phrase": "bill"}, {"not": {"phrase": "goodbye", "range": {"first_s": 3}}}]},
    "category": {"category": "phrase"},
}
CALL = {"agent": [(1, 1500), (0, 6000), (5, 5000), (0, 5500)],
        "customer": [(0, 2000), (2, 1500), (0, 1000), (3, 6000), (0, 500), (4, 2000), (0, 5000)]}


def run(*arguments):
    return subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True, timeout=60)


def write(path, categories):
    with open(path, "w") as file:
        YAML(typ="safe").dump({"categories": categories}, file)
    return path


def wait_for(condition, seconds=15):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.fixture
def every_kind(make_gateway, tmp_path):
    """A gateway whose rules stand in a file, and the file."""
    lexicon = tmp_path / "lexicon.txt"
    lexicon.write_text(LEXICON, encoding="utf-8")
    path = write(tmp_path / "rules.yaml",
                 [{"name": name, "rules": [rule]} for name, rule in KINDS.items()])
    return make_gateway(config={"categories": [], "rules": {"files": [str(path)]},
                                "sentiment": {"lexicon_file": str(lexicon)}}), path, lexicon


def hold_call(gateway):
    told = Subscriber(gateway.ws("/v1/events"))
    told.until("snapshot.end")
    sender = Pcm(gateway, "call-1", queue="billing", attributes={"tier": "gold"})
    sender.say(**CALL)
    sender.stop()
    told.until("call.ended")
    return told


def test_every_kind_reaches_a_subscriber_and_a_dry_run_agrees(every_kind, tmp_path):
    gateway, rules, lexicon = every_kind
    told = hold_call(gateway)
    matched = told.of_type("category.matched")
    for message in matched:
        check(message)
    by_name = {message["category"]: message for message in matched}
    assert set(by_name) == set(KINDS)
    assert not told.of_type("category.withdrawn")
    assert by_name["phrase"]["words"] == "speak to a manager"
    assert by_name["absent-soon"]["evidence"][0] | {"absent": True, "start_ms": 0, "end_ms": 2000} \
        == by_name["absent-soon"]["evidence"][0]
    assert by_name["then"]["words"] == "terrible … sorry"
    assert by_name["interruption"]["evidence"][0]["score"] > 2
    assert by_name["category"]["evidence"][0]["words"] == "speak to a manager"
    assert len(by_name["all"]["evidence"]) == 2
    kinds = {message["evidence"][0]["kind"] for message in matched}
    assert kinds >= {"phrase", "sequence", "interruption", "overlap", "non_talk", "talk_speed",
                     "sentiment", "duration", "call", "category"}
    # Before the end of the call what can be known before, behind it nothing.
    order = [message["type"] for message in told.messages]
    assert order[-1] == "call.ended"
    soon = order.index("category.matched")
    assert told.messages[soon]["media_ms"] < 12000
    # The same rules over the stored call: the same matches.
    stored = tmp_path / "call.json"
    stored.write_text(gateway.get("/v1/calls/call-1").text, encoding="utf-8")
    dry = run("rules", "test", rules, "--calls", stored, "--lexicon", lexicon, "--json")
    assert dry.returncode == 0, dry.stderr
    found = json.loads(dry.stdout)["calls"][0]["matches"]

    def essence(messages):
        return sorted((m["category"], m["rule"], m["words"], m["rule_version"])
                      for m in messages)

    assert essence(found) == essence(matched)
    shown = run("rules", "rematch", "--rules", rules, "--url", f"http://127.0.0.1:{gateway.port}",
                "--lexicon", lexicon, "call-1")
    assert shown.returncode == 0, shown.stderr
    assert "i want to [speak to a manager] right now" in shown.stdout
    gone = run("rules", "rematch", "--rules", rules, "--url", f"http://127.0.0.1:{gateway.port}",
               "no-such-call")
    assert gone.returncode == 1 and "no-such-call" in gone.stderr


def test_a_partial_is_told_before_its_final(make_gateway):
    gateway = make_gateway(config={"categories": [
        {"name": "manager", "severity": "high", "provisional": True, "phrases": ["to a manager"]}]})
    told = Subscriber(gateway.ws("/v1/events"))
    sender = Pcm(gateway, "call-1")
    sender.say(agent=[(0, 4000)], customer=[(0, 500), (4, 3000), (0, 500)])
    sender.stop()
    told.until("call.ended")
    types = [m["type"] for m in told.messages]
    perhaps, surely = told.of_type("category.provisional"), told.of_type("category.matched")
    for message in perhaps + surely:
        check(message)
    assert len(perhaps) == len(surely) == len(told.of_type("alert.raised")) == 1
    assert perhaps[0]["match_id"] == surely[0]["match_id"]
    assert types.index("category.provisional") < types.index("transcript.final") \
        < types.index("category.matched") < types.index("alert.raised")


def test_a_partial_that_does_not_come_true_is_withdrawn(make_gateway, recogniser):
    gateway = make_gateway(config={"categories": [
        {"name": "manager", "severity": "high", "provisional": True, "phrases": ["manager"]}]})
    answers = iter(["a manager", "a manager", "a man", "a manager"])
    recogniser.answers = lambda message: json.dumps({"partial": next(answers, "a manager")})
    told = Subscriber(gateway.ws("/v1/events"))
    sender = Pcm(gateway, "call-1")
    sender.say(agent=[(1, 600)], customer=[(1, 600)])
    told.until("category.provisional")
    recogniser.answers = lambda message: json.dumps({"text": "a man"})
    sender.say(agent=[(1, 1000)], customer=[(1, 1000)])
    sender.stop()
    told.until("call.ended")
    perhaps, not_so = told.of_type("category.provisional"), told.of_type("category.withdrawn")
    assert {m["match_id"] for m in perhaps} == {m["match_id"] for m in not_so}
    for message in perhaps + not_so:
        check(message)
    assert {m["reason"] for m in not_so} <= {"changed", "final"}
    assert not told.of_type("category.matched") and not told.of_type("alert.raised")


def test_tenants_have_rules_of_their_own(make_gateway, tmp_path):
    own = write(tmp_path / "acme.yaml", [{"name": "acme", "phrases": ["thank you"]}])
    def routes():  # the file's writer would share one list by an anchor
        return [{"name": "default", "engines": ["vosk"]}]

    gateway = make_gateway(config={
        "tenants": [{"name": "default", "routes": routes()},
                    {"name": "acme", "routes": routes(), "rules": {"files": [str(own)]}}],
        "categories": [{"name": "everybody", "phrases": ["how can i help"]}]})
    told = Subscriber(gateway.ws("/v1/events"))
    for call_id, path in (("call-1", "/v1/ingest/pcm"), ("call-2", "/v1/ingest/pcm/acme")):
        sender = Pcm(gateway, call_id, path=path)
        sender.say(agent=[(1, 1500), (0, 500)], customer=[(0, 2000)])
        sender.stop()
        told.until("call.ended", call_id=call_id)
    found = {(m["call_id"], m["category"]) for m in told.of_type("category.matched")}
    assert found == {("call-1", "everybody"), ("call-2", "everybody"), ("call-2", "acme")}


def test_a_running_call_takes_new_rules_and_keeps_what_has_not_changed(make_gateway, tmp_path):
    stays = {"name": "stays", "rules": [{"phrase": "problem"}, {"phrase": "refund"}]}
    silent = {"name": "silent",
              "rules": [{"phrase": "welcome", "range": {"first_s": 1}, "absent": True}]}
    path = write(tmp_path / "rules.yaml", [stays, silent])
    gateway = make_gateway(config={"categories": [], "rules": {"files": [str(path)]}})
    told = Subscriber(gateway.ws("/v1/events"))
    sender = Pcm(gateway, "call-1")
    sender.say(agent=[(0, 3500)], customer=[(0, 1000), (2, 1500), (0, 1000)])
    told.until("category.matched", category="silent")
    told.until("transcript.final")
    write(path, [{"name": "new", "phrases": ["charge today"]}, stays, silent])
    gateway.process.send_signal(signal.SIGHUP)
    wait_for(lambda: "reloaded: " in gateway.log())
    sender.say(agent=[(5, 2500), (0, 500)], customer=[(0, 3000)])
    sender.stop()
    told.until("call.ended")
    matched = [m["category"] for m in told.of_type("category.matched")]
    assert sorted(matched) == ["new", "silent", "stays"]
    evidence = next(m for m in told.messages if m.get("category") == "stays")["evidence"]
    assert [e["words"] for e in evidence] == ["problem", "refund"]


def test_broken_rules_are_refused_whole_with_file_and_line(make_gateway, tmp_path):
    path = write(tmp_path / "rules.yaml", [{"name": "a", "phrases": ["thank you"]}])
    gateway = make_gateway(config={"categories": [], "rules": {"files": [str(path)]}})
    path.write_text("categories:\n- name: a\n  rules:\n  - phrse: x\n  - call: {queu: y}\n")
    gateway.process.send_signal(signal.SIGHUP)
    wait_for(lambda: "not reloaded" in gateway.log())
    assert f"{path}:4: category 'a', rule 1: unknown key 'phrse', did you mean 'phrase'?" \
        in gateway.log()
    assert f"{path}:5: category 'a', rule 2: unknown key 'queu'" in gateway.log()
    told = Subscriber(gateway.ws("/v1/events"))
    sender = Pcm(gateway, "call-1")
    sender.say(agent=[(1, 1500), (0, 500)], customer=[(0, 2000)])
    sender.stop()
    told.until("call.ended")
    assert [m["category"] for m in told.of_type("category.matched")] == ["a"]


# ---- the command line ----

def test_check_tells_every_error_of_every_file(tmp_path):
    good = write(tmp_path / "good.yaml", [{"name": "a", "phrases": ["x"]}])
    bad = tmp_path / "bad.yaml"
    bad.write_text("categories:\n- {name: a, phrases: [y]}\n- {name: b, severity: hihg}\n")
    fine = run("rules", "check", good)
    assert fine.returncode == 0 and fine.stdout == "no errors in 1 file, 1 category\n"
    done = run("rules", "check", good, bad, tmp_path / "none.yaml")
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert lines[0] == f"{bad}:2: category 'a' is given twice, first in {good}:2"
    assert lines[1].startswith(f"{bad}:3: category 'b': 'severity' must be ")
    assert lines[2] == f"{bad}:3: category 'b': needs 'rules' or 'phrases'"
    assert lines[3] == f"{tmp_path}/none.yaml: no such file or directory"
    as_json = run("rules", "check", "--json", good, bad)
    assert as_json.returncode == 1 and len(json.loads(as_json.stdout)["errors"]) == 3
    assert run("rules", "check").returncode == 2
    assert run("rules", "dance").returncode == 2 and run("rules").returncode == 2


def test_a_configuration_and_its_rules_are_checked_in_one_run(tmp_path):
    rules = tmp_path / "rules.yaml"
    rules.write_text("categories:\n- {name: b, phrases: ['?']}\n- {name: c}\n")
    path = tmp_path / "sidetone.yaml"
    path.write_text(f"listen: {{prot: 1}}\nrules: {{files: [{rules}]}}\n"
                    "categories:\n- {name: a, severity: loud, phrases: [x]}\n")
    lines = run("check", path).stderr.splitlines()
    for start in (f"{path}:1: unknown key 'prot'", f"{path}:4: category 'a': 'severity' must be",
                  f"{rules}:3: category 'c': needs"):
        assert any(line.startswith(start) for line in lines), lines
    path.write_text(f"rules: {{files: [{rules}, {tmp_path}/none.yaml]}}\n")
    assert "no such file" in run("check", path).stderr


CALL_FILE = {"call_id": "c-1", "media_ms": 30000, "transcript": [
    {"id": 1, "channel": 0, "start_ms": 0, "end_ms": 2000, "text": "how can I help", "words": []},
    {"id": 2, "channel": 1, "start_ms": 5000, "end_ms": 8000, "text": "I want my money",
     "words": [{"text": word, "start_ms": 5000 + 700 * i, "end_ms": 5600 + 700 * i}
               for i, word in enumerate(["I", "want", "my", "money"])]},
    {"id": 3, "channel": 1, "start_ms": 9000, "end_ms": 10000, "text": "back now",
     "words": [{"text": "back", "start_ms": 9000, "end_ms": 9400},
               {"text": "now", "start_ms": 9500, "end_ms": 9900}]}]}


def test_hits_are_marked_and_scored(tmp_path):
    rules = write(tmp_path / "rules.yaml", [
        {"name": "refund", "severity": "high", "role": "customer", "phrases": ["money back"]},
        {"name": "rude", "rules": [{"phrase": "please", "absent": True}]}])
    call, labels = tmp_path / "call.json", tmp_path / "labels.jsonl"
    call.write_text(json.dumps({"calls": [CALL_FILE, {**CALL_FILE, "call_id": "c-2"}]}))
    labels.write_text('{"call": "c-1", "category": "refund", "start_ms": 7000}\n\n'
                      '{"call": "c-2", "category": "thanks"}\n{"call": "c-2", "category": "rude"}\n')
    done = run("rules", "test", rules, "--calls", call, "--labels", labels)
    assert done.returncode == 0, done.stderr
    assert "I want my [money]\n" in done.stdout and "[back] now\n" in done.stdout
    assert "> refund (high): money back" in done.stdout
    assert "rule 1: no please, 0:00 to 0:30" in done.stdout
    assert "how can I help" not in done.stdout
    whole = run("rules", "test", "--whole", rules, f"--calls={call}")
    assert "how can I help" in whole.stdout
    rows = {row["category"]: row for row in json.loads(
        run("rules", "test", rules, "--calls", call, "--labels", labels, "--json").stdout)["categories"]}
    assert rows["refund"] == {"category": "refund", "found": 1, "wrong": 1, "missed": 0,
                              "precision": 0.5, "recall": 1.0}
    assert rows["thanks"]["precision"] is None and rows["thanks"]["recall"] == 0.0
    assert rows[None] | {"found": 2, "wrong": 2, "missed": 1} == rows[None]


@pytest.mark.parametrize("text, problem", [
    ("[1", "line 1: "), ("{}", "is no call: it has no list 'transcript'"),
    ('{"transcript": []}', "is no call: it has no call_id"),
    ('{"call_id": "x", "transcript": [{"text": "a"}]}', "segment 1 of the transcript has no start_ms"),
])
def test_files_that_are_no_calls_are_refused(tmp_path, text, problem):
    rules = write(tmp_path / "rules.yaml", [{"name": "a", "phrases": ["x"]}])
    call = tmp_path / "call.json"
    call.write_text(text)
    done = run("rules", "test", rules, "--calls", call)
    assert done.returncode == 1 and problem in done.stderr and str(call) in done.stderr
    assert run("rules", "test", rules).returncode == 2
    labels = tmp_path / "labels.jsonl"
    labels.write_text('{"call": "c"}\n')
    done = run("rules", "test", rules, "--calls", call, "--labels", labels)
    assert done.returncode == 1 and "line 1: has no 'category'" in done.stderr
