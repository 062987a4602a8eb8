"""`sidetone analyze` as a user has it: files in, a report or events out."""
import json
import re

import pytest

from cli import Terminal, run
from gateway import CATEGORIES

CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

VTT = """WEBVTT

00:01.000 --> 00:04.000
<v Sarah>Thank you for calling, how can I help?

00:05.000 --> 00:09.000
<v Tom>I want to speak to a manager. I want it now.
"""

TRANSCRIBE = {
    "JobName": "job-1", "LanguageCode": "en-US", "Transcript": [
        {"ParticipantRole": "AGENT", "BeginOffsetMillis": 1000, "EndOffsetMillis": 4000,
         "Content": "Thank you for calling."},
        {"ParticipantRole": "CUSTOMER", "BeginOffsetMillis": 5000, "EndOffsetMillis": 9000,
         "Content": "I want to speak to a manager."}]}

ASSEMBLYAI = {
    "id": "t-1", "status": "completed", "utterances": [
        {"speaker": "A", "start": 1000, "end": 4000, "text": "Thank you for calling."},
        {"speaker": "B", "start": 5000, "end": 9000, "text": "I want to speak to a manager."}]}


@pytest.fixture
def rules(tmp_path):
    path = tmp_path / "rules.yaml"
    path.write_text(json.dumps({"categories": CATEGORIES}))
    return path


@pytest.fixture
def files(tmp_path):
    """One call in the words of several."""
    paths = [tmp_path / "call.vtt", tmp_path / "job.json", tmp_path / "utterances.json"]
    paths[0].write_text(VTT)
    paths[1].write_text(json.dumps(TRANSCRIBE))
    paths[2].write_text(json.dumps(ASSEMBLYAI, indent=2))
    return paths


def lines_of(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_every_format_gives_its_findings(files, rules):
    done = run("analyze", "--json", "--rules", rules, *files)
    assert done.returncode == 0, done.stderr
    lines = lines_of(done)
    summaries = [line for line in lines if line["type"] == "summary"]
    assert [s["format"] for s in summaries] == ["webvtt", "transcribe", "assemblyai"]
    assert [s["file"] for s in summaries] == [str(path) for path in files]
    assert [s["call"]["call_id"] for s in summaries] == ["call", "job-1", "t-1"]
    for summary in summaries:
        assert [a["category"] for a in summary["call"]["alerts"]] == ["manager"]
        assert {c["category"] for c in summary["call"]["categories"]} == {"manager", "greeting"}
    events = [line for line in lines if line["type"] != "summary"]
    assert sum(s["events"] for s in summaries) == len(events)
    assert [e["type"] for e in events].count("alert.raised") == 3


def test_people_get_a_report(files, rules):
    done = run("analyze", "--rules", rules, *files[:2], "--queue", "billing")
    assert done.returncode == 0, done.stderr
    report = done.stdout
    assert not CONTROL.search(report)
    assert report.count("==> ") == 2 and f"==> {files[0]} <==\n" in report
    transcript = report.index(" 0:05 customer  I want to speak to a manager.")
    alert = report.index(' ALERT high manager: customer said "speak to a manager"')
    summary = report.index("\nalert      high manager at 0:0")
    assert transcript < alert < summary
    assert "queue      billing\n" in report and "category   greeting\n" in report


def test_standard_input_and_options_about_speakers(rules):
    done = run("analyze", "-", "--json", "--rules", rules, "--speaker", "Sarah=customer",
               "--speaker", "Tom=agent", "--call-id", "c-7", "--agent-id", "a-3", "--language",
               "en-GB", "--attribute", "tier=gold", input=VTT)
    assert done.returncode == 0, done.stderr
    started = lines_of(done)[0]
    assert started["call_id"] == "c-7" and started["agent"]["id"] == "a-3"
    assert started["language"] == "en-GB" and started["attributes"] == {"tier": "gold"}
    roles = {line["segment"]["text"].split()[0]: line["segment"]["role"]
             for line in lines_of(done) if line["type"] == "transcript.final"}
    assert roles == {"Thank": "customer", "I": "agent"}
    assert not [line for line in lines_of(done) if line["type"] == "alert.raised"]


def test_one_bad_file_costs_the_others_nothing(files, rules, tmp_path):
    bad = tmp_path / "bad\x1b[2J.vtt"
    bad.write_text("WEBVTT\n\nsoon\nor later\n")
    odd = tmp_path / "odd.json"
    odd.write_text('{"Transcript": [\n  {"Content": 5}\n]}')
    done = run("analyze", "--rules", rules, bad, files[0], odd, tmp_path / "missing",
               tmp_path, "/dev/null")
    assert done.returncode == 1
    assert "ALERT high manager" in done.stdout
    errors = done.stderr.splitlines()
    errors = [line for line in errors if "sentiment is off" not in line]
    assert not any(CONTROL.search(line) for line in errors)
    assert len(errors) == 5, done.stderr
    assert "line 4: a cue begins with its times" in errors[0]
    assert errors[1] == f"sidetone analyze: {odd}: line 2: Content is not a text"
    assert "no such file" in errors[2] and str(tmp_path) in errors[3]
    assert "--format" in errors[4]


def test_mistakes_in_settings_end_it_before_anything_is_read(files, tmp_path):
    broken = tmp_path / "broken.yaml"
    broken.write_text("categories:\n  - nmae: x\n")
    for options in (["--rules", broken], ["--config", broken], ["--config", tmp_path / "none"],
                    ["--route", "nobody/nowhere"]):
        done = run("analyze", *options, files[0])
        assert done.returncode == 1 and not done.stdout and done.stderr, options
    done = run("analyze", "--rules", broken, files[0])
    assert f"{broken}:2:" in done.stderr


@pytest.mark.parametrize("arguments", [
    [], ["--format", "midi", "x"], ["--agent", "a.wav", "x.json"], ["x", "--what"],
    ["x", "--channel-roles", "agent"], ["x", "--speaker", "Tom"], ["x", "--attribute", "y"],
])
def test_a_wrong_usage_is_refused(arguments):
    done = run("analyze", *arguments)
    assert done.returncode == 2 and "--help" in done.stderr, done


def test_a_format_can_be_forced(files, tmp_path):
    done = run("analyze", "--format", "transcribe", files[0])
    assert done.returncode == 1 and "not valid JSON" in done.stderr
    done = run("analyze", "--format", "wav", files[0])
    assert done.returncode == 1 and done.stderr


def test_a_terminal_gets_colours_and_a_bar_only_for_long_work(files, rules):
    shown = Terminal("analyze", files[0], "--rules", rules)
    assert shown.wait() == 0
    assert "\x1b[1;97;41mALERT high manager" in shown.text()
    assert "\x1b[K" not in shown.text()
