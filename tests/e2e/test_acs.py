"""Calls from Azure Communication Services: audio, transcripts, both; by the sender its own SDK has proved."""
import base64
import json
import subprocess
import time

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

import acs
import speech
from acs import AGENT, CUSTOMER, Acs
from contract import check
from gateway import b64, token
from senders import Pcm

LINES = [(AGENT, "Thank you for calling, how can I help?", 1000, 3000),
         (CUSTOMER, "I am very angry, this is terrible.", 3500, 5500),
         (CUSTOMER, "I want to speak to a manager right now.", 6000, 8000),
         (AGENT, "I am sorry. That is great, thank you.", 9000, 11000)]


def finals(subscriber):
    return [(m["segment"]["role"], m["segment"]["text"]) for m in subscriber.of_type("transcript.final")
            if m["segment"]["text"]]


def spoken(lines=LINES):
    return [("agent" if who == AGENT else "customer", text) for who, text, _, _ in lines]


def route(**acs_options):
    return {"tenants": [{"name": "default", "routes": [
        {"name": "default", "engines": ["vosk"], "acs": acs_options}]}]}


def tell(sender, lines=LINES, **more):
    for who, text, start, end in lines:
        sender.say(who, text, start, end, **more)


# ---- a transcript alone ----

def test_a_call_of_transcript_alone_goes_through_everything(gateway, subscribe, recogniser):
    subscriber = subscribe()
    sender = Acs(gateway, path="/v1/ingest/acs?agent_id=a7&queue=billing")
    sender.begin_transcript()
    tell(sender)
    sender.close()
    started = subscriber.until("call.started")
    ended = subscriber.until("call.ended")
    assert started["dialect"] == "acs" and started["engine"]["name"] == "acs"
    assert started["agent"]["id"] == "a7" and started["queue"] == "billing"
    assert started["language"] == "en-US" and started["attributes"]["correlation_id"] == "corr-1"
    assert finals(subscriber) == spoken()
    assert subscriber.seqs("call-1") == list(range(1, ended["seq"] + 1))
    assert subscriber.of_type("transcript.partial")
    assert ended["reason"] == "stopped" and ended["segments"] == 4 and ended["alerts"] == 1
    assert 11000 <= ended["duration_ms"] <= 15000
    assert subscriber.of_type("alert.raised") and subscriber.of_type("category.matched")
    sentiments = {m["role"]: m for m in subscriber.of_type("sentiment.updated")}
    assert set(sentiments) == {"agent", "customer"}
    assert recogniser.connections == 0


def test_issues_and_a_summary_come_from_a_transcript_alone(gateway, subscribe, recogniser):
    lines = [(AGENT, "Thank you for calling, how can I help?", 1000, 3000),
             (CUSTOMER, "I am calling because I was charged twice on my bill.", 4000, 7000),
             (AGENT, "Okay, I have refunded the second charge to your card.", 8000, 11000),
             (AGENT, "I will send you an email tomorrow.", 12000, 14000)]
    subscriber = subscribe()
    sender = Acs(gateway)
    sender.begin_transcript()
    tell(sender, lines)
    sender.close()
    subscriber.until("call.ended")
    assert {m["issue"]["kind"] for m in subscriber.of_type("issue.detected")} == {"issue", "outcome", "action_item"}
    summary = subscriber.of_type("call.summary")[-1]["summary"]
    assert "charged twice on my bill" in summary["reasons"][0]["text"]
    assert "refunded the second charge" in summary["outcomes"][0]["text"]
    assert "send you an email" in summary["next_steps"][0]["text"]
    assert recogniser.connections == 0


@pytest.mark.parametrize("mode", ["off", "beside", "instead"])
def test_azures_sentiment_and_language(make_gateway, mode):
    from subscriber import Subscriber
    gateway = make_gateway(config={"tenants": [{"name": "default", "routes": [
        {"name": "default", "engines": ["vosk"], "vendor_findings": mode}]}]})
    subscriber = Subscriber(gateway.ws("/v1/events"))
    sender = Acs(gateway)
    sender.begin_transcript()
    sender.say(CUSTOMER, "I am very angry, this is terrible.", 1000, 3000, languageIdentified="en-GB",
               sentimentAnalysisResult={"sentiment": "negative"})
    sender.say(AGENT, "That is great, thank you.", 4000, 6000)
    sender.close()
    subscriber.until("call.ended")
    for message in subscriber.messages:
        check(message)
    assert [m["segment"].get("language") for m in subscriber.of_type("transcript.final")] == ["en-GB", None]
    told = [(m.get("origin"), m["role"], m["label"]) for m in subscriber.of_type("sentiment.updated")]
    ours, theirs = (None, "customer", "negative"), ("acs", "customer", "negative")
    assert told == {"off": [ours], "beside": [ours, theirs], "instead": [theirs]}[mode] + [(None, "agent", "positive")]


def test_words_are_where_azure_heard_them(gateway, subscribe):
    subscriber = subscribe()
    sender = Acs(gateway)
    sender.begin_transcript()
    tell(sender)
    sender.close()
    subscriber.until("call.ended")
    segments = [m["segment"] for m in subscriber.of_type("transcript.final")]
    for segment, (_, text, start, end) in zip(segments, LINES):
        assert abs(segment["start_ms"] - start) <= 500 and segment["end_ms"] - segment["start_ms"] == end - start
        assert segment["word_times"] == "measured" and segment["confidence"] == 0.875
        share = (end - start) / len(text.split())
        for i, word in enumerate(segment["words"]):
            assert abs(word["start_ms"] - segment["start_ms"] - i * share) <= 2
    ids = [m["segment"]["id"] for m in subscriber.of_type("transcript.final")
           if m["segment"]["role"] == "customer"]
    assert ids == sorted(set(ids))
    talk = subscriber.of_type("characteristics.updated")[-1]["characteristics"]["channels"]
    assert [channel["talk_ms"] for channel in talk] == [4000, 4000]


@pytest.mark.parametrize("clock", ["absolute", "counting down"])
def test_clocks_with_a_beginning_of_their_own(gateway, subscribe, clock):
    ticks = (lambda ms: 638380193518760000 + ms * 10000) if clock == "absolute" else \
        (lambda ms: 2516998782481234400 - ms * 10000)
    subscriber = subscribe()
    sender = Acs(gateway)
    sender.begin_transcript()
    tell(sender, clock=ticks)
    sender.close()
    subscriber.until("call.ended")
    segments = [m["segment"] for m in subscriber.of_type("transcript.final")]
    first = segments[0]["start_ms"]
    for segment, (_, _, start, end) in zip(segments, LINES):
        assert abs(segment["start_ms"] - first - (start - 1000)) <= 1
        assert segment["end_ms"] - segment["start_ms"] == end - start
        assert segment["word_times"] == "measured"


def test_two_people_on_one_channel_lose_nothing(gateway, subscribe):
    other = "8:acs:second"
    subscriber = subscribe()
    sender = Acs(gateway)
    sender.begin_transcript()
    sender.send(acs.transcription_data(AGENT, "let me", 1000, 1500, is_final=False))
    sender.send(acs.transcription_data(other, "I can", 1200, 1400, is_final=False))
    sender.send(acs.transcription_data(other, "I can do that.", 1200, 2000))
    sender.send(acs.transcription_data(AGENT, "let me see that", 1000, 2000, is_final=False))
    sender.send(acs.transcription_data(AGENT, "Let me see that.", 1000, 2100))
    sender.close()
    subscriber.until("call.ended")
    assert finals(subscriber) == [("agent", "I can do that."), ("agent", "Let me see that.")]
    ids = [m["segment"]["id"] for m in subscriber.of_type("transcript.final")]
    assert ids == [1, 2]


def test_an_unfinished_sentence_is_taken_back(gateway, subscribe):
    subscriber = subscribe()
    sender = Acs(gateway)
    sender.begin_transcript()
    sender.send(acs.transcription_data(CUSTOMER, "I was", 1000, 1500, is_final=False))
    sender.close()
    subscriber.until("call.ended")
    assert [m["segment"]["text"] for m in subscriber.of_type("transcript.final")] == [""]


def test_silence_is_noticed_without_audio(make_gateway):
    from subscriber import Subscriber
    gateway = make_gateway(config={"characteristics": {"silence_s": 2}})
    subscriber = Subscriber(gateway.ws("/v1/events"))
    sender = Acs(gateway)
    sender.begin_transcript()
    sender.say(AGENT, "hello", 0, 500)
    sender.say(AGENT, "hello again", 30000, 30500)
    assert subscriber.until("silence.detected")
    sender.close()
    subscriber.until("call.ended")


# ---- audio alone ----

@pytest.mark.parametrize("rate_hz", [16000, 24000])
def test_audio_alone_is_a_call_like_others(gateway, subscribe, rate_hz, recogniser):
    subscriber = subscribe()
    sender = Acs(gateway)
    sender.begin_audio(rate_hz)
    sender.talk(rate_hz, **{AGENT: [(1, 1500), (0, 3500)], CUSTOMER: [(0, 2000), (2, 1500), (0, 1500)]})
    sender.close()
    ended = subscriber.until("call.ended")
    assert sorted(finals(subscriber)) == [("agent", speech.SENTENCES[1]), ("customer", speech.SENTENCES[2])]
    # The second of silence that closes the last utterance when the connection is gone does not count.
    assert ended["reason"] == "stopped" and ended["duration_ms"] == 5000
    assert subscriber.of_type("call.started")[0]["engine"]["name"] == "vosk"
    assert recogniser.connections == 2


def test_times_that_tremble_make_no_holes_and_gaps_stay(gateway, subscribe):
    subscriber = subscribe()
    sender = Acs(gateway)
    sender.begin_audio()
    for i, message in enumerate(acs.packets(**{AGENT: [(1, 1500), (0, 500)]})):
        payload = base64.b64decode(message["audioData"]["data"])
        sender.send(acs.audio_data(payload, i * 20 + (7 * i) % 60, AGENT))
    sender.talk(begin_ms=5000, **{AGENT: [(7, 1000), (0, 1000)]})
    sender.close()
    ended = subscriber.until("call.ended")
    starts = [m["segment"]["start_ms"] for m in subscriber.of_type("transcript.final")]
    assert abs(starts[0]) <= 40 and abs(starts[1] - 5000) <= 60
    assert ended["duration_ms"] == 7000
    assert gateway.metric("sidetone_audio_overlap_samples_total") in (0, None)


def test_mixed_audio_is_the_customers_channel(gateway, subscribe):
    subscriber = subscribe()
    sender = Acs(gateway)
    sender.begin_audio()
    sender.talk(mixed=[(1, 1500), (0, 1500)])
    sender.close()
    subscriber.until("call.ended")
    assert finals(subscriber) == [("customer", speech.SENTENCES[1])]


def test_who_speaks_holds_the_channel(gateway, subscribe):
    second = "8:acs:second"
    subscriber = subscribe()
    sender = Acs(gateway)
    sender.begin_audio()
    sender.talk(**{AGENT: [(1, 1500), (0, 3500)], second: [(0, 2500), (7, 1000), (0, 1500)],
                   "8:acs:third": [(0, 2600), (5, 800), (0, 1600)]})
    sender.close()
    subscriber.until("call.ended")
    assert finals(subscriber) == [("agent", speech.SENTENCES[1]), ("agent", speech.SENTENCES[7])]


def test_roles_are_configured(make_gateway):
    from subscriber import Subscriber
    gateway = make_gateway(config=route(customers=["8:acs:web"], agents=["4:+1425"]))
    subscriber = Subscriber(gateway.ws("/v1/events"))
    sender = Acs(gateway)
    sender.begin_transcript()
    for who in (CUSTOMER, "8:acs:web_1", "8:acs:other", "4:+3312345"):
        sender.say(who, f"this is {who[-3:]}", 1000, 2000)
    sender.close()
    subscriber.until("call.ended")
    assert [role for role, _ in finals(subscriber)] == ["agent", "customer", "customer", "customer"]


# ---- both ----

@pytest.mark.parametrize("sockets", [1, 2])
@pytest.mark.parametrize("audio_first", [True, False])
def test_azures_transcript_over_its_audio(make_gateway, recogniser, sockets, audio_first):
    from subscriber import Subscriber
    gateway = make_gateway(config=route(transcript="platform"))
    subscriber = Subscriber(gateway.ws("/v1/events"))
    audio = Acs(gateway)
    text = audio if sockets == 1 else Acs(gateway)
    steps = [audio.begin_audio, text.begin_transcript]
    for step in steps if audio_first else steps[::-1]:
        step()
        subscriber.until("call.started") if not subscriber.of_type("call.started") else None
    audio.talk(**{AGENT: [(1, 3000), (0, 2000)], CUSTOMER: [(0, 3000), (2, 2000)]})
    time.sleep(0.3)
    text.say(AGENT, "Azure says this.", 500, 2000)
    audio.close()
    if sockets == 2:
        text.close()
    ended = subscriber.until("call.ended")
    assert finals(subscriber) == [("agent", "Azure says this.")]
    assert recogniser.connections == 0
    assert len(subscriber.of_type("call.started")) == 1 and ended["duration_ms"] >= 5000
    channels = subscriber.of_type("characteristics.updated")[-1]["characteristics"]["channels"]
    assert channels[0]["talk_ms"] == 1500
    assert ended["reason"] == "stopped"


@pytest.mark.parametrize("sockets", [1, 2])
def test_our_transcript_over_azures_audio(gateway, subscribe, recogniser, sockets):
    subscriber = subscribe()
    audio = Acs(gateway)
    text = audio if sockets == 1 else Acs(gateway)
    text.begin_transcript()
    text.say(CUSTOMER, "Before there is audio.", 0, 100)
    subscriber.until("transcript.final")
    audio.begin_audio()
    audio.talk(**{AGENT: [(1, 1500), (0, 1500)]})
    subscriber.until("transcript.partial")  # of our engine: the other connection does not wait for it
    text.say(AGENT, "Azure says this.", 500, 2000)
    text.say(CUSTOMER, "And this.", 500, 2000)
    audio.close()
    if sockets == 2:
        text.close()
    subscriber.until("call.ended")
    assert finals(subscriber) == [("customer", "Before there is audio."), ("agent", speech.SENTENCES[1])]
    assert recogniser.connections == 2
    ids = [m["segment"]["id"] for m in subscriber.of_type("transcript.final")]
    assert ids == [1, 1]


# ---- connections that come and go ----

def test_a_call_goes_on_after_its_connection_was_cut(gateway, subscribe):
    subscriber = subscribe()
    first = Acs(gateway)
    first.begin_transcript()
    tell(first, LINES[:2])
    first.send(acs.transcription_data(CUSTOMER, "I want", 6000, 6500, is_final=False))
    subscriber.until("transcript.partial")
    first.cut()
    second = Acs(gateway)
    second.begin_transcript()
    tell(second, LINES[2:])
    second.close()
    ended = subscriber.until("call.ended")
    assert finals(subscriber) == spoken()
    assert len(subscriber.of_type("call.started")) == 1
    assert subscriber.seqs("call-1") == list(range(1, ended["seq"] + 1))
    starts = [m["segment"]["start_ms"] for m in subscriber.of_type("transcript.final") if m["segment"]["text"]]
    assert starts == [start for _, _, start, _ in LINES] or all(
        abs(a - b[2]) <= 500 for a, b in zip(starts, LINES))


def test_the_newest_connection_wins(gateway, subscribe):
    subscriber = subscribe()
    first = Acs(gateway)
    first.begin_transcript()
    first.say(*LINES[0])
    subscriber.until("transcript.final")
    second = Acs(gateway)
    second.begin_transcript()
    second.say(*LINES[1])
    subscriber.until("transcript.final")
    first.say(AGENT, "Nobody hears this.", 7000, 8000)
    first.close()
    second.say(*LINES[2])
    second.close()
    ended = subscriber.until("call.ended")
    assert finals(subscriber) == spoken(LINES[:3]) and ended["reason"] == "stopped"


def test_a_call_that_is_cut_and_never_comes_back_is_lost(gateway, subscribe):
    subscriber = subscribe()
    sender = Acs(gateway)
    sender.begin_audio()
    sender.cut()
    assert subscriber.until("call.ended")["reason"] == "lost"


# ---- what is wrong ----

@pytest.mark.parametrize("message, code", [
    ("nonsense", 1007), ("[]", 1007), ('{"kind": "AudioData"}', 1007),
    ('{"kind": "AudioData", "audioData": {"data": "A"}}', 1007),
    ('{"kind": "AudioData", "audioData": {"data": "AAAAAAA="}}', 1007),
    ('{"kind": "TranscriptionData", "transcriptionData": {"text": "x", "offset": 1}}', 1007),
    ('{"kind": "TranscriptionData", "transcriptionData": {"text": "x", "resultStatus": "Final"}}', 1007),
    ('{"kind": "AudioMetadata", "audioMetadata": {"sampleRate": 44100}}', 1008),
    (b"binary", 1003)])
def test_a_bad_message_costs_its_own_call_alone(gateway, subscribe, message, code):
    subscriber = subscribe()
    other = Pcm(gateway, "other")
    other.say(agent=[(1, 1500), (0, 500)])
    bad = Acs(gateway, "bad")
    bad.begin_audio()
    bad.begin_transcript()
    bad.ws.send(message)
    with pytest.raises(ConnectionClosed) as closed:
        bad.ws.recv(timeout=20)
    assert closed.value.rcvd.code == code and closed.value.rcvd.reason
    assert subscriber.until("call.ended", call_id="bad")["reason"] == "error"
    other.say(agent=[(7, 1000), (0, 500)])
    other.stop()
    subscriber.until("call.ended", call_id="other")
    assert finals(subscriber) == [("agent", speech.SENTENCES[1]), ("agent", speech.SENTENCES[7])]


def test_what_is_unknown_is_passed_over(gateway, subscribe):
    subscriber = subscribe()
    sender = Acs(gateway)
    for message in ({"kind": "MarkData", "markData": {"id": "1"}}, acs.audio_data(b"\0\0", 0, AGENT),
                    acs.transcription_data(AGENT, "too early", 0, 1), {"future": 1}):
        sender.send(message)
    sender.begin_audio()
    for message in (acs.dtmf_data("5"), acs.dtmf_data("flash"), {"kind": "MarkData"}):
        sender.send(message)
    sender.close()
    assert subscriber.until("call.ended")["reason"] == "stopped"
    assert finals(subscriber) == []


def test_a_call_needs_an_id(gateway):
    sender = Acs(gateway, headers={"x-ms-call-connection-id": ""}, call_id="")
    sender.begin_audio()
    with pytest.raises(ConnectionClosed) as closed:
        sender.ws.recv(timeout=20)
    assert closed.value.rcvd.code == 1008


# ---- proof of who it is ----

def openssl(*arguments, **options):
    return subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, **options).stdout


class Azure:
    """Signs as Azure does."""

    issuer, audience = "https://acscallautomation.communication.azure.com", "10c89ae6-resource"

    def __init__(self, folder):
        self.key, self.other_key = folder / "key.pem", folder / "other.pem"
        for key in (self.key, self.other_key):
            openssl("genrsa", "-out", key, "2048")
        modulus = openssl("rsa", "-in", self.key, "-noout", "-modulus").decode().strip().split("=")[1]
        self.jwks_file = folder / "jwks.json"
        self.jwks_file.write_text(json.dumps({"keys": [
            {"kty": "EC", "kid": "k0"},
            {"kty": "RSA", "use": "sig", "kid": "k1", "n": b64(bytes.fromhex(modulus)), "e": "AQAB"}]}))

    def jwt(self, key=None, header=None, **claims):
        head = {"alg": "RS256", "typ": "JWT", "kid": "k1", **(header or {})}
        body = {"iss": self.issuer, "aud": self.audience, "exp": int(time.time()) + 86400,
                "nbf": int(time.time()) - 5, **claims}
        text = f"{b64(json.dumps(head).encode())}.{b64(json.dumps(body).encode())}"
        signature = openssl("dgst", "-sha256", "-sign", key or self.key, input=text.encode())
        return f"{text}.{b64(signature)}"


@pytest.fixture
def azure(tmp_path):
    return Azure(tmp_path)


def test_azures_own_token(make_gateway, azure):
    gateway = make_gateway(is_dev=False, config=route(jwks_file=str(azure.jwks_file), audience=azure.audience))
    sender = Acs(gateway, headers={"Authorization": f"Bearer {azure.jwt()}"})
    sender.begin_audio()
    sender.talk(**{AGENT: [(1, 500)]})
    for bad in (None, "x.y.z", azure.jwt(key=azure.other_key), azure.jwt(aud="another"), azure.jwt(iss="another"),
                azure.jwt(exp=int(time.time()) - 3600), azure.jwt(header={"kid": "k2"}),
                azure.jwt(header={"alg": "none"}), token("calls:ingest")):
        with pytest.raises(InvalidStatus) as refused:
            Acs(gateway, headers={"Authorization": f"Bearer {bad}"} if bad else None)
        assert refused.value.response.status_code == 401
    sender.close()
    assert "eyJ" not in gateway.log()


def test_without_keys_a_token_of_ours_is_needed(make_gateway):
    gateway = make_gateway(is_dev=False)
    mine = token("calls:ingest", ttl=600)
    azures = {"Authorization": "Bearer eyJhbGciOiJSUzI1NiJ9.e30.AAAA"}
    sender = Acs(gateway, path=f"/v1/ingest/acs?agent_id=a1&access_token={mine}", headers=azures)
    sender.begin_transcript()
    sender.say(*LINES[0])
    state = None
    for _ in range(50):
        state = gateway.get("/v1/calls/call-1", bearer=token("calls:read"))
        if state.status_code == 200:
            break
        time.sleep(0.1)
    assert state.status_code == 200 and mine not in state.text
    for path, status in (("/v1/ingest/acs", 401), ("/v1/ingest/acs?access_token=x", 401),
                         (f"/v1/ingest/acs?access_token={token('calls:read')}", 403)):
        with pytest.raises(InvalidStatus) as refused:
            Acs(gateway, path=path, headers=azures)
        assert refused.value.response.status_code == status
    sender.close()
    assert mine not in gateway.log()
