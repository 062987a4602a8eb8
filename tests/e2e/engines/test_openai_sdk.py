"""OpenAI's own client talks to the simulator."""
import pytest

from openai import KEY, OpenAI

pytestmark = pytest.mark.sdk

KIND = "conversation.item.input_audio_transcription"


@pytest.fixture
def openai(tls):
    simulator = OpenAI(tls)
    yield simulator
    simulator.close()


@pytest.fixture
def run(run_sdk, openai, authority):
    return lambda key=KEY: run_sdk("openai_sdk.mjs", openai.url, key,
                                   NODE_EXTRA_CA_CERTS=str(authority.certificate))


def of_type(events, kind):
    return [event for event in events if event["type"] == kind]


def test_utterances_are_transcribed(run, openai):
    events = run()
    done = of_type(events, f"{KIND}.completed")
    assert [event["transcript"] for event in done] == \
        ["Thank you for calling how can i help.", "I have a problem with my bill."]
    deltas = "".join(e["delta"] for e in of_type(events, f"{KIND}.delta") if e["item_id"] == done[0]["item_id"])
    assert deltas == "thank you for calling how can i help"
    committed = of_type(events, "input_audio_buffer.committed")
    assert committed[1]["previous_item_id"] == committed[0]["item_id"] == done[0]["item_id"]
    started = of_type(events, "input_audio_buffer.speech_started")[0]
    stopped = of_type(events, "input_audio_buffer.speech_stopped")[0]
    assert abs(started["audio_start_ms"] - 200) <= 40 and abs(stopped["audio_end_ms"] - 2800) <= 40
    assert [event["type"] for event in events][:2] == ["session.created", "session.updated"]
    assert openai.complaints == []


def test_a_wrong_key_is_refused(run, openai):
    assert of_type(run("another"), "sdk-error") and openai.connections == []


def test_an_expired_session_is_seen(run, openai):
    openai.set_fault("expire")
    assert of_type(run(), "sdk-error")[0]["code"] == "session_expired"


def test_what_it_cannot_transcribe_is_told(run, openai):
    openai.fails = True
    assert of_type(run(), f"{KIND}.failed")
