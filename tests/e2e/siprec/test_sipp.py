"""Recording sessions of SIPp: set-up, hold, refresh, end, over UDP and TCP, with media."""
import pytest
from sipp import run

TRANSPORTS = [("u1", "udp"), ("t1", "tcp"), ("tn", "tcp")]


@pytest.mark.parametrize("transport,port", TRANSPORTS)
def test_a_call_is_set_up_held_resumed_and_ended(recorder, tmp_path, transport, port):
    run("hold", recorder.ports[port], tmp_path, transport)
    begun = recorder.wait("begin")
    assert begun["call"] == "group-1" and not begun["suspect"]
    assert begun["caller"] == "+15550100@carrier.example"
    assert begun["agent"] == "2001@desk.example"
    assert [stream["role"] for stream in begun["streams"]] == ["customer", "agent"]
    held, resumed = recorder.wait("offer"), recorder.wait("offer")
    assert all(stream["held"] for stream in held["streams"])
    assert not any(stream["held"] for stream in resumed["streams"])
    ended = recorder.wait("end")
    assert ended["why"] == "bye"
    assert ended["packets"][1] > 40, ended


@pytest.mark.parametrize("transport,port", TRANSPORTS)
def test_updates_probes_and_infos_are_answered(recorder, tmp_path, transport, port):
    run("update", recorder.ports[port], tmp_path, transport)
    assert recorder.wait("end")["why"] == "bye"


@pytest.mark.parametrize("transport", ["t1", "tn"])
def test_our_200_is_repeated_over_tcp_until_it_is_acknowledged(recorder, tmp_path, transport):
    run("no_ack", recorder.ports["tcp"], tmp_path, transport)
    assert recorder.wait("end")["why"] == "bye"


def test_our_200_is_repeated_over_udp_until_it_is_acknowledged(recorder, tmp_path):
    run("late_ack", recorder.ports["udp"], tmp_path)  # SIPp itself passes over what it knows
    assert recorder.wait("end")["why"] == "bye"
    seen = "".join(path.read_text() for path in tmp_path.glob("*_messages.log"))
    answers = [text for text in seen.split("UDP message received") if "SIP/2.0 200" in text]
    assert sum("1 INVITE" in text for text in answers) == 3  # at 0, 0.5 and 1.5 s


@pytest.mark.parametrize("transport,port", TRANSPORTS)
def test_a_call_whose_media_is_lost_gets_a_bye(make_recorder, tmp_path, transport, port):
    recorder = make_recorder("--media-timeout", 1)
    run("media_lost", recorder.ports[port], tmp_path, transport)
    assert recorder.wait("end")["why"] == "no_media"


@pytest.mark.parametrize("transport,port", TRANSPORTS)
def test_many_calls_at_once(recorder, tmp_path, transport, port):
    run("update", recorder.ports[port], tmp_path, transport, calls=200, rate=100)
    assert len({recorder.wait("begin")["call"] for _ in range(200)}) == 200


def test_probes_are_answered(recorder, tmp_path):
    run("options", recorder.ports["udp"], tmp_path, calls=20)
    assert recorder.rest() == []
