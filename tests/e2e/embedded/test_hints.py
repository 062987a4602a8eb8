"""A route's hints: in live calls, in their files, and tried on a recording."""
import json

import pytest

import agreement
import recordings
from cli import run
from test_sample_call_from_file import write_wav

pytestmark = pytest.mark.embedded

# What the sample call says and is heard otherwise without them, and what nobody says.
HINTS = ["Sarah", "Northwind Energy", "Kubernetes", "Okonkwo"]


def tenants(**route):
    return [{"name": "default", "routes": [{"name": "default", "engines": ["moonshine"], **route}]}]


@pytest.fixture(scope="module")
def beginning(sample_call):
    """The first 25 s, in which she is called by her name."""
    return sample_call.audio[:25 * 2 * recordings.RATE_HZ]


@pytest.fixture(scope="module")
def hinted(start_gateway):
    return start_gateway(tenants=tenants(hints=HINTS))


def test_a_hinted_name_is_heard_in_a_call_and_in_its_recording(gateway, hinted, subscribe, beginning,
                                                               tmp_path):
    plain = recordings.recognise(gateway, subscribe, {"plain": beginning}, speed=4)["plain"]
    assert "Sarah" not in plain.said_by("customer")
    live = recordings.recognise(hinted, subscribe, {"begin": beginning}, speed=4)["begin"]
    assert "Sarah" in live.said_by("customer")
    for name in ("Kubernetes", "Okonkwo"):
        assert name not in live.said_by("customer") + live.said_by("agent")
    audio = write_wav(tmp_path / "begin.wav", beginning)
    found = agreement.analyze(audio, "--config", hinted.config_path)
    agreement.check_agree(live.messages, found, "begin", ignored={"call.started"})


def test_hints_of_a_language_count_too(start_gateway, subscribe, beginning):
    gateway = start_gateway(tenants=tenants(languages=[{"language": "en", "hints": ["Sarah"]}]))
    live = recordings.recognise(gateway, subscribe, {"call": beginning}, speed=4)["call"]
    assert "Sarah" in live.said_by("customer")


def test_hints_are_tried_on_a_recording(hinted, beginning, tmp_path):
    audio = write_wav(tmp_path / "begin.wav", beginning)
    said = run("check", hinted.config_path, "--recognise", audio)
    assert said.returncode == 0 and said.stderr == "", said
    first, tried, *changes = said.stdout.splitlines()
    assert first.endswith("no errors")
    assert tried.startswith(f"{audio}: 4 hints of route 'default' tried with moonshine: ")
    assert any("customer" in line and line.endswith("\u2192 Sarah.") for line in changes), changes
    assert tried.endswith(f"{len(changes)} of {tried.split()[-3]} utterances changed"), tried
    told = json.loads(run("check", "--json", hinted.config_path, "--recognise", audio).stdout)
    assert told["errors"] == [] and told["trial"]["hints"] == 4
    assert len(told["trial"]["changes"]) == len(changes)
    assert ["Sarah."] in [change["after"] for change in told["trial"]["changes"]]


def test_what_cannot_be_tried_is_told(gateway, hinted, beginning, tmp_path):
    audio = write_wav(tmp_path / "begin.wav", beginning)
    for config, recording, what in (
            (gateway.config_path, audio, "route 'default' has no hints to try"),
            (hinted.config_path, tmp_path / "none.wav", "none.wav: no such file"),
            (hinted.config_path, hinted.config_path, "WAV")):
        said = run("check", config, "--recognise", recording)
        assert said.returncode == 1 and what in said.stderr, said
