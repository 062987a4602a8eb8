"""Without Moonshine's models, PocketSphinx recognises, and everybody is told how well."""
import pytest

import recordings

pytestmark = pytest.mark.embedded


def test_pocketsphinx_takes_over_and_says_so(start_gateway, subscribe, sample_call, tmp_path):
    gateway = start_gateway(models_dir=tmp_path, engine="auto")
    log = gateway.log()
    assert "engine moonshine cannot be used" in log
    assert "recognition quality: low" in log
    part = sample_call.audio[:2 * recordings.RATE_HZ * 13]
    told = recordings.recognise(gateway, subscribe, {"low": part}, speed=4)["low"]
    started = next(m for m in told.messages if m["type"] == "call.started")
    assert started["engine"] == {"name": "pocketsphinx", "quality": "low"}
    assert all(told.texts()), "no finals of both speakers"
    assert told.ended["shed_ms"] == 0
