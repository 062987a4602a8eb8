"""The sample call as it was found live, in its transcript, and in its recording."""
import json
import re
import struct

import pytest

import agreement
from cli import Terminal

pytestmark = pytest.mark.embedded


def write_wav(path, mulaw, channels=2, rate_hz=8000):
    header = struct.pack("<HHIIHH", 7, channels, rate_hz, rate_hz * channels, channels, 8)
    path.write_bytes(b"RIFF" + struct.pack("<I", 4 + 8 + len(header) + 8 + len(mulaw)) + b"WAVE" +
                     b"fmt " + struct.pack("<I", len(header)) + header +
                     b"data" + struct.pack("<I", len(mulaw)) + mulaw)
    return path


def test_the_transcript_agrees(gateway, transcript, sample_call, tmp_path):
    """With its recording in everything, by its words alone in all but what nobody hears in them."""
    state = tmp_path / "state.json"
    state.write_text(json.dumps(gateway.get("/v1/calls/sample").json()))
    audio = write_wav(tmp_path / "sample.wav", sample_call.audio)
    found = agreement.analyze(state, "--config", gateway.config_path, "--audio", audio)
    agreement.check_agree(transcript.messages, found, "sample")
    found = agreement.analyze(state, "--config", gateway.config_path)
    agreement.check_agree(transcript.messages, found, "sample", is_deaf=True)


def test_the_recording_agrees(gateway, transcript, sample_call, tmp_path):
    """Recognised anew, and by the same engine: every word, time and finding is the same."""
    audio = write_wav(tmp_path / "sample.wav", sample_call.audio)
    found = agreement.analyze(audio, "--config", gateway.config_path)
    agreement.check_agree(transcript.messages, found, "sample", ignored={"call.started"})


def test_long_work_shows_how_far_it_is(gateway, models, sample_call, tmp_path):
    audio = write_wav(tmp_path / "sample.wav", sample_call.audio)
    shown = Terminal("analyze", audio, "--config", gateway.config_path)
    assert shown.wait() == 0
    lines = re.findall(r"\r\x1b\[Krecognising sample\.wav \[([#-]+)\] \d:\d\d of 2:2\d, (\d+) %",
                       shown.text())
    assert len(lines) >= 3
    assert [int(percent) for _, percent in lines] == sorted(int(p) for _, p in lines)
    assert shown.rows()[0].strip().startswith("0:00 call sample, engine moonshine")
