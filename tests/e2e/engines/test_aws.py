"""Our client of Amazon Transcribe, through a gateway."""
import json
import pathlib
import time

import pytest

import speech
from aws import KEY_ID, REGION, SECRET, Simulator
from aws_frames import Keys
from senders import Pcm
from subscriber import Subscriber

AGENT = [(1, 1800), (0, 4200), (5, 2000), (0, 1500)]
AGENT_WORDS = f"{speech.SENTENCES[1]} {speech.SENTENCES[5]}".split()
LONG_TOKEN = "/+=" * 900
TRANSPORTS = pytest.mark.parametrize("transport", ["http2", "websocket"])


@pytest.fixture
def aws():
    simulator = Simulator()
    yield simulator
    simulator.close()


@pytest.fixture
def clean_environment(tmp_path):
    """Without AWS's own variables and files of whoever runs this."""
    return {"AWS_CONFIG_FILE": str(tmp_path / "none"), "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
            "AWS_EC2_METADATA_DISABLED": "true", "AWS_REGION": "", "AWS_DEFAULT_REGION": "", "AWS_PROFILE": "",
            "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_SESSION_TOKEN": ""}


@pytest.fixture
def start(aws, make_gateway, clean_environment):
    """A gateway whose route uses AWS, and its subscriber."""
    def run(transport="http2", environment=None, parameters=(), **remote):
        settings = {"name": "aws", "type": "aws", "url": aws.url(transport), "region": REGION,
                    "key": f"{KEY_ID}:{SECRET}", "parameters": [f"transport={transport}", *parameters], **remote}
        gateway = make_gateway(
            config={"engines": {"remote": [settings]},
                    "tenants": [{"name": "default", "routes": [{"name": "default", "engine": "aws"}]}]},
            environment={**clean_environment, **(environment or {})})
        return gateway, Subscriber(gateway.ws("/v1/events"))
    return run


def run_call(gateway, subscriber, agent=tuple(AGENT), customer=(), rate_hz=8000):
    sender = Pcm(gateway, "call-1", rate_hz=rate_hz)
    sender.say(agent=agent, customer=customer)
    sender.stop()
    subscriber.until("call.ended", timeout=60)
    sender.close()
    assert SECRET not in gateway.log() and LONG_TOKEN not in gateway.log()
    return finals(subscriber)


def finals(subscriber):
    return [m["segment"] for m in subscriber.of_type("transcript.final")]


def words(segments, role):
    """The ledger: every word of a role, in order."""
    text = " ".join(s["text"] for s in sorted(segments, key=lambda s: s["id"]) if s["role"] == role)
    return text.lower().replace(".", "").split()


@TRANSPORTS
@pytest.mark.parametrize("rate_hz", [8000, 16000])
def test_a_call_is_heard_whole_and_in_order(start, aws, transport, rate_hz):
    gateway, subscriber = start(transport)
    segments = run_call(gateway, subscriber, rate_hz=rate_hz)
    assert words(segments, "agent") == AGENT_WORDS
    first = [s for s in segments if s["role"] == "agent"][0]
    assert first["text"] == "thank you for calling how can i help."
    assert [w["text"] for w in first["words"]] == first["text"].split()
    assert first["word_times"] == "measured" and first["confidence"] == 0.9
    second = [s for s in segments if s["role"] == "agent"][1]
    assert abs(second["start_ms"] - 6000) <= 80 and abs(second["end_ms"] - 8000) <= 80
    assert subscriber.of_type("transcript.partial")
    assert aws.complaints == []
    assert {s.parameters["sample-rate"] for s in aws.streams} == {str(rate_hz)}
