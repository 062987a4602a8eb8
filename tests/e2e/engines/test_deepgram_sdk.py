"""Deepgram's own client talks to the simulator: what is proved with it may be said of the service."""
import pytest

from deepgram import KEY, Deepgram

pytestmark = pytest.mark.sdk


@pytest.fixture
def deepgram():
    simulator = Deepgram()
    yield simulator
    simulator.close()


def texts(events, channel):
    return [event["channel"]["alternatives"][0]["transcript"] for event in events
            if event["type"] == "Results" and event["is_final"] and event["channel_index"][0] == channel
            and event["channel"]["alternatives"][0]["transcript"]]


@pytest.mark.parametrize("channels", [1, 2])
def test_it_hears_every_channel(deepgram, run_sdk, channels):
    events = run_sdk("deepgram_sdk.mjs", deepgram.url, KEY, channels)
    assert texts(events, 0) == ["Thank you for calling how can i help."]
    assert texts(events, 1) == (["I have a problem with my bill."] if channels == 2 else [])
    results = [event for event in events if event["type"] == "Results"]
    assert all(event["channel_index"][1] == channels for event in results)
    assert any(not event["is_final"] for event in results)
    assert [event["type"] for event in events][-2:] == ["Metadata", "sdk-close"]
    assert events[-2]["channels"] == channels
    assert deepgram.keep_alives == 1
    assert deepgram.complaints == []


def test_a_wrong_key_is_refused(deepgram, run_sdk):
    events = run_sdk("deepgram_sdk.mjs", deepgram.url, "another", 1)
    assert "sdk-error" in [event["type"] for event in events]
    assert deepgram.connections == []


def test_an_error_in_the_middle_is_seen(deepgram, run_sdk):
    deepgram.set_fault("cut_mid_word")
    events = run_sdk("deepgram_sdk.mjs", deepgram.url, KEY, 1)
    assert texts(events, 0) == []
    assert "Metadata" not in [event["type"] for event in events]
