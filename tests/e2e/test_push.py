"""The push API: snapshot, deltas, resume, filters, slow subscribers."""
import json
import socket
import threading
import time

import pytest
import requests
from websockets.exceptions import ConnectionClosed

from gateway import IS_SANITIZED
from senders import Pcm
from subscriber import Subscriber

MANAGER_CALL = {"agent": [(1, 1500), (0, 5500)],
                "customer": [(0, 2000), (2, 1500), (0, 500), (4, 2000), (0, 1000)]}


def run_call(gateway, call_id, **start):
    sender = Pcm(gateway, call_id, **start)
    sender.say(**MANAGER_CALL)
    sender.stop()
    assert sender.receive()["type"] == "started"
    assert sender.receive() == {"type": "stopped"}


def test_a_call_gives_every_event_once_and_in_order(gateway, subscribe):
    subscriber = subscribe()
    subscriber.until("snapshot.end", calls=0)
    run_call(gateway, "call-1", agent={"id": "a1", "name": "Ann"}, queue="billing")
    ended = subscriber.until("call.ended")
    assert subscriber.seqs("call-1") == list(range(1, ended["seq"] + 1))
    texts = {(m["segment"]["role"], m["segment"]["text"])
             for m in subscriber.of_type("transcript.final")}
    assert texts == {("agent", "thank you for calling how can i help"),
                     ("customer", "i have a problem with my bill"),
                     ("customer", "i want to speak to a manager right now")}
    assert subscriber.of_type("transcript.partial")
    assert all("seq" not in m for m in subscriber.of_type("transcript.partial"))
    assert ended["reason"] == "stopped" and ended["duration_ms"] == 7000
    assert ended["segments"] == 3 and ended["alerts"] == 1 and ended["shed_ms"] == 0


def test_words_carry_the_calls_own_times(gateway, subscribe):
    subscriber = subscribe()
    run_call(gateway, "call-1")
    subscriber.until("call.ended")
    final = [m["segment"] for m in subscriber.of_type("transcript.final")
             if m["segment"]["text"].endswith("right now")][0]
    assert abs(final["start_ms"] - 4000) <= 40 and abs(final["end_ms"] - 6000) <= 40
    assert final["word_times"] == "measured"
    assert [w["text"] for w in final["words"]] == final["text"].split()
    for word, after in zip(final["words"], final["words"][1:]):
        assert word["start_ms"] <= word["end_ms"] <= after["start_ms"] + 1


def test_the_alert_names_the_words_and_where_they_are(gateway, subscribe):
    subscriber = subscribe()
    run_call(gateway, "call-1")
    alert = subscriber.until("alert.raised")["alert"]
    assert alert["category"] == "manager" and alert["severity"] == "high"
    assert alert["words"] == "speak to a manager" and alert["role"] == "customer"
    assert 4000 <= alert["start_ms"] < alert["end_ms"] <= 6000 and alert["count"] == 1
    greeting = [m for m in subscriber.of_type("category.matched") if m["category"] == "greeting"]
    assert greeting and greeting[0]["severity"] == "none"
    assert not [m for m in subscriber.of_type("alert.raised")
                if m["alert"]["category"] == "greeting"]


def test_a_phrase_is_found_across_two_segments(gateway, subscribe):
    subscriber = subscribe()
    sender = Pcm(gateway, "call-1")
    sender.say(agent=[(0, 5000)], customer=[(8, 1200), (0, 600), (9, 1200), (0, 2000)])
    sender.stop()
    alert = subscriber.until("alert.raised")["alert"]
    assert alert["words"] == "speak to a manager"
    assert alert["start_ms"] < 1200 and alert["end_ms"] > 1800


def test_a_late_subscriber_gets_the_state_and_then_deltas(gateway, subscribe):
    sender = Pcm(gateway, "call-1", queue="billing")
    sender.say(**MANAGER_CALL)
    first = subscribe()
    while len(first.of_type("alert.raised")) + sum(
            len(m["call"]["alerts"]) for m in first.of_type("snapshot")) == 0:
        first.next()
    late = subscribe()
    call = late.until("snapshot")["call"]
    assert call["call_id"] == "call-1" and call["state"] == "live" and call["queue"] == "billing"
    assert [a["category"] for a in call["alerts"]] == ["manager"]
    assert {s["text"] for s in call["transcript"]} >= {"i want to speak to a manager right now"}
    late.until("snapshot.end", calls=1)
    sender.say(agent=[(7, 1000), (0, 1000)], customer=[(0, 2000)])
    sender.stop()
    ended = late.until("call.ended")
    assert late.seqs("call-1") == list(range(call["seq"] + 1, ended["seq"] + 1))


@pytest.mark.parametrize("cut_after", [1, 4, 9])
def test_resume_gives_exactly_what_was_missed(gateway, subscribe, cut_after):
    before = subscribe(partials=False)
    before.until("snapshot.end")
    sender = Pcm(gateway, "call-1")
    sender.say(**MANAGER_CALL)
    while len(before.seqs("call-1")) < cut_after:
        before.next()
    seen = before.seqs("call-1")
    before.ws.socket.close()
    other = Pcm(gateway, "call-2")
    sender.say(agent=[(5, 1500), (0, 1000)], customer=[(0, 2500)])
    after = subscribe(partials=False, resume={"call-1": seen[-1]})
    assert after.until("snapshot")["call"]["call_id"] == "call-2"
    after.until("snapshot.end", calls=1)
    sender.stop()
    ended = after.until("call.ended", call_id="call-1")
    assert seen + after.seqs("call-1") == list(range(1, ended["seq"] + 1))
    other.stop()


def test_resume_reaches_back_into_a_call_that_has_ended(gateway, subscribe):
    run_call(gateway, "call-1")
    subscribe().until("snapshot")
    time.sleep(0.5)
    late = subscribe(resume={"call-1": 2})
    ended = late.until("call.ended")
    assert late.seqs("call-1") == list(range(3, ended["seq"] + 1))


def read_sse(url, until):
    """Messages of a Server-Sent Events stream as (event, id, data), up to one of type `until`."""
    messages, fields = [], {}
    with requests.get(url, stream=True, timeout=30) as response:
        for line in response.iter_lines(chunk_size=1, decode_unicode=True):
            name, _, value = line.partition(": ")
            if line:
                fields[name] = value
            elif "data" in fields:
                messages.append((fields.get("event"), fields.get("id"), json.loads(fields["data"])))
                fields = {}
                if messages[-1][0] == until:
                    return messages


def test_server_sent_events_are_named_and_numbered_live_and_on_resume(gateway):
    url = f"http://127.0.0.1:{gateway.port}/v1/events/sse"
    live = [[], []]
    readers = [threading.Thread(target=lambda seen=seen: seen.extend(read_sse(url, "call.ended")))
               for seen in live]
    for reader in readers:
        reader.start()
    time.sleep(0.5)
    run_call(gateway, "call 1/x")
    for reader in readers:
        reader.join(30)
    resumed = read_sse(url + "?resume=call+1/x:2", "call.ended")
    for messages in live + [resumed]:
        for event, id, data in messages:
            assert event == data["type"]
            assert id == (f"call 1/x/{data['seq']}" if "seq" in data else None)
    assert live[0] == live[1] and len(live[0]) > 10
    assert resumed == [m for m in live[0] if m[2].get("seq", 0) > 2]


def test_resume_of_an_unknown_call_or_place_is_a_gap(gateway, subscribe):
    run_call(gateway, "call-1")
    subscriber = subscribe(resume={"nobody": 7, "call-1": 100000})
    subscriber.until("snapshot.end")
    gaps = {m["call_id"]: m["seq"] for m in subscriber.of_type("resume.gap")}
    assert gaps == {"nobody": 7, "call-1": 100000}
    assert [m["call"]["call_id"] for m in subscriber.of_type("snapshot")] == ["call-1"]


def test_filters_by_call_agent_queue_type_and_severity(gateway, subscribe):
    watchers = {
        "call": subscribe(calls=["call-2"]),
        "agent": subscribe(agents=["a1"]),
        "queue": subscribe(queues=["sales"]),
        "type": subscribe(events=["call.ended"]),
        "severity": subscribe(min_severity="critical"),
        "no partials": subscribe(partials=False),
    }
    for subscriber in watchers.values():
        subscriber.until("snapshot.end")
    run_call(gateway, "call-1", agent={"id": "a1"}, queue="billing")
    run_call(gateway, "call-2", agent={"id": "a2"}, queue="sales")
    watchers["agent"].until("call.ended", call_id="call-1")
    for name in ("call", "queue", "type", "severity", "no partials"):
        watchers[name].until("call.ended", call_id="call-2")

    def calls(name):
        return {m["call_id"] for m in watchers[name].messages if "call_id" in m}

    assert calls("call") == {"call-2"} and calls("queue") == {"call-2"}
    assert calls("agent") == {"call-1"}
    assert {m["type"] for m in watchers["type"].messages} <= {"welcome", "snapshot.end",
                                                              "call.ended"}
    assert not watchers["severity"].of_type("alert.raised")
    assert not watchers["severity"].of_type("category.matched")
    assert watchers["severity"].of_type("transcript.final")
    assert not watchers["no partials"].of_type("transcript.partial")


def test_broken_messages_are_answered_and_ten_of_them_end_it(gateway, subscribe):
    subscriber = subscribe(subscribe=False)
    subscriber.until("welcome")
    broken = ["{", "[]", '{"type":"fly"}', '{"type":"subscribe","calls":"x"}',
              '{"type":"subscribe","events":["no.such"]}', '{"type":"subscribe","resume":[1]}',
              '{"type":"subscribe","min_severity":"purple"}', '{"type":"ping","id":5}',
              '{"type":"subscribe","partials":1}', "null"]
    for text in broken[:-1]:
        subscriber.ws.send(text)
        error = subscriber.until("error")
        assert error["code"] == "bad_request" and error["message"]
    subscriber.send({"type": "ping", "id": "still here"})
    assert subscriber.until("pong")["id"] == "still here"
    subscriber.ws.send(broken[-1])
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            subscriber.next()
    assert closed.value.rcvd.code == 1008


def test_binary_is_refused(gateway, subscribe):
    subscriber = subscribe(subscribe=False)
    subscriber.ws.send(b"\x00\x01")
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            subscriber.next()
    assert closed.value.rcvd.code == 1003


def test_a_subscriber_that_never_reads_is_cut_and_costs_the_others_nothing(make_gateway):
    gateway = make_gateway(config={"push": {"queue_bytes": 65536}})
    raw = socket.create_connection(("127.0.0.1", gateway.port))
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    key = "dGhlIHNhbXBsZSBub25jZQ=="
    raw.sendall((f"GET /v1/events HTTP/1.1\r\nHost: 127.0.0.1:{gateway.port}\r\nUpgrade: websocket"
                 f"\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
                 "Sec-WebSocket-Version: 13\r\n\r\n").encode())
    assert b"101" in raw.recv(2048)
    body = json.dumps({"type": "subscribe"}).encode()
    raw.sendall(bytes([0x81, 0x80 | len(body), 0, 0, 0, 0]) + body)
    good = Subscriber(gateway.ws("/v1/events"))
    good.until("snapshot.end")
    before_kb = gateway.rss_kb()
    reader = good.read_in_background(60, "call.ended")
    for number in range(60):
        sender = Pcm(gateway, f"call-{number}")
        sender.say(agent=[(1, 1000), (0, 500)] * 10, customer=[(2, 1000), (0, 500)] * 10)
        sender.stop()
    reader.join(90)
    assert not reader.is_alive()
    for number in range(60):
        seqs = good.seqs(f"call-{number}")
        assert seqs == list(range(1, len(seqs) + 1))
    until = time.monotonic() + 10
    while gateway.metric("sidetone_push_slow_subscribers_total") < 1:
        assert time.monotonic() < until
        time.sleep(0.1)
    assert IS_SANITIZED or gateway.rss_kb() - before_kb < 60000
    raw.close()
    good.ws.close()


def test_sse_gives_the_same_events(gateway, subscribe):
    lines = []

    def read():
        with gateway.get("/v1/events/sse?call=call-1&partials=false", stream=True) as response:
            assert response.headers["content-type"].startswith("text/event-stream")
            for line in response.iter_lines(chunk_size=1, decode_unicode=True):
                lines.append(line)
                if line == "event: call.ended":
                    started.set()
                if started.is_set() and line.startswith("data:"):
                    return

    started = threading.Event()
    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    subscriber = subscribe(calls=["call-1"], partials=False)
    subscriber.until("snapshot.end")
    time.sleep(0.5)
    run_call(gateway, "call-1")
    subscriber.until("call.ended")
    reader.join(20)
    assert not reader.is_alive()
    sent = [json.loads(line[5:]) for line in lines if line.startswith("data:")]
    events = [m for m in subscriber.messages if "seq" in m]
    assert [m for m in sent if "seq" in m] == events
    assert f"id: call-1/{events[-1]['seq']}" in lines


def test_sse_refuses_unknown_parameters(gateway):
    response = gateway.get("/v1/events/sse?calls=x")
    assert response.status_code == 400 and response.json()["error"]["code"] == "bad_request"


def test_rest_shows_calls_and_one_call_whole(gateway, subscribe):
    subscriber = subscribe()
    run_call(gateway, "call-1", queue="billing")
    subscriber.until("call.ended")
    listed = gateway.get("/v1/calls").json()["calls"]
    assert [c["call_id"] for c in listed] == ["call-1"] and "transcript" not in listed[0]
    call = gateway.get("/v1/calls/call-1").json()
    assert call["state"] == "ended" and call["ended"]["duration_ms"] == 7000
    assert len(call["transcript"]) == 3 and len(call["alerts"]) == 1
    assert call["sentiment"]["1"]["label"] in ("positive", "negative", "neutral") \
        or "sentiment is off" in gateway.log()
    missing = gateway.get("/v1/calls/nobody")
    assert missing.status_code == 404 and missing.json()["error"]["code"] == "not_found"


def test_a_snapshot_leaves_out_what_the_subscription_does_not_take(gateway, subscribe):
    subscriber = subscribe()
    run_call(gateway, "call-1")
    subscriber.until("call.ended")

    def snapshot(**subscription):
        return subscribe(**subscription).until("snapshot")["call"].keys()

    both = {"transcript", "partials", "pauses", "sentiments"}
    assert snapshot() >= both
    assert not snapshot(events=["alert.raised"]) & both
    assert snapshot(events=["transcript.final"]) & both == {"transcript", "partials", "pauses"}
    assert snapshot(events=["call.ended", "sentiment.updated"]) & both == {"sentiments"}
