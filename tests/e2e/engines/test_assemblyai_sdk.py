"""AssemblyAI's own client talks to the simulator."""
import pytest

from assemblyai import KEY, AssemblyAI

pytestmark = pytest.mark.sdk


@pytest.fixture
def assemblyai(tls):
    simulator = AssemblyAI(tls)
    simulator.tokens.add("once")
    yield simulator
    simulator.close()


@pytest.fixture
def run(run_sdk, assemblyai, authority):
    return lambda *arguments: run_sdk("assemblyai_sdk.mjs", assemblyai.url, *arguments,
                                      NODE_EXTRA_CA_CERTS=str(authority.certificate))


@pytest.mark.parametrize("credentials", [("key", KEY), ("token", "once")])
def test_turns_come_formatted(run, assemblyai, credentials):
    events = run(*credentials)
    turns = [event for event in events if event["type"] == "Turn"]
    assert events[0]["type"] == "Begin"
    assert [t["transcript"] for t in turns if t["end_of_turn"] and t["turn_is_formatted"]] == \
        ["Thank you for calling how can i help.", "I have a problem with my bill."]
    assert [t["turn_order"] for t in turns if t["end_of_turn"]] == [0, 0, 1, 1]
    first = next(t for t in turns if t["turn_order"] == 0)
    assert first["transcript"] == "" and len(first["words"]) == 1
    assert assemblyai.complaints == []


def test_a_wrong_key_is_refused(run):
    events = run("key", "another")
    refused = [event for event in events if event["type"] == "sdk-refused"]
    assert refused and "Begin" not in [event["type"] for event in events]


def test_a_token_is_good_once(run):
    run("token", "once")
    assert [event for event in run("token", "once") if event["type"] == "sdk-refused"]


def test_an_expired_session_is_seen(run, assemblyai):
    assemblyai.set_fault("expire")
    events = run("key", KEY)
    assert [event["code"] for event in events if event["type"] == "sdk-error"] == [3008]
