"""What a broken or hostile sender costs: its own call at most, and no memory."""
import base64
import contextlib
import json
import socket
import struct
import time

import pytest
from websockets.exceptions import ConnectionClosed

import speech
from gateway import IS_SANITIZED
from senders import Pcm, Twilio
from subscriber import Subscriber


def raw_pcm(gateway):
    return gateway.ws("/v1/ingest/pcm")


def start(**fields):
    return json.dumps({"type": "start", "call_id": "bad", **fields})


ONE_STEP = bytes(3200)

# name: (messages to send, error code, close code)
BROKEN_PCM = {
    "no JSON": ([b"", "{"], "bad_message", 1007),
    "an array": (["[1]"], "bad_message", 1007),
    "no type": (["{}"], "bad_message", 1007),
    "type is a number": (['{"type":7}'], "bad_message", 1007),
    "cut off": (['{"type":"start","call_id":"x"'], "bad_message", 1007),
    "something behind it": ([start() + "x"], "bad_message", 1007),
    "too deep": (['{"type":"start","attributes":' + "[" * 100 + "]" * 100 + "}"], "bad_message",
                 1007),
    "call id too long": ([start(call_id="x" * 129)], "bad_start", 1008),
    "call id empty": ([start(call_id="")], "bad_start", 1008),
    "call id with a line break": ([start(call_id="a\nb")], "bad_start", 1008),
    "unknown encoding": ([start(encoding="mp3")], "bad_start", 1008),
    "rate of nothing": ([start(rate_hz=0)], "bad_start", 1008),
    "rate too high": ([start(rate_hz=192000)], "bad_start", 1008),
    "unknown layout": ([start(layout="round")], "bad_start", 1008),
    "unknown role": ([start(channels=[{"role": "boss"}, {"role": "agent"}])], "bad_start", 1008),
    "attributes no object": ([start(attributes=[1])], "bad_start", 1008),
    "two starts": ([start(), start()], "already_started", 1008),
    "media before start": ([bytes(32000)] * 40, "media_before_start", 1008),
    "half a sample": ([start(), bytes(3)], "bad_media", 1008),
    "more than a second": ([start(), bytes(2 * 2 * 8000 + 4)], "bad_media", 1008),
    "no such channel": ([start(layout="tagged"), bytes([9]) + bytes(7) + bytes(320)], "bad_media",
                        1008),
}


@pytest.mark.parametrize("name", BROKEN_PCM)
def test_a_broken_pcm_sender_is_told_what_was_wrong(gateway, name):
    messages, code, close = BROKEN_PCM[name]
    ws = raw_pcm(gateway)
    told = []
    with pytest.raises(ConnectionClosed) as closed:
        with contextlib.suppress(ConnectionClosed):  # the answer may be there before the last one
            for message in messages:
                ws.send(message)
        while True:
            told.append(json.loads(ws.recv(timeout=10)))
    assert closed.value.rcvd.code == close
    assert told[-1]["type"] == "error" and told[-1]["code"] == code and told[-1]["message"]


@pytest.mark.parametrize("name", BROKEN_PCM)
def test_the_other_calls_do_not_notice(gateway, subscribe, name):
    subscriber = subscribe(calls=["good"], partials=False)
    subscriber.until("snapshot.end")
    good = Pcm(gateway, "good")
    good.say(agent=[(1, 1500), (0, 1000)], customer=[(0, 2500)])
    bad = raw_pcm(gateway)
    try:
        for message in BROKEN_PCM[name][0]:
            bad.send(message)
    except ConnectionClosed:
        pass
    good.say(agent=[(0, 3000)], customer=[(4, 2000), (0, 1000)])
    good.stop()
    ended = subscriber.until("call.ended")
    assert ended["segments"] == 2 and ended["alerts"] == 1
    bad.close()


def test_unknown_messages_are_ignored_and_counted(gateway, subscribe):
    subscriber = subscribe()
    sender = Pcm(gateway, "call-1")
    for number in range(5):
        sender.send(type=f"future.{number}", data=[1, {"x": None}])
    sender.say(agent=[(1, 1000), (0, 1000)], customer=[(0, 2000)])
    sender.stop()
    assert subscriber.until("call.ended")["segments"] == 1
    assert gateway.metric("sidetone_ingest_ignored_messages_total") == 5


def test_a_message_too_long_is_closed(gateway):
    ws = raw_pcm(gateway)
    with pytest.raises(ConnectionClosed) as closed:
        ws.send("x" * 100000)
        ws.recv(timeout=10)
    assert closed.value.rcvd.code == 1009


def test_the_same_call_twice_is_refused(gateway, subscribe):
    subscriber = subscribe()
    subscriber.until("snapshot.end")
    first = Pcm(gateway, "call-1")
    assert first.receive()["type"] == "started"
    for _ in range(4):  # on whichever thread the kernel puts it
        second, told = Pcm(gateway, "call-1"), []
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                told.append(second.receive())
        assert closed.value.rcvd.code == 1008
        assert told[-1]["type"] == "error" and told[-1]["code"] == "call_exists"
    first.say(agent=[(1, 1000), (0, 1000)], customer=[(0, 2000)])
    first.stop()
    assert subscriber.until("call.ended")["reason"] == "stopped"
    assert len(subscriber.of_type("call.started")) == 1


def test_a_sender_that_vanishes_ends_its_call_after_the_grace(gateway, subscribe):
    subscriber = subscribe()
    sender = Pcm(gateway, "call-1")
    sender.say(agent=[(1, 1000), (0, 100)], customer=[(0, 1100)])
    sender.receive()
    sender.ws.socket.close()
    assert subscriber.until("call.ended", timeout=20)["reason"] == "lost"
    assert [m["segment"]["text"] for m in subscriber.of_type("transcript.final")] == \
        [speech.SENTENCES[1]]


def test_a_sender_that_comes_back_in_time_goes_on_with_its_call(make_gateway):
    gateway = make_gateway(config={"calls": {"grace_s": 10, "drain_s": 5}})
    subscriber = Subscriber(gateway.ws("/v1/events"))
    sender = Pcm(gateway, "call-1")
    sender.say(agent=[(1, 1000), (0, 500)], customer=[(0, 1500)])
    sender.receive()
    sender.ws.socket.close()
    time.sleep(0.5)
    again = Pcm(gateway, "call-1")
    again.say(agent=[(0, 2500)], customer=[(4, 2000), (0, 500)])
    again.stop()
    ended = subscriber.until("call.ended")
    assert ended["reason"] == "stopped" and ended["alerts"] == 1
    assert len(subscriber.of_type("call.started")) == 1
    subscriber.ws.close()


@pytest.mark.parametrize("payload", ["***", "AAA\n", "A", "=", "\u00e9\u00e9"])
def test_garbage_base64_costs_that_call(gateway, subscribe, payload):
    subscriber = subscribe()
    good, bad = Twilio(gateway, "CA1"), Twilio(gateway, "CA2", stream_sid="MZ2")
    with pytest.raises(ConnectionClosed) as closed:
        bad.send({"event": "media", "media": {"track": "inbound", "chunk": "1", "timestamp": "0",
                                              "payload": payload}})
        bad.ws.recv(timeout=10)
    assert closed.value.rcvd.code in (1007, 1008)
    assert subscriber.until("call.ended", call_id="CA2")["reason"] == "error"
    good.say(inbound=[(4, 2000), (0, 1000)], outbound=[(0, 3000)])
    good.stop()
    assert subscriber.until("call.ended", call_id="CA1")["alerts"] == 1


def test_out_of_order_duplicated_and_missing_chunks_land_where_they_belong(gateway, subscribe):
    subscriber = subscribe()
    sender = Twilio(gateway, "CA1", tracks=("inbound",))
    audio = speech.mulaw(speech.samples([(2, 1500), (0, 1000), (4, 2000), (0, 1500)]))
    chunks = [(at // 8, audio[at:at + 160]) for at in range(0, len(audio), 160)]
    # Swap neighbours, repeat some, and lose 200 ms of silence.
    order = []
    for i in range(0, len(chunks) - 1, 2):
        order += [chunks[i + 1], chunks[i]]
        if i % 10 == 0:
            order.append(chunks[i])
    order = [c for c in order if not 1800 <= c[0] < 2000]
    for timestamp, payload in order:
        sender.media("inbound", payload, timestamp)
    sender.stop()
    ended = subscriber.until("call.ended")
    finals = {m["segment"]["text"]: m["segment"] for m in subscriber.of_type("transcript.final")}
    assert set(finals) == {speech.SENTENCES[2], speech.SENTENCES[4]}
    assert abs(finals[speech.SENTENCES[4]]["start_ms"] - 2500) <= 60
    assert ended["duration_ms"] == pytest.approx(6000, abs=40)


def test_a_lie_about_the_sample_rate_is_told(gateway, subscribe):
    subscriber = subscribe()
    sender = Pcm(gateway, "call-1", rate_hz=48000)  # and then sends 8 kHz, in real time
    step = speech.l16([0] * 2 * 800)
    next_at = time.monotonic()
    for _ in range(115):
        sender.ws.send(step)
        next_at += 0.1
        time.sleep(max(0, next_at - time.monotonic()))
    assert subscriber.until("call.updated", rate_suspect=True)
    sender.stop()


def test_binary_where_text_is_due(gateway):
    ws = gateway.ws("/v1/ingest/twilio")
    with pytest.raises(ConnectionClosed) as closed:
        ws.send(b'{"event":"connected"}')
        ws.recv(timeout=10)
    assert closed.value.rcvd.code in (1003, 1007, 1008)


def test_two_tracks_as_two_streams_make_one_call(gateway, subscribe):
    """Whichever threads they are accepted on."""
    subscriber = subscribe(partials=False)
    for number in range(6):
        call = f"CA{number}"
        inbound = Twilio(gateway, call, tracks=("inbound",), stream_sid=f"MZ{number}i")
        outbound = Twilio(gateway, call, tracks=("outbound",), stream_sid=f"MZ{number}o")
        outbound.say(outbound=[(1, 1500), (0, 1000)])
        inbound.say(inbound=[(0, 200), (4, 2000), (0, 1000)])
        inbound.stop()
        outbound.stop()
        subscriber.until("call.ended", call_id=call)
        texts = {(m["segment"]["role"], m["segment"]["text"])
                 for m in subscriber.of_type("transcript.final") if m["call_id"] == call}
        assert texts == {("agent", speech.SENTENCES[1]), ("customer", speech.SENTENCES[4])}


def test_floods_of_broken_connections_leave_no_memory_behind(gateway):
    def flood(rounds):
        for number in range(rounds):
            ws = raw_pcm(gateway)
            ws.send(start(call_id=f"flood-{number}"))
            ws.send(ONE_STEP)
            ws.socket.close()
            connection = socket.create_connection(("127.0.0.1", gateway.port))
            connection.sendall(b"GET /v1/ingest/pcm HTTP/1.1\r\nUpgrade: webso")
            connection.close()

    flood(150)
    time.sleep(2.5)
    before = gateway.rss_kb()
    flood(150)
    time.sleep(2.5)
    growth = gateway.rss_kb() - before
    assert gateway.metric("sidetone_calls_live") == 0
    # Ended calls are kept for resume: bounded, a few kB each.
    assert IS_SANITIZED or growth < 150 * 24, f"{growth} kB"


def http(gateway, text):
    connection = socket.create_connection(("127.0.0.1", gateway.port), timeout=15)
    connection.sendall(text.replace("\n", "\r\n").encode("latin-1"))
    answer = b""
    try:
        while chunk := connection.recv(65536):
            answer += chunk
            if b"\r\n\r\n" in answer:
                break
    except (ConnectionResetError, socket.timeout):
        pass
    connection.close()
    return answer


def test_rest_needs_a_length_and_has_a_limit(gateway):
    chunked = http(gateway, "POST /v1/calls HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n\n"
                            "1\na\n0\n\n")
    assert chunked.startswith(b"HTTP/1.1 411")
    missing = http(gateway, "POST /v1/calls HTTP/1.1\nHost: x\n\n")
    assert missing.startswith(b"HTTP/1.1 411")
    large = http(gateway, "POST /v1/calls HTTP/1.1\nHost: x\nContent-Length: 99999999\n\n")
    assert large.startswith(b"HTTP/1.1 413")
    other = http(gateway, "POST /v1/calls HTTP/1.1\nHost: x\nContent-Length: 2\n\n{}")
    assert other.startswith(b"HTTP/1.1 405")


@pytest.mark.parametrize("opening", [
    "GET / HTTP/1.1\nHost: x\nConnection: Upgrade, HTTP2-Settings\nUpgrade: h2c\n"
    "HTTP2-Settings: AAMAAABkAAQAAP__\n\n",
    "PRI * HTTP/2.0\n\nSM\n\n",
])
def test_http2_is_never_spoken(gateway, opening):
    answer = http(gateway, opening)
    assert b"101" not in answer[:20] and not answer.startswith(struct.pack(">I", 0)[:3])
    assert gateway.get("/livez").status_code == 200


def test_text_of_callers_is_only_ever_text(gateway, subscribe):
    subscriber = subscribe()
    nasty = '<img src=x onerror=alert(1)>\u202e\u0007"\\'
    sender = Pcm(gateway, "call-1", agent={"id": nasty, "name": nasty}, queue=nasty, caller=nasty,
                 attributes={nasty: nasty})
    started = subscriber.until("call.started")
    assert started["agent"]["name"] == nasty and started["attributes"] == {nasty: nasty}
    sender.stop()
    subscriber.until("call.ended")
    assert nasty not in gateway.log()


def test_base64_of_silence_is_what_twilio_sends():
    """The senders here speak real mu-law: silence is 0xff."""
    assert speech.mulaw([0]) == b"\xff"
    assert base64.b64encode(speech.mulaw([0, 0, 0])) == b"////"
