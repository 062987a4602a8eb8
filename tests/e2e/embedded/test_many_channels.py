"""Several calls at once, and more of them than can be recognised in time."""
import time

import pytest

import recordings
from senders import Pcm

pytestmark = pytest.mark.embedded


def test_eight_channels_side_by_side_are_as_each_alone(gateway, subscribe, sections):
    calls = {f"together-{i}": audio for i, (audio, _) in enumerate(sections)}
    told = recordings.recognise(gateway, subscribe, calls, speed=4)
    for (_, alone), together in zip(sections, told.values()):
        assert together.texts() == alone.texts()


def test_a_channel_that_joins_late_has_the_calls_times(gateway, subscribe, sections):
    """Its engine begins to count when it joins; the call has run for two seconds by then."""
    audio, alone = sections[0]
    subscriber = subscribe(gateway, calls=["late"])
    subscriber.until("snapshot.end")
    customer = Pcm(gateway, "late", encoding="pcmu", layout="mono", channel=1,
                   channels=[{"role": "customer"}])
    customer.ws.send(recordings.SILENCE * 800)
    subscriber.until("call.started")
    time.sleep(2)
    agent = Pcm(gateway, "late", encoding="pcmu", layout="mono", channel=0,
                channels=[{"role": "agent"}])
    agent.receive()
    for at in range(0, len(audio) // 2, 800):
        agent.ws.send(audio[::2][at:at + 800])
    agent.stop()
    customer.stop()
    subscriber.until("call.ended", timeout=60)
    late = recordings.Transcript(subscriber.messages, "late")
    early = [segment for segment in alone.finals if segment["channel"] == 0]
    assert late.texts()[0] == [segment["text"] for segment in early]
    shifts = [a["start_ms"] - b["start_ms"] for a, b in zip(late.finals, early)]
    assert min(shifts) >= 2000 and max(shifts) - min(shifts) <= 40
    assert late.finals[-1]["end_ms"] <= late.ended["duration_ms"]


def test_under_overload_partials_go_and_finals_stay(start_gateway, subscribe, sections):
    gateway = start_gateway(workers=1)
    calls = {f"much-{turn}-{i}": audio for turn in range(3)
             for i, (audio, _) in enumerate(sections)}
    told = recordings.recognise(gateway, subscribe, calls, speed=50)
    for call_id, transcript in told.items():
        alone = sections[int(call_id[-1])][1]
        assert transcript.texts() == alone.texts(), call_id
        assert transcript.ended["shed_ms"] == 0
    partials = sum(len(transcript.partials) for transcript in told.values())
    assert partials < 3 * sum(len(alone.partials) for _, alone in sections) / 2
    assert gateway.metric("sidetone_stt_partials_dropped_total") > 0
    lags_ms = [lag for transcript in told.values() for lag in transcript.lags_ms]
    assert max(lags_ms) > 1000, "it was not said"
    assert max(lags_ms) < 40000, "more than there was audio"
    assert gateway.metric("sidetone_stt_lag_seconds_count") > 0
    assert gateway.metric("sidetone_stt_queue_seconds_count", kind="final") == \
        sum(len(transcript.finals) for transcript in told.values())


def test_what_cannot_wait_any_longer_is_shed_and_said(start_gateway, subscribe, sample_call):
    """Lag has a bound: with little room, the oldest audio goes; what was heard is delivered."""
    gateway = start_gateway(workers=1, calls={"ring_s": 1})
    calls = {f"flood-{i}": sample_call.audio for i in range(4)}
    told = recordings.recognise(gateway, subscribe, calls, speed=50)
    for transcript in told.values():
        assert transcript.ended["shed_ms"] > 0
        assert transcript.ended["segments"] == len(transcript.finals) > 0
        assert max(transcript.lags_ms) < 120000
        for texts in (0, 1):
            starts = [s["start_ms"] for s in transcript.finals if s["channel"] == texts]
            assert starts == sorted(starts)
    assert gateway.metric("sidetone_stt_shed_microseconds_total") == \
        sum(1000 * transcript.ended["shed_ms"] for transcript in told.values())
    assert gateway.get("/livez", operations=True).status_code == 200
