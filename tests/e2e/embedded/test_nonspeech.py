"""A line on which nobody speaks: silence, noises, tones, keys, music."""
import subprocess

import pytest

import recordings
from gateway import ROOT

pytestmark = pytest.mark.embedded


def test_nobody_is_heard(gateway, subscribe, tmp_path):
    subprocess.run([ROOT / "tests" / "tools" / "nonspeech", tmp_path], check=True,
                   capture_output=True)
    clips = sorted(tmp_path.glob("*.wav"))
    assert len(clips) >= 30
    calls = {}
    for agent, customer in zip(clips[::2], clips[1::2] + [clips[-1]]):
        calls[f"{agent.stem} {customer.stem}"] = recordings.interleave(
            recordings.read_wav(agent)[1], recordings.read_wav(customer)[1])
    told = recordings.recognise(gateway, subscribe, calls, speed=4)
    heard = {call_id: transcript.texts() for call_id, transcript in told.items()
             if transcript.finals}
    assert not heard
    assert not any(transcript.partials for transcript in told.values())
