"""A list of engines: whatever one of them does, the call's words are all there, once, in order."""
import json
import threading
import time

import pytest

import speech
from level_recogniser import LevelRecogniser
from senders import Pcm
from subscriber import Subscriber

AGENT = [(1, 1600), (0, 600), (41, 1600), (0, 600), (46, 1600), (0, 600), (47, 2000), (0, 800)]
CUSTOMER = [(0, 1600), (2, 1800), (0, 700), (42, 1500), (0, 600), (4, 2400), (0, 800)]


def words_of(parts):
    return [word for sentence, _ in parts if sentence
            for word in speech.SENTENCES[sentence].split()]


@pytest.fixture
def second():
    server = LevelRecogniser()
    yield server
    server.close()


@pytest.fixture
def start(make_gateway, recogniser, second):
    """A gateway whose route lists the engines `first` and `second`."""
    def start_one(first=None, engines=("first", "second"), **config):
        remote = [
            {"name": "first", "type": "vosk", "url": recogniser.url, "stall_s": 2, **(first or {})},
            {"name": "second", "type": "vosk", "url": second.url}]
        return make_gateway(config={
            "engines": {"remote": remote},
            "tenants": [{"name": "default",
                         "routes": [{"name": "default", "engines": list(engines)}]}], **config})

    return start_one


def talk(gateway, call_id="call-1", pace=1.0, agent=AGENT, customer=CUSTOMER):
    """A whole call; at `pace` times the speed of speech."""
    sender = Pcm(gateway, call_id)
    mixed = speech.l16(speech.interleave(speech.samples(agent), speech.samples(customer)))
    step = 4 * 8000 // 10
    begun = time.monotonic()
    for i, at in enumerate(range(0, len(mixed), step)):
        sender.ws.send(mixed[at:at + step])
        time.sleep(max(0, begun + i * 0.1 / pace - time.monotonic()))
    sender.stop()
    return sender


def check_ledger(messages, call_id="call-1", agent=AGENT, customer=CUSTOMER):
    finals = [m for m in messages
              if m["type"] == "transcript.final" and m["call_id"] == call_id]
    for channel, parts in enumerate((agent, customer)):
        mine = [m["segment"] for m in finals if m["segment"]["channel"] == channel]
        said = " ".join(s["text"] for s in mine).split()
        assert said == words_of(parts)
        starts = [s["start_ms"] for s in mine if s["text"]]
        assert starts == sorted(starts)
        check_times(mine, parts)


def check_times(segments, parts, tolerance_ms=250):
    """Every sentence is where it was said, whichever engine heard it."""
    at_ms, expected = 0, []
    for sentence, milliseconds in parts:
        if sentence:
            expected.append(at_ms)
        at_ms += milliseconds
    starts = [w["start_ms"] for s in segments for w in s["words"][:1]]
    for begin in expected:
        assert any(abs(begin - start) < tolerance_ms for start in starts), (begin, starts)


def talk_aside(*args, **options):
    """On a thread of its own: who subscribes must go on reading."""
    thread = threading.Thread(target=talk, args=args, kwargs=options)
    thread.start()
    return thread


def ended(gateway, subscriber, call_id="call-1"):
    return subscriber.until("call.ended", call_id=call_id, timeout=90)


def check_switch(subscriber, trouble):
    degraded = subscriber.of_type("stt.degraded")
    assert degraded and all(m["engine"] == "first" for m in degraded)
    assert degraded[0]["trouble"] == trouble, degraded[0]
    recovered = subscriber.of_type("stt.recovered")
    assert {m["channel"] for m in recovered} == {m["channel"] for m in degraded}
    assert all(m["engine"] == "second" for m in recovered)
    for gone in degraded:
        back = next(m for m in recovered if m["channel"] == gone["channel"])
        assert back["at_unix_ms"] - gone["at_unix_ms"] < 2000


def refuse_connections(recogniser):
    recogniser.close()


def hang(recogniser):
    recogniser.hangs = True


def be_silent(recogniser):
    recogniser.is_silent = True


def cut(recogniser):
    recogniser.cuts_after = 90  # of both channels: in the middle of somebody's sentence


def send_nonsense(recogniser):
    recogniser.answers = lambda message: "{nonsense"


def send_too_much(recogniser):
    recogniser.answers = lambda message: json.dumps({"text": "x" * 10_000_000})


def answer_with(status):
    def set_status(recogniser):
        recogniser.status = status
    set_status.__name__ = f"answer_with_{status}"
    return set_status


FAULTS = [
    (refuse_connections, "lost"), (hang, "lost"), (be_silent, "stalled"), (cut, "lost"),
    (send_nonsense, "protocol"), (send_too_much, "protocol"),
    (answer_with(401), "refused"), (answer_with(403), "refused"),
    (answer_with(429), "throttled"), (answer_with(503), "server"),
]


@pytest.mark.parametrize("fault,trouble", FAULTS, ids=[fault.__name__ for fault, _ in FAULTS])
def test_the_next_engine_goes_on_where_one_failed(start, recogniser, fault, trouble):
    gateway = start()
    fault(recogniser)
    subscriber = Subscriber(gateway.ws("/v1/events"))
    talk_aside(gateway)
    assert ended(gateway, subscriber)["shed_ms"] == 0
    check_ledger(subscriber.messages)
    check_switch(subscriber, trouble)
    state = gateway.get("/v1/calls/call-1").json()
    assert state["engine"]["name"] == "second"


def test_an_engine_at_half_speed_is_left(start, recogniser):
    recogniser.delay_s = 0.2  # for 100 ms of audio
    gateway = start()
    subscriber = Subscriber(gateway.ws("/v1/events"))
    agent, customer = AGENT * 5, CUSTOMER * 5
    talk_aside(gateway, agent=agent, customer=customer)
    ended(gateway, subscriber)
    check_ledger(subscriber.messages, agent=agent, customer=customer)
    check_switch(subscriber, "stalled")


def test_other_calls_do_not_notice(start, recogniser, second):
    """One engine goes away under three calls while a fourth uses another one."""
    routes = [{"name": "default", "engines": ["first", "second"]},
              {"name": "calm", "engines": ["second"]}]
    gateway = start(tenants=[{"name": "default", "routes": routes}])
    recogniser.cuts_after = 150
    subscriber = Subscriber(gateway.ws("/v1/events"))
    calm = Pcm(gateway, "calm", path="/v1/ingest/pcm/default/calm")
    threads = [threading.Thread(target=talk, args=(gateway, f"call-{i}")) for i in range(3)]
    for thread in threads:
        thread.start()
    calm.say(agent=AGENT, customer=CUSTOMER)
    calm.stop()
    wait_for_ends(subscriber, {"calm", "call-0", "call-1", "call-2"})
    for call_id in ("calm", "call-0", "call-1", "call-2"):
        check_ledger(subscriber.messages, call_id)
    assert "calm" not in {m["call_id"] for m in subscriber.of_type("stt.degraded")}


def wait_for_ends(subscriber, call_ids):
    while {m["call_id"] for m in subscriber.of_type("call.ended")} != call_ids:
        subscriber.next(60)


def test_a_quota_is_kept_and_the_next_engine_takes_the_rest(start, recogniser, second):
    gateway = start(first={"streams": 2})
    subscriber = Subscriber(gateway.ws("/v1/events"))
    ids = [f"call-{i}" for i in range(6)]
    threads = [threading.Thread(target=talk, args=(gateway, call_id, 2.0)) for call_id in ids]
    for thread in threads:
        thread.start()
    wait_for_ends(subscriber, set(ids))
    for call_id in ids:
        check_ledger(subscriber.messages, call_id)
    assert recogniser.streams_most == 2 and second.connections == 10
    assert not subscriber.of_type("stt.degraded")


def test_calls_wait_in_order_for_a_place(start, recogniser):
    """Two channels, two streams: one call at a time, the others with their audio held."""
    agent, customer = [(1, 1500), (0, 500)], [(0, 500), (2, 1200), (0, 300)]
    gateway = start(first={"streams": 2}, engines=["first"])
    subscriber = Subscriber(gateway.ws("/v1/events"))
    ids = [f"call-{i}" for i in range(6)]
    for call_id in ids:
        sender = Pcm(gateway, call_id)
        sender.say(agent=agent, customer=customer)
        sender.stop()
    wait_for_ends(subscriber, set(ids))
    for call_id in ids:
        check_ledger(subscriber.messages, call_id, agent, customer)
    assert recogniser.streams_most == 2
    assert [m["call_id"] for m in subscriber.of_type("call.ended")] == ids


def test_sessions_are_renewed_and_nobody_notices(start, recogniser, second):
    gateway = start(first={"session_s": 8})
    subscriber = Subscriber(gateway.ws("/v1/events"))
    agent, customer = AGENT * 2, CUSTOMER * 2
    talk_aside(gateway, agent=agent, customer=customer)
    ended(gateway, subscriber)
    check_ledger(subscriber.messages, agent=agent, customer=customer)
    assert recogniser.connections >= 6 and second.connections == 0
    assert not subscriber.of_type("stt.degraded")


def test_the_embedded_engine_may_stand_at_the_end_of_the_list(start, recogniser):
    recogniser.status = 503
    gateway = start(engines=["first", "pocketsphinx"])
    subscriber = Subscriber(gateway.ws("/v1/events"))
    sender = Pcm(gateway, "call-1")
    sender.say(agent=[(1, 1000)], customer=[(0, 1000)])
    recovered = subscriber.until("stt.recovered")
    assert recovered["engine"] == "pocketsphinx"
    assert gateway.get("/v1/calls/call-1").json()["engine"] == \
        {"name": "pocketsphinx", "quality": "low"}
    sender.stop()
    ended(gateway, subscriber)


def test_languages_have_engines_of_their_own(start, recogniser, second):
    routes = [{"name": "default", "engines": ["first"],
               "languages": [{"language": "es", "engines": ["second"]}]}]
    gateway = start(tenants=[{"name": "default", "routes": routes}])
    for call_id, language, engine in (("a", "es-MX", "second"), ("b", "en-GB", "first")):
        sender = Pcm(gateway, call_id, language=language)
        sender.receive()
        assert gateway.get(f"/v1/calls/{call_id}").json()["engine"]["name"] == engine
        sender.stop()
