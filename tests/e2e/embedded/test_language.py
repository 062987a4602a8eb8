"""Speech that the embedded engine does not understand is told as such."""
import contract
import pytest

import recordings

pytestmark = pytest.mark.embedded

ENOUGH = 2 * recordings.RATE_HZ * 80  # bytes: more than 20 s of speech of each side


def backwards(audio):
    """Both channels from the end to the beginning: sounds of speech in no language at all."""
    return recordings.interleave(audio[::2][::-1], audio[1::2][::-1])


def test_speech_in_no_known_language_is_suspect(gateway, subscribe, sample_call, transcript):
    told = recordings.recognise(gateway, subscribe, {"backwards": backwards(sample_call.audio[:ENOUGH])}, speed=8)
    suspected = [m for m in told["backwards"].messages if m["type"] == "language.suspect"]
    for message in suspected:
        contract.check(message)
    first = {message["role"]: message for message in reversed(suspected)}
    assert set(first) == {"agent", "customer"}
    for message in first.values():
        assert message["suspect"] and message["log_prob"] < -0.65 and message["speech_ms"] >= 20000
    assert not [m for m in transcript.messages if m["type"] == "language.suspect"]
