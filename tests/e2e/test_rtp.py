"""Calls as RTP: by ffmpeg, and by a sender of our own for what ffmpeg does not do."""
import base64
import os
import shutil
import subprocess
import time

import pytest

import rtp
import speech
import tones
from cli import write_wav
from gateway import token
from rtp import begin, end, look, senders, stream

AGENT = [(1, 800), (0, 1700), (5, 800), (0, 700)]
CUSTOMER = [(0, 1000), (2, 800), (0, 2200)]
SPOKEN = [("agent", speech.SENTENCES[1]), ("customer", speech.SENTENCES[2]),
          ("agent", speech.SENTENCES[5])]


@pytest.fixture
def gateway(make_gateway):
    return make_gateway(config=rtp.config())


def finals(subscriber):
    return [(m["segment"]["role"], m["segment"]["text"])
            for m in subscriber.of_type("transcript.final") if m["segment"]["text"]]


# ---- a call ----

def test_a_call_of_two_streams_goes_through_everything(gateway, subscribe):
    subscriber, began = subscribe(), time.monotonic()
    answer = begin(gateway, agent_id="a7", queue="billing")
    session = answer["session"]
    assert [of["channels"] for of in session["streams"]] == [[0], [1]]
    assert "m=audio %d RTP/AVP 0 8 9 13 101" % session["streams"][0]["port"] in answer["sdp"]
    assert answer["sdp"].count("a=recvonly") == 2
    agent, customer = senders(session)
    rtp.talk([(agent, AGENT), (customer, CUSTOMER)])
    stats = end(gateway, session)
    took_ms = (time.monotonic() - began) * 1000  # it lasts from begin to end, however slow they are
    started, ended = subscriber.until("call.started"), subscriber.until("call.ended")
    assert started["dialect"] == "rtp" and started["agent"]["id"] == "a7"
    assert finals(subscriber) == SPOKEN
    assert ended["reason"] == "stopped" and 3800 < ended["duration_ms"] < took_ms + 200
    for sender, of in zip((agent, customer), stats["streams"]):
        assert of["received"] == sender.sent == 200
        assert of["lost"] == of["late"] == of["duplicates"] == of["concealed_ms"] == 0
        assert of["dropped"] == {} and of["from_port"] == sender.port
        assert of["jitter_us"] < 20000
    assert gateway.get(f"/v1/rtp/{session['id']}").status_code == 404
    assert gateway.metric("sidetone_rtp_streams") == 0
    assert gateway.metric("sidetone_rtp_packets_total") == 400


def test_what_was_injected_is_what_is_counted(gateway, subscribe):
    subscriber = subscribe()
    session = begin(gateway, streams=[stream("customer")])["session"]
    [sender] = senders(session)
    injected = rtp.say_badly(sender, [(1, 2500), (0, 1000), (2, 2500), (0, 500)], loss=0.04,
                             duplicates=0.05, swaps=0.08, late=0.04)
    time.sleep(0.2)
    of = end(gateway, session)["streams"][0]
    assert all(count > 3 for count in injected.values())
    assert {name: of[name] for name in injected} == injected
    assert of["received"] == 325 - injected["lost"]
    assert of["dropped"] == {"duplicate": injected["duplicates"], "late": injected["late"]}
    assert of["concealed_ms"] == (injected["lost"] + injected["late"]) * 20
    subscriber.until("call.ended")
    assert finals(subscriber) == [("customer", speech.SENTENCES[1]),
                                  ("customer", speech.SENTENCES[2])]


def test_the_quality_of_each_channel_is_told(gateway, subscribe):
    subscriber = subscribe()
    session = begin(gateway)["session"]
    agent, customer = senders(session)
    clock = rtp.Clock()
    for i, frame in enumerate(agent.frames([(1, 4000)])):
        good, bad = agent.next(frame), customer.next(frame)
        agent.put(good)
        if i < 10 or i % 5 or i > 190:
            customer.put(bad)
        clock.tick()
    end(gateway, session)
    subscriber.until("call.ended")
    told = [m["quality"] for m in subscriber.of_type("call.updated") if "quality" in m]
    good, bad = told[-1]
    assert good["role"] == "agent" and bad["role"] == "customer"
    assert good["received"] == 200 and good["lost"] == 0 and good["mos"] > 4.2
    assert bad["lost"] == 200 - customer.sent and 15 < bad["loss_pct"] < 20 and bad["mos"] < 3
    assert bad["concealed_ms"] == bad["lost"] * 20
    assert gateway.get("/v1/calls/c-1").json()["quality"] == told[-1]
    assert gateway.metric("sidetone_rtp_lost_total") == bad["lost"]
    assert gateway.metric("sidetone_rtp_ended_total", mos="4_and_more") == 1
    figures = gateway.get("/metrics", operations=True).text
    assert not any(of in figures for of in ("c-1", session["id"]))  # no figure is of one call


def test_a_late_leg_and_silence_keep_their_places(gateway, subscribe):
    subscriber = subscribe()
    session = begin(gateway)["session"]
    agent, customer = senders(session)
    clock = rtp.talk([(agent, [(1, 1000), (0, 500)])])
    agent.pass_silence(75)
    clock.tick(75)
    customer.pass_silence(150)
    rtp.talk([(agent, [(5, 1000), (0, 1000)]), (customer, [(2, 1000), (0, 1000)])])
    end(gateway, session)
    subscriber.until("call.ended")
    starts = {m["segment"]["text"]: m["segment"]["words"][0]["start_ms"]
              for m in subscriber.of_type("transcript.final") if m["segment"]["text"]}
    assert abs(starts[speech.SENTENCES[5]] - 3000) < 200, starts
    assert abs(starts[speech.SENTENCES[2]] - 3000) < 200, starts


def test_digits_are_counted_and_never_logged(make_gateway):
    gateway = make_gateway(config={**rtp.config(), "log": {"level": "debug"}})
    session = begin(gateway, streams=[stream("customer")])["session"]
    [sender] = senders(session)
    clock = rtp.talk([(sender, [(1, 500)])])
    for digit in "4711":
        sender.press(digit, clock)
    rtp.talk([(sender, [(0, 500)])])
    of = end(gateway, session)["streams"][0]
    assert of["digits"] == 4 and of["lost"] == 0
    assert "dtmf" not in gateway.log()


# ---- ends ----

def test_a_bye_ends_its_stream_and_the_last_one_the_call(gateway, subscribe):
    subscriber = subscribe()
    session = begin(gateway)["session"]
    agent, customer = senders(session)
    rtp.talk([(agent, [(1, 1000)]), (customer, [(2, 1000)])])
    agent.bye()
    rtp.talk([(customer, [(0, 3000)])])
    assert [of["has_ended"] for of in look(gateway, session)["streams"]] == [True, False]
    customer.bye()
    assert subscriber.until("call.ended")["reason"] == "stopped"
    assert gateway.get("/v1/rtp").json() == {"sessions": []}


def test_a_session_that_falls_silent_ends_unless_it_is_held(gateway, subscribe):
    subscriber = subscribe()
    session = begin(gateway, timeout_s=2)["session"]
    agent, customer = senders(session)
    rtp.talk([(agent, [(1, 500)]), (customer, [(2, 500)])])
    held = gateway.request("POST", f"/v1/rtp/{session['id']}/hold", json={}).json()
    assert held["is_held"]
    assert subscriber.until("call.updated", paused=True)
    time.sleep(3)
    assert look(gateway, session)["is_held"]
    gateway.request("POST", f"/v1/rtp/{session['id']}/resume", json={})
    assert subscriber.until("call.ended")["reason"] == "lost"
    assert gateway.get("/v1/rtp").json() == {"sessions": []}


def test_a_gateway_that_stops_ends_its_sessions(make_gateway):
    gateway = make_gateway(config=rtp.config())
    session = begin(gateway)["session"]
    agent, customer = senders(session)
    rtp.talk([(agent, [(1, 500)]), (customer, [(2, 500)])])
    assert gateway.stop() == 0


# ---- who may ----

def test_requests_that_make_no_sense_are_refused(gateway):
    for body in ({}, {"streams": []}, {"streams": [{}] * 3}, {"streams": [{"role": "boss"}]},
                 {"streams": [{"address": "nowhere"}]}, {"streams": [{"port": 0}]},
                 {"streams": [{"srtp": {"suite": "ROT13", "key": "AAAA"}}]},
                 {"streams": [{"codecs": [{"payload_type": 3}]}]}, {"sdp": "v=0"}, {"sdp": 5},
                 {"streams": [{}], "sdp": "v=0"}, {"streams": [stream()], "unknown": 1},
                 {"streams": [stream()], "call_id": ""}, {"streams": [stream()], "timeout_s": 0},
                 {"streams": [{"source": "strict", "address": "127.0.0.1"}]}):
        answer = gateway.request("POST", "/v1/rtp", json=body)
        assert answer.status_code == 400, (body, answer.text)
    assert gateway.request("POST", "/v1/rtp", data="{").status_code == 415
    assert gateway.request("DELETE", "/v1/rtp/none").status_code == 404
    assert gateway.request("PUT", "/v1/rtp").status_code == 405
    assert gateway.get("/v1/rtp").json() == {"sessions": []}
    assert gateway.metric("sidetone_calls_live") == 0


def test_ports_and_calls_have_an_end(make_gateway):
    first, _ = rtp.free_ports()
    ports = {"first_port": first, "last_port": first + 5}
    gateway = make_gateway(config={"threads": 1, "rtp": ports})
    session = begin(gateway, call_id="c-0")["session"]
    assert begin(gateway, 409, call_id="c-0", streams=[stream()])["error"]["code"] == "conflict"
    assert "port" in begin(gateway, 429, call_id="c-1")["error"]["message"]
    end(gateway, session)
    assert "port" in begin(gateway, 429, call_id="c-1")["error"]["message"]  # they rest
    gateway = make_gateway(config={**rtp.config(), "threads": 1, "limits": {"calls": 1}})
    begin(gateway, call_id="c-0", streams=[stream("agent")])
    begin(gateway, call_id="c-0", streams=[stream("agent")], status=409)
    assert "calls" in begin(gateway, 429, call_id="c-1")["error"]["message"]


def test_tokens_are_needed(make_gateway):
    gateway = make_gateway(is_dev=False, config=rtp.config())
    body = {"call_id": "c-1", "streams": [stream("agent")]}
    for bearer, status in ((None, 401), (token("calls:read"), 403),
                           (token("calls:ingest", call="c-2"), 403),
                           (token("calls:ingest", tenant="other"), 404),
                           (token("calls:ingest"), 201)):
        answer = gateway.request("POST", "/v1/rtp", json=body, bearer=bearer)
        assert answer.status_code == status, (bearer, answer.text)
    assert gateway.get("/v1/rtp").status_code == 401
    sessions = gateway.get("/v1/rtp", bearer=token("calls:read")).json()["sessions"]
    assert [of["call_id"] for of in sessions] == ["c-1"]
    others = gateway.get("/v1/rtp", bearer=token("calls:read", tenant="other")).json()
    assert others == {"sessions": []}
    body["streams"][0]["source"] = "open"
    answer = gateway.request("POST", "/v1/rtp", json=body, bearer=token("calls:ingest"))
    assert answer.status_code == 403


def test_strangers_change_nothing(gateway, subscribe):
    subscriber = subscribe()
    session = begin(gateway, streams=[stream("customer")])["session"]
    [sender] = senders(session)
    stranger = rtp.Sender(sender.to[1], ip="127.0.0.3", seed=9)
    clock = rtp.Clock()
    for frame, noise in zip(sender.frames([(2, 2000), (0, 1000)]), stranger.frames([(7, 3000)])):
        sender.put(sender.next(frame))
        for _ in range(20):
            stranger.put(stranger.next(noise))
        clock.tick()
    stranger.bye()
    of = end(gateway, session)["streams"][0]
    assert of["received"] == 150 and of["lost"] == 0, of
    assert of["dropped"] == {"source": stranger.sent + 1}
    subscriber.until("call.ended")
    assert finals(subscriber) == [("customer", speech.SENTENCES[2])]


# ---- ffmpeg ----

def ffmpeg(*arguments):
    return subprocess.Popen([shutil.which("ffmpeg") or "ffmpeg", "-hide_banner", "-loglevel",
                             "error", *arguments], stderr=subprocess.PIPE)


def stereo_file(path, rate_hz=8000, voice=speech):
    return str(write_wav(path, AGENT, CUSTOMER, rate_hz=rate_hz, voice=voice))


def send_by_ffmpeg(path, outputs, codec=("-c:a", "pcm_mulaw", "-ar", "8000"), frame=160):
    """Each channel of the file as a stream of its own, in real time."""
    keep = f"aformat=channel_layouts=mono,asetnsamples={frame}"
    arguments = ["-re", "-i", path, "-filter_complex",
                 f"[0:a]channelsplit=channel_layout=stereo[l][r];"
                 f"[l]{keep}[a];[r]{keep}[b]"]
    for label, (url, more) in zip("ab", outputs):
        arguments += ["-map", f"[{label}]", *codec, *more, "-f", "rtp", url]
    process = ffmpeg(*arguments)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors.decode()


def urls(session, scheme="rtp"):
    return [f"{scheme}://127.0.0.1:{of['port']}?pkt_size=1200" for of in session["streams"]]


CODECS = {
    "PCMU": (("-c:a", "pcm_mulaw", "-ar", "8000"), 8000, {"payload_type": 0}),
    "PCMA": (("-c:a", "pcm_alaw", "-ar", "8000"), 8000, {"payload_type": 8}),
    "G722": (("-c:a", "g722", "-ar", "16000"), 16000, {"payload_type": 9}),
    "L16": (("-c:a", "pcm_s16be", "-ar", "16000", "-payload_type", "96"), 16000,
            {"payload_type": 96, "name": "L16", "clock_hz": 16000}),
    "opus": (("-c:a", "libopus", "-ar", "48000", "-b:a", "64k", "-payload_type", "97"), 48000,
             {"payload_type": 97, "name": "opus", "clock_hz": 48000, "channels": 2}),
}


@pytest.mark.parametrize("name", CODECS)
def test_ffmpeg_sends_a_call(gateway, recogniser, subscribe, tmp_path, name):
    codec, rate_hz, offered = CODECS[name]
    recogniser.listens = tones.Listener
    subscriber = subscribe()
    session = begin(gateway, streams=[stream("agent", codecs=[offered]),
                                      stream("customer", codecs=[offered])])["session"]
    send_by_ffmpeg(stereo_file(tmp_path / "call.wav", rate_hz, tones),
                   [(url, []) for url in urls(session)], codec, frame=rate_hz // 50)
    stats = end(gateway, session)
    subscriber.until("call.ended")
    for of in stats["streams"]:
        assert of["received"] >= 195 and of["lost"] == 0 and of["undecodable"] == 0, of
    assert finals(subscriber) == SPOKEN


# By its SDP name ffmpeg takes the second with a short tag on RTCP as well, against RFC 4568.
SUITES = {"AES_CM_128_HMAC_SHA1_80": "AES_CM_128_HMAC_SHA1_80",
          "AES_CM_128_HMAC_SHA1_32": "SRTP_AES128_CM_HMAC_SHA1_32"}


@pytest.mark.parametrize("suite", SUITES)
def test_ffmpeg_sends_srtp(gateway, subscribe, tmp_path, suite):
    subscriber = subscribe()
    keys = [base64.b64encode(os.urandom(30)).decode() for _ in range(2)]
    answer = begin(gateway, streams=[stream(role, srtp={"suite": suite, "key": key})
                                     for role, key in zip(("agent", "customer"), keys)])
    session = answer["session"]
    assert f"a=crypto:1 {suite} inline:" in answer["sdp"] and "RTP/SAVP" in answer["sdp"]
    assert not any(key in answer["sdp"] for key in keys)
    send_by_ffmpeg(stereo_file(tmp_path / "call.wav"),
                   [(url, ["-srtp_out_suite", SUITES[suite], "-srtp_out_params", key])
                    for url, key in zip(urls(session, "srtp"), keys)])
    stats = end(gateway, session)
    subscriber.until("call.ended")
    assert finals(subscriber) == SPOKEN
    assert all(of["is_secure"] and of["dropped"] == {} for of in stats["streams"]), stats
    assert not any(key in gateway.log() for key in keys)


def test_plain_rtp_is_not_taken_for_srtp(gateway):
    key = base64.b64encode(os.urandom(30)).decode()
    session = begin(gateway, streams=[stream(
        "agent", srtp={"suite": "AES_CM_128_HMAC_SHA1_80", "key": key})])["session"]
    [sender] = senders(session)
    rtp.talk([(sender, [(1, 1000)])])
    of = end(gateway, session)["streams"][0]
    assert of["received"] == 0 and sum(of["dropped"].values()) == sender.sent


def test_ffmpeg_sends_one_stereo_stream(gateway, subscribe, tmp_path):
    subscriber = subscribe()
    codec = {"payload_type": 96, "name": "L16", "clock_hz": 8000, "channels": 2}
    session = begin(gateway, streams=[{"roles": ["customer", "agent"], "address": "127.0.0.1",
                                       "codecs": [codec]}])["session"]
    assert session["streams"][0]["channels"] == [0, 1]
    process = ffmpeg("-re", "-i", stereo_file(tmp_path / "call.wav"), "-af", "asetnsamples=160",
                     "-c:a", "pcm_s16be", "-payload_type", "96", "-f", "rtp", urls(session)[0])
    assert process.wait(60) == 0, process.stderr.read()
    end(gateway, session)
    subscriber.until("call.ended")
    others = {"agent": "customer", "customer": "agent"}
    assert finals(subscriber) == [(others[role], text) for role, text in SPOKEN]


def test_an_offer_is_answered(gateway, subscribe):
    subscriber = subscribe()
    agent = rtp.Sender(9, seed=1)
    customer = rtp.Sender(9, seed=2)
    offer = "".join(line + "\r\n" for line in (
        "v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0",
        f"m=audio {agent.port} RTP/AVP 0 101", "a=rtpmap:101 telephone-event/8000", "a=sendonly",
        "a=label:1", f"m=audio {customer.port} RTP/AVP 0", "a=sendonly", "a=label:2"))
    answer = begin(gateway, sdp=offer, roles=["agent", "customer"], source="strict")
    ports = [int(line.split()[1]) for line in answer["sdp"].split("\r\n") if line[:2] == "m="]
    agent.to, customer.to = [("127.0.0.1", port) for port in ports]
    rtp.talk([(agent, AGENT), (customer, CUSTOMER)])
    end(gateway, answer["session"])
    subscriber.until("call.ended")
    assert finals(subscriber) == SPOKEN
