"""sidetone engine: what it says of engines that do and do not work, and what it makes of recordings."""
import json
import os

import pytest
from ruamel.yaml import YAML

import assemblyai
import aws
import deepgram
import openai
import speech
from certificates import Authority
from cli import run, write_wav
from gateway import SECRET, token

WRONG = "not-the-right-key-at-all"
KEYS = [deepgram.KEY, assemblyai.KEY, openai.KEY, aws.SECRET, WRONG]
AGENT = [(1, 1800), (0, 2200), (5, 2000), (0, 500)]
CUSTOMER = [(0, 2200), (2, 1600), (0, 2700)]
REFERENCE = f"agent: {speech.SENTENCES[1].upper()}?\nagent: {speech.SENTENCES[5]}\ncustomer: {speech.SENTENCES[2]}!\n"
TYPES = {"moonshine", "pocketsphinx", "vosk", "deepgram", "assemblyai", "openai", "azure", "aws",
         "aws_call_analytics"}


def say(*arguments, code=0, env=None):
    """A verb's end, with no key in what it says."""
    done = run("engine", *arguments, env=env)
    assert done.returncode == code, done.stdout + done.stderr
    assert not [key for key in KEYS if key in done.stdout + done.stderr]
    return done


@pytest.fixture
def write(tmp_path):
    """Writes a configuration with these remote engines; all of them are the route's, or `engines` are."""
    def to(*remotes, engines=None, **route):
        path = tmp_path / "sidetone.yaml"
        config = {"engines": {"remote": list(remotes)}, "tenants": [{"name": "default", "routes": [
            {"name": "default", "engines": [r["name"] for r in remotes] if engines is None else engines,
             **route}]}]}
        with open(path, "w") as file:
            YAML(typ="safe").dump(config, file)
        return path
    return to


@pytest.fixture
def service():
    """Starts simulators."""
    started = []

    def start(make, *arguments, fault=None):
        simulator = make(*arguments)
        started.append(simulator)
        if fault:
            simulator.set_fault(fault)
        return simulator
    yield start
    for simulator in started:
        simulator.close()


def dg(simulator, key=deepgram.KEY, **more):
    return {"name": "dg", "type": "deepgram", "url": simulator.url, "key": key, **more}


def transcribe(simulator, secret=aws.SECRET, transport="http2", **more):
    return {"name": "aws", "type": "aws", "url": simulator.url(transport), "region": aws.REGION,
            "key": f"{aws.KEY_ID}:{secret}", "parameters": [f"transport={transport}"], **more}


def rows(path, *options, code=0):
    listed = json.loads(say("list", "--config", path, "--json", *options, code=code).stdout)
    assert listed["ok"] == (code == 0)
    assert {row["type"] for row in listed["types"]} == TYPES
    return {row["name"]: row for row in listed["engines"]}


# ---- list ----

def test_engines_that_work(write, service, recogniser):
    remotes = [dg(service(deepgram.Deepgram)), {"name": "office", "type": "vosk", "url": recogniser.url}]
    amazon = service(aws.Simulator)
    path = write(*remotes, transcribe(amazon), {**transcribe(amazon, transport="websocket"), "name": "ws"},
                 languages=[{"language": "es", "engines": ["aws"]}])
    found = rows(path)
    for name in ("dg", "office", "aws", "ws"):
        row = found[name]
        assert row["state"] == "ok" and row["reachable"] is True and row["authorised"] is True, row
        assert row["fix"] is None and row["trouble"] is None and row["open_ms"] >= 0
    assert found["dg"]["address"] == remotes[0]["url"] and found["dg"]["title"] == "Deepgram live v1"
    assert found["aws"]["routes"] == [
        {"tenant": "default", "route": "default", "language": None, "place": 3},
        {"tenant": "default", "route": "default", "language": "es", "place": 1}]
    assert found["moonshine"]["kind"] == "embedded" and found["moonshine"]["reachable"] is None
    text = say("list", "--config", path).stdout
    assert "default/default #3, default/default es #1" in text and "not configured: assemblyai" in text
    assert amazon.complaints == []


def seen(path, name, code=1):
    row = rows(path, code=code)[name]
    assert row["fix"] and row["trouble"] and row["found"]
    text = say("list", "--config", path, code=code).stdout
    assert f"{name}: {row['found']}\n  → {row['fix']}" in text
    return row


@pytest.mark.parametrize("kind", ["deepgram", "openai", "assemblyai", "aws"])
def test_a_wrong_key(write, service, kind):
    make = {"deepgram": deepgram.Deepgram, "openai": openai.OpenAI, "assemblyai": assemblyai.AssemblyAI,
            "aws": aws.Simulator}[kind]
    simulator = service(make)
    remote = transcribe(simulator, WRONG) if kind == "aws" else \
        {"name": kind, "type": kind, "url": simulator.url, "key": WRONG}
    row = seen(write(remote), kind)
    assert row["state"] == "refused" and row["reachable"] is True and row["authorised"] is False


@pytest.mark.parametrize("remote", [
    {"type": "deepgram", "url": "wss://no-such-host.invalid"},
    {"type": "aws", "url": "https://no-such-host.invalid", "region": aws.REGION}], ids=["websocket", "http2"])
def test_no_such_host(write, remote):
    key = deepgram.KEY if remote["type"] == "deepgram" else f"{aws.KEY_ID}:{aws.SECRET}"
    row = seen(write({"name": "far", "key": key, **remote}), "far")
    assert row["state"] == "no such host" and row["reachable"] is False and row["authorised"] is None
    assert "no-such-host.invalid" in row["found"]


@pytest.fixture
def aws_tls(authority, service, tls):
    tls.set_alpn_protocols(["h2", "http/1.1"])
    return service(aws.Simulator, tls)


def test_certificates_that_nobody_trusts(write, service, aws_tls, tls, authority, tmp_path):
    remote = {"name": "aai", "type": "assemblyai", "key": assemblyai.KEY,
              "url": service(assemblyai.AssemblyAI, tls).url}
    path = write(remote, transcribe(aws_tls))
    found = rows(path, code=1)
    for name in ("aai", "aws"):
        assert found[name]["state"] == "untrusted" and "ca_file" in found[name]["fix"], found[name]
        assert found[name]["authorised"] is None
    trusted = {"ca_file": str(authority.certificate)}
    found = rows(write({**remote, **trusted}, transcribe(aws_tls, **trusted)))
    assert found["aai"]["state"] == found["aws"]["state"] == "ok"
    other = Authority(tmp_path / "other")
    assert rows(write({**remote, "ca_file": str(other.certificate)}), code=1)["aai"]["state"] == "untrusted"


@pytest.mark.parametrize("fault,state", [("throttled", "throttled"), ("server_error", "server error"),
                                         ("unauthorized", "refused"), ("hang", "unreachable")])
def test_services_that_fail(write, service, fault, state):
    simulator = service(deepgram.Deepgram, fault=fault)
    row = rows(write(dg(simulator)), code=1)["dg"]
    assert row["state"] == state and row["fix"], row
    assert row["reachable"] is (fault != "hang")


def test_servers_that_say_nothing_or_nonsense(write, recogniser):
    path = write({"name": "office", "type": "vosk", "url": recogniser.url})
    recogniser.answers = lambda message: "[[["
    assert rows(path, code=1)["office"]["state"] == "protocol"
    recogniser.answers, recogniser.is_silent = None, True
    row = rows(path, code=1)["office"]
    assert row["state"] == "stalled" and row["reachable"] is True


def test_amazon_that_throttles(write, service):
    assert rows(write(transcribe(service(aws.Simulator, fault="throttled"))), code=1)["aws"]["state"] == "throttled"


def test_nothing_or_something_else_listens(write, service, recogniser):
    plain = {"name": "plain", "type": "vosk", "url": recogniser.url.replace("ws:", "wss:")}
    assert rows(write(plain), code=1)["plain"]["state"] == "no TLS"
    gone = {"name": "gone", "type": "vosk", "url": "ws://127.0.0.1:1"}
    row = rows(write(gone), code=1)["gone"]
    assert row["state"] == "unreachable" and "connection refused" in row["found"]
    other = transcribe(service(aws.Simulator), url=recogniser.url.replace("ws:", "http:"))
    assert rows(write(other), code=1)["aws"]["state"] == "protocol"


def test_entries_that_make_no_sense(write):
    found = rows(write({"name": "a", "type": "deepgrm"}, {"name": "b", "type": "deepgram"},
                       {"name": "c", "type": "deepgram", "key": WRONG, "parameters": ["sped=1"]}), code=1)
    assert {found[name]["state"] for name in "abc"} == {"unusable"}
    assert "no key" in found["b"]["found"] and "'sped'" in found["c"]["found"]


def test_offline_nobody_is_connected_to(write, service):
    simulator = service(deepgram.Deepgram)
    row = rows(write(dg(simulator, WRONG)), "--offline")["dg"]
    assert row["state"] == "not tried" and row["reachable"] is None and simulator.attempts == []


def test_what_no_route_uses_is_a_warning(write, service, tmp_path):
    path = write(dg(service(deepgram.Deepgram), WRONG), engines=["pocketsphinx"])
    found = rows(path)
    assert found["dg"]["status"] == "warn" and found["dg"]["fix"] and found["dg"]["routes"] == []
    assert found["pocketsphinx"]["status"] == "ok" and found["pocketsphinx"]["installed"] is True
    env = {"SIDETONE_MODELS": str(tmp_path)}
    listed = json.loads(say("list", "--json", env=env).stdout)
    moonshine, = [row for row in listed["engines"] if row["name"] == "moonshine"]
    assert moonshine["state"] == "missing" and moonshine["installed"] is False and moonshine["fix"]
    pocketsphinx, = [row for row in listed["engines"] if row["name"] == "pocketsphinx"]
    assert pocketsphinx["routes"] == [{"tenant": "default", "route": "default", "language": None, "place": 1}]


def test_a_broken_configuration_and_wrong_usage(tmp_path):
    (tmp_path / "broken.yaml").write_text("engnes: 1\n")
    assert "broken.yaml:1" in say("list", "--config", tmp_path / "broken.yaml", code=1).stderr
    say("list", "extra", code=2)
    say("dance", code=2)
    say(code=2)


def test_doctor_judges_the_same_way(write, service):
    simulator = service(deepgram.Deepgram)
    path = write(dg(simulator, WRONG))
    checks = json.loads(run("doctor", "--dev", "--json", "--config", path).stdout)["checks"]
    engine, = [check for check in checks if check["found"].startswith("dg: ")]
    assert engine["status"] == "fail" and "refused: " in engine["found"]
    assert engine["fix"] == rows(path, code=1)["dg"]["fix"]
    attempts = len(simulator.attempts)
    checks = json.loads(run("doctor", "--dev", "--offline", "--json", "--config", path).stdout)["checks"]
    engine, = [check for check in checks if check["found"].startswith("dg: ")]
    assert engine["status"] == "ok" and len(simulator.attempts) == attempts
    assert WRONG not in json.dumps(checks)


# ---- test ----

@pytest.fixture
def recording(tmp_path):
    return write_wav(tmp_path / "call.wav", AGENT, CUSTOMER)


def result(*arguments, code=0):
    return json.loads(say("test", *arguments, "--json", code=code).stdout)


@pytest.mark.parametrize("kind", ["deepgram", "vosk", "aws"])
def test_a_recording(write, service, recogniser, recording, tmp_path, kind):
    reference = tmp_path / "reference.txt"
    reference.write_text(REFERENCE)
    remote = {"deepgram": lambda: dg(service(deepgram.Deepgram), name="mine"),
              "vosk": lambda: {"name": "mine", "type": "vosk", "url": recogniser.url},
              "aws": lambda: transcribe(service(aws.Simulator), name="mine")}[kind]()
    heard = result(recording, "--engine", "mine", "--config", write(remote), "--reference", f"@{reference}")
    assert heard["engine"]["name"] == "mine" and heard["engine"]["type"] == kind
    assert heard["channels"] == ["agent", "customer"] and heard["speed"] == 1.0
    assert [line["role"] for line in heard["text"]] == ["agent", "customer", "agent"]
    assert heard["errors"]["rate"] == 0 and heard["errors"]["words"] == 24
    assert heard["elapsed_ms"] >= 6400
    for what in ("partials", "finals"):
        delays = heard["latency"][what]
        assert delays["count"] > 0
        assert delays["p50_ms"] <= delays["p95_ms"] <= delays["p99_ms"] <= delays["most_ms"] < 5000
    assert heard["latency"]["finals"]["count"] == 3 and heard["latency"]["first_text_ms"] >= 0
    cost = heard["cost"]
    assert abs(cost["audio_minutes"] - 2 * 6.5 / 60) < 0.01
    assert cost["streams"] == (2 if kind == "vosk" else 1)
    assert abs(cost["stream_minutes"] * (1 if kind == "vosk" else 2) - cost["audio_minutes"]) < 1e-6


def test_errors_are_shown(write, recogniser, recording):
    path = write({"name": "office", "type": "vosk", "url": recogniser.url})
    base = [recording, "-e", "office", "-c", path, "--channel", "customer", "--speed", "10"]
    said = "I have the problem with my PHONE bill."
    errors = result(*base, "--reference", said)["errors"]
    assert {key: errors[key] for key in ("words", "substituted", "missing", "added")} == {
        "words": 8, "substituted": 1, "missing": 1, "added": 0}
    assert errors["list"] == [
        {"kind": "substituted", "said": "the", "heard": "a", "role": None, "at": 2},
        {"kind": "missing", "said": "phone", "heard": None, "role": None, "at": 6}]
    text = say("test", *base, "--reference", said).stdout
    assert "errors    25.0 % of 8 words: 1 substituted, 1 missing, 0 added\n" in text
    assert "  substituted the → a (word 3)\n" in text and "audio-minutes" in text
    say("test", *base, "--reference", said, "--max-wer", "24", code=3)
    say("test", *base, "--reference", said, "--max-wer", "25")


def test_one_channel_costs_one(write, service, recording, tmp_path):
    path = write(dg(service(deepgram.Deepgram)))
    one = result(recording, "-e", "dg", "-c", path, "--channel", "agent", "--speed", "10")
    assert one["channels"] == ["agent"] and {line["role"] for line in one["text"]} == {"agent"}
    assert one["cost"]["audio_minutes"] == one["cost"]["stream_minutes"] < 0.12
    mono = write_wav(tmp_path / "mono.wav", [(2, 1600), (0, 500)])
    assert result(mono, "-e", "dg", "-c", path, "--speed", "10")["channels"] == ["customer"]
    assert result(mono, "-e", "dg", "-c", path, "--speed", "10", "--swap")["channels"] == ["agent"]


def test_hints_and_language_are_passed_on(write, service, recording, tmp_path):
    simulator = service(deepgram.Deepgram)
    path = write(dg(simulator, hints=["Sidetone"]))
    hints = tmp_path / "hints"
    hints.write_text("Maria Lopez\n\ncafé au lait, Quux \n")
    result(recording, "-e", "dg", "-c", path, "--speed", "20", "--hints", f"@{hints}", "--language", "es")
    assert sorted(simulator.queries[0]["keyterm"]) == ["Maria Lopez", "Quux", "Sidetone", "café au lait"]
    assert simulator.queries[0]["language"] == ["es"]


def test_an_embedded_engine_is_as_fast_as_it_goes(recording):
    heard = result(recording, "--engine", "pocketsphinx", "--reference", "nothing")
    assert heard["engine"]["type"] == "pocketsphinx" and heard["speed"] is None and heard["latency"] is None
    assert abs(heard["cost"]["audio_minutes"] - 2 * 6.5 / 60) < 0.01 and heard["errors"]["words"] == 1
    paced = result(recording, "--engine", "pocketsphinx", "--realtime", "--channel", "agent")
    assert paced["speed"] == 1.0 and paced["latency"] is not None


@pytest.mark.skipif("SIDETONE_MODELS" not in os.environ, reason="needs Moonshine's models")
def test_the_best_embedded_engine(recording):
    heard = run("engine", "test", str(recording), "-e", "auto", "--json",
                env={"SIDETONE_MODELS": os.environ["SIDETONE_MODELS"]})
    assert heard.returncode == 0 and json.loads(heard.stdout)["engine"]["type"] == "moonshine"


def test_engines_that_do_not_work(write, service, recording):
    remotes = [dg(service(deepgram.Deepgram), WRONG),
               dg(service(deepgram.Deepgram, fault="throttled"), name="full"),
               {**transcribe(service(aws.Simulator), WRONG)},
               {"name": "far", "type": "vosk", "url": "ws://no-such-host.invalid"}]
    path = write(*remotes)
    for name, code, words in (("dg", 4, "does not accept the key"), ("full", 1, "429"),
                              ("aws", 4, "signature"), ("far", 4, "no such host")):
        done = say("test", recording, "--engine", name, "--config", path, code=code)
        assert f"sidetone engine test: {name}: " in done.stderr and words in done.stderr
        assert "\n  → " in done.stderr and done.stdout == ""


def test_one_that_ends_in_mid_word(write, service, recording):
    path = write(dg(service(deepgram.Deepgram, fault="cut_mid_word")))
    done = say("test", recording, "-e", "dg", "-c", path, code=4)
    assert "\n  → " in done.stderr


def test_wrong_usage(write, recogniser, recording, tmp_path):
    path = write({"name": "office", "type": "vosk", "url": recogniser.url})
    for wrong in ([], [recording], [recording, recording, "-e", "office"],
                  [recording, "-e", "office", "--speed", "0"], [recording, "-e", "office", "--channel", "2"],
                  [recording, "-e", "office", "--max-wer", "5"]):
        say("test", *wrong, code=2)
    assert "engine list" in say("test", recording, "-e", "none", "-c", path, code=1).stderr
    assert "engines.remote" in say("test", recording, "-e", "deepgram", "-c", path, code=1).stderr
    assert "none.wav" in say("test", tmp_path / "none.wav", "-e", "office", "-c", path, code=1).stderr
    assert "none.txt" in say("test", recording, "-e", "office", "-c", path, "--reference", "@none.txt",
                             code=1).stderr
    (tmp_path / "bad.wav").write_text("RIFF")
    say("test", tmp_path / "bad.wav", "-e", "office", "-c", path, code=1)


# ---- a running gateway ----

def test_a_gateway_tells_of_its_engines(service, recogniser, make_gateway):
    from calls import engine_config, run_call
    from subscriber import Subscriber
    config = engine_config(dg(service(deepgram.Deepgram, fault="throttled"), streams=7),
                           {"name": "office", "type": "vosk", "url": recogniser.url})
    gateway = make_gateway(config=config)
    subscriber = Subscriber(gateway.ws("/v1/events"))
    run_call(gateway, subscriber, AGENT, CUSTOMER)
    first, second = gateway.get("/v1/engines").json()["engines"]
    assert (first["name"], first["streams_max"], second["name"], second["streams_max"]) == ("dg", 7, "office", None)
    assert first["troubles"]["throttled"] >= 1 and first["passed_over"] == 1 and first["answered"] == 0
    assert first["last_trouble"]["trouble"] == "throttled" and "429" in first["last_trouble"]["why"]
    assert first["audio_ms"] == 0 and first["streams"] == 0 and first["opens"] >= 1
    assert second["answered"] == 2 and second["last_trouble"] is None and second["state"] == "well"
    assert abs(second["audio_ms"] - 2 * 6500) < 500
    assert gateway.get("/v1/engines/office").json() == second
    assert gateway.metric("sidetone_stt_failovers_total", engine="dg") == 1
    assert gateway.metric('sidetone_stt_troubles_total{engine="dg",trouble="throttled"}') >= 1
    assert gateway.metric("sidetone_stt_answered_total", engine="office") == 2
    assert gateway.metric('sidetone_stt_engine_state{engine="office",state="well"}') == 1
    told = gateway.get("/v1/engines").text + gateway.get("/metrics", operations=True).text
    assert deepgram.KEY not in told + gateway.log()


def test_engines_are_for_admins(make_gateway):
    gateway = make_gateway(is_dev=False)
    assert gateway.get("/v1/engines").status_code == 401
    for scope, claims, status in (("calls:read", {}, 403), ("admin", {}, 200), ("admin", {"tenant": "acme"}, 403)):
        answer = gateway.get("/v1/engines", bearer=token(scope, **claims))
        assert answer.status_code == status and SECRET not in answer.text
