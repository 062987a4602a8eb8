"""The command line against a running gateway, as a user has it."""
import base64
import hashlib
import hmac
import json
import os
import re
import signal
import socket
import subprocess
import time

import pytest

import speech
from cli import Background, Terminal, run, write_wav
from gateway import ROOT, SECRET, token
from senders import Pcm
from subscriber import Subscriber

AGENT = [(1, 1500), (0, 4000)]
CUSTOMER = [(0, 2000), (4, 2000), (0, 1500)]
EVIL = "\x1b[2J\x1b]0;owned\x07\x9b31m\u202eevil\r\n\x08"
CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@pytest.fixture
def call_wav(tmp_path):
    return write_wav(tmp_path / "call.wav", AGENT, CUSTOMER)


@pytest.fixture
def guarded(make_gateway):
    return make_gateway(is_dev=False)


def url(gateway):
    return f"ws://127.0.0.1:{gateway.port}"


def finals(subscriber):
    return {(m["segment"]["role"], m["segment"]["text"])
            for m in subscriber.of_type("transcript.final")}


BOTH = {("agent", speech.SENTENCES[1]), ("customer", speech.SENTENCES[4])}


def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


# ---- send ----

@pytest.mark.parametrize("dialect", ["pcm", "twilio", "acs"])
def test_send_streams_a_stereo_file(gateway, subscribe, call_wav, dialect):
    subscriber = subscribe()
    sent = run("send", call_wav, "--as", dialect, "--speed", 10, "--url", url(gateway),
               "--call-id", "c-1", "--agent-id", "sarah", "--agent-name", "Sarah", "--queue",
               "billing", "--caller", "+1 555 0100")
    assert sent.returncode == 0 and sent.stderr == "", sent.stderr
    assert sent.stdout == "call c-1: 0:05 of audio sent\n"
    started = subscriber.until("call.started")
    assert started["agent"] == {"id": "sarah", "name": "Sarah"}
    assert started["queue"] == "billing" and started["caller"] == "+1 555 0100"
    subscriber.until("call.ended")
    assert finals(subscriber) == BOTH


@pytest.mark.parametrize("dialect,rates", [("pcm", (8000, 8000)), ("pcm", (16000, 8000)),
                                           ("twilio", (44100, 16000))])
def test_send_joins_two_mono_files(gateway, subscribe, tmp_path, dialect, rates):
    subscriber = subscribe()
    agent = write_wav(tmp_path / "agent.wav", AGENT, rate_hz=rates[0])
    customer = write_wav(tmp_path / "customer.wav", CUSTOMER, rate_hz=rates[1])
    sent = run("send", "--agent", agent, "--customer", customer, "--as", dialect, "--speed", 10,
               "--url", url(gateway), "--json")
    result = json.loads(sent.stdout)
    assert sent.returncode == 0 and result["ok"] and result["error"] is None, sent
    assert result["audio_ms"] == 5500 and result["as"] == dialect and result["close_code"] == 1000
    ended = subscriber.until("call.ended")
    assert ended["call_id"] == result["call_id"]
    assert finals(subscriber) == BOTH


def test_send_swaps_channels_and_takes_a_mono_file_for_the_customer(gateway, subscribe, tmp_path):
    subscriber = subscribe()
    swapped = write_wav(tmp_path / "swapped.wav", CUSTOMER, AGENT)
    assert run("send", swapped, "--swap", "--speed", 10, "--url", url(gateway)).returncode == 0
    subscriber.until("call.ended")
    assert finals(subscriber) == BOTH
    mono = write_wav(tmp_path / "mono.wav", CUSTOMER)
    assert run("send", mono, "--speed", 10, "--url", url(gateway), "--call-id",
               "mono").returncode == 0
    subscriber.until("call.ended", call_id="mono")
    assert [m["segment"]["role"] for m in subscriber.of_type("transcript.final")
            if m["call_id"] == "mono"] == ["customer"]


def test_send_keeps_the_pace(gateway, call_wav):
    result = json.loads(run("send", call_wav, "--speed", 4, "--url", url(gateway),
                            "--json").stdout)
    assert result["audio_ms"] == 5500
    assert result["elapsed_ms"] >= 5480 / 4 - 20  # never ahead of its schedule


def test_send_ends_the_call_on_an_interrupt(gateway, subscribe, call_wav):
    subscriber = subscribe()
    sender = Background("send", call_wav, "--loop", "--url", url(gateway), "--json")
    subscriber.until("transcript.partial")
    sender.process.send_signal(signal.SIGINT)
    assert sender.wait() == 0
    assert json.loads(sender.out[0])["ok"]
    assert subscriber.until("call.ended")["reason"] == "stopped"


def test_send_says_what_is_wrong_with_a_file(gateway, tmp_path, call_wav):
    text = tmp_path / "text.wav"
    text.write_text("this is no audio\n")
    cut = tmp_path / "cut.wav"
    cut.write_bytes(call_wav.read_bytes()[:30])
    for path in (text, cut, tmp_path / "missing.wav", tmp_path):
        sent = run("send", path, "--url", url(gateway))
        assert sent.returncode == 1 and str(path) in sent.stderr, sent
    sent = run("send", "--agent", call_wav, "--url", url(gateway))
    assert sent.returncode == 1 and "has two channels" in sent.stderr, sent
    assert gateway.metric("sidetone_calls_live") == 0


@pytest.mark.parametrize("arguments", [
    [], ["a.wav", "b.wav"], ["a.wav", "--agent", "b.wav"], ["a.wav", "--speed", "0"],
    ["a.wav", "--speed", "fast"], ["a.wav", "--as", "morse"], ["a.wav", "--what"],
    ["a.wav", "--call-id", ""], ["a.wav", "--call-id", "x" * 129], ["a.wav", "--token", "a b"],
])
def test_send_refuses_a_wrong_usage(arguments):
    sent = run("send", *arguments)
    assert sent.returncode == 2 and "--help" in sent.stderr, sent


def test_send_needs_a_gateway_that_lets_it_in(guarded, call_wav, tmp_path):
    place = f"ws://127.0.0.1:{closed_port()}"
    nowhere = run("send", call_wav, "--url", place)
    assert nowhere.returncode == 4, nowhere
    assert nowhere.stderr.startswith(f"sidetone send: {place}/v1/ingest/pcm: connection refused")
    for options, environment in (([], {}), (["--token", "nonsense"], {}),
                                 (["--token", token("calls:read")], {}),
                                 ([], {"SIDETONE_TOKEN": token(ttl=-600)})):
        sent = run("send", call_wav, "--url", url(guarded), *options, env=environment)
        assert sent.returncode == 4 and sent.stderr.startswith("sidetone send: ws://"), sent
    good = token("calls:ingest")
    kept = tmp_path / "token"
    kept.write_text(good + "\n")
    for options, environment in ((["--token", good], {}), (["--token-file", kept], {}),
                                 ([], {"SIDETONE_TOKEN": good, "SIDETONE_URL": url(guarded)})):
        sent = run("send", call_wav, "--speed", 50, "--url", url(guarded), *options,
                   env=environment)
        assert sent.returncode == 0, sent


def test_send_tells_a_refused_call_from_a_lost_connection(make_gateway, call_wav):
    gateway = make_gateway(config={"limits": {"calls": 1}})
    held = Pcm(gateway, "held")
    held.receive()
    sent = run("send", call_wav, "--url", url(gateway), "--json")
    result = json.loads(sent.stdout)
    assert sent.returncode == 1 and not result["ok"], sent
    assert result["error"].startswith("busy: "), sent
    held.close()
    unknown = run("send", call_wav, "--url", url(gateway), "--route", "nobody/nowhere")
    assert unknown.returncode == 4 and "404" in unknown.stderr, unknown


def test_send_notices_that_the_gateway_died(make_gateway, call_wav):
    gateway = make_gateway()
    sender = Background("send", call_wav, "--loop", "--url", url(gateway), "--json")
    end = time.monotonic() + 20
    while gateway.metric("sidetone_calls_live") != 1:
        assert time.monotonic() < end
    gateway.process.kill()
    gateway.process.wait()
    assert sender.wait() == 4
    assert json.loads(sender.out[0])["close_code"] == 1006
    gateway.start({})


def test_send_draws_its_progress_on_a_terminal_only(gateway, call_wav):
    sender = Terminal("send", call_wav, "--speed", 2, "--url", url(gateway), "--call-id", "c-1")
    assert sender.wait() == 0
    drawn = sender.text()
    lines = re.findall(r"\r\x1b\[Ksending \[([#-]+)\] 0:0\d of 0:05, (\d+) %[^\r]*", drawn)
    assert len(lines) >= 3
    assert [int(percent) for _, percent in lines] == sorted(int(p) for _, p in lines)
    assert len({bar for bar, _ in lines}) >= 3
    assert [row for row in sender.rows() if row] == ["call c-1: 0:05 of audio sent"]
    quiet = Terminal("send", call_wav, "--speed", 20, "--url", url(gateway), "--no-progress")
    assert quiet.wait() == 0 and "\x1b" not in quiet.text()
    dumb = Terminal("send", call_wav, "--speed", 20, "--url", url(gateway), env={"TERM": "dumb"})
    assert dumb.wait() == 0 and "\x1b" not in dumb.text()
    narrow = Terminal("send", call_wav, "--speed", 4, "--url", url(gateway), "--call-id", "c",
                      columns=30)
    assert narrow.wait() == 0
    assert [row for row in narrow.rows(columns=30) if row] == ["call c: 0:05 of audio sent"]


# ---- tail ----

def watch(gateway, *options, kind=Background, **terminal):
    """A tail that has subscribed."""
    before = gateway.metric("sidetone_push_subscribers") or 0
    tail = kind("tail", "--url", url(gateway), *options, **terminal)
    end = time.monotonic() + 20
    while (gateway.metric("sidetone_push_subscribers") or 0) <= before:
        assert time.monotonic() < end and tail.process.poll() is None
        time.sleep(0.02)
    return tail


def test_tail_prints_what_is_final(gateway, call_wav):
    tail = watch(gateway, "--until-end")
    run_call(gateway, call_wav, "c-1", "--agent-name", "Sarah", "--queue", "billing")
    assert tail.wait() == 0, tail.err
    assert not any(CONTROL.search(line) for line in tail.out)
    text = "\n".join(tail.out)
    assert re.search(r"call c-1, agent Sarah, queue billing, engine vosk", text)
    assert re.search(r"0:00 \[c-1\] agent +thank you for calling how can i help$", text, re.M)
    assert re.search(r"0:02 \[c-1\] customer +i want to speak to a manager right now$", text, re.M)
    assert re.search(r"ALERT high manager: customer said \"speak to a manager\"$", text, re.M)
    assert re.search(r"call ended \(stopped\): 2 segments, 1 alert$", text, re.M)
    assert text.count(speech.SENTENCES[1]) == 1


def run_call(gateway, path, call_id, *options):
    sent = run("send", path, "--speed", 5, "--url", url(gateway), "--call-id", call_id, *options)
    assert sent.returncode == 0, sent


def test_tail_gives_events_as_json_lines(gateway, call_wav):
    tail = watch(gateway, "--json", "--until-end")
    run_call(gateway, call_wav, "c-1")
    assert tail.wait() == 0, tail.err
    events = [json.loads(line) for line in tail.out]
    seqs = [event["seq"] for event in events if "seq" in event]
    assert seqs == list(range(1, len(seqs) + 1))
    assert events[-1]["type"] == "call.ended"
    assert any(event["type"] == "transcript.partial" for event in events)


def test_tail_filters(gateway, call_wav):
    tail = watch(gateway, "--json", "--until-end", "--events", "alert.raised", "--call", "c-2",
                      "--no-partials")
    for call_id in ("c-1", "c-2"):
        run_call(gateway, call_wav, call_id)
    assert tail.wait() == 0
    events = [json.loads(line) for line in tail.out]
    assert {event["call_id"] for event in events} == {"c-2"}
    assert {event["type"] for event in events} == {"call.started", "alert.raised", "call.ended"}


def test_tail_requires(gateway, call_wav, tmp_path):
    everything = "agent,customer,alert"
    met = watch(gateway, "--until-end", "--require", everything)
    run_call(gateway, call_wav, "c-1")
    assert met.wait() == 0, met.err
    silent = write_wav(tmp_path / "silent.wav", [(0, 2000)], [(2, 1000), (0, 1000)])
    unmet = watch(gateway, "--call", "c-2", "--until-end", "--require", everything)
    run_call(gateway, silent, "c-2")
    assert unmet.wait() == 3
    assert unmet.err == ["sidetone tail: required but not received: agent, alert"]
    waiting = run("tail", "--until-end", "--wait", "0.3", "--url", url(gateway))
    assert waiting.returncode == 3 and "not seen in time" in waiting.stderr


def test_tail_goes_on_after_the_gateway_restarted(make_gateway, call_wav):
    gateway = make_gateway()
    tail = watch(gateway, "--call", "c-2")
    other = watch(gateway, "--until-end", "--call", "c-2", "--json")
    tail.until(lambda lines: gateway.metric("sidetone_push_subscribers") == 2)
    gateway.stop()
    tail.until(lambda lines: any("connection lost, trying again" in line for line in lines))
    assert any("takes leave: shutdown" in line for line in tail.out)
    gateway.start({}, port=gateway.port)
    tail.until(lambda lines: "connected again" in lines)
    tail.until(lambda lines: gateway.metric("sidetone_push_subscribers") == 2)
    run_call(gateway, call_wav, "c-2")
    assert other.wait() == 0
    assert json.loads(other.out[-1])["type"] == "call.ended"
    tail.until(lambda lines: any("call ended" in line for line in lines))
    tail.process.send_signal(signal.SIGINT)
    assert tail.wait() == 0


@pytest.mark.parametrize("arguments", [
    ["--require", "everything"], ["--min-severity", "purple"], ["--wait", "soon"], ["call"],
    ["--call", "a", "--call", "b", "--until-end"], ["--call", ""], ["--url", "ftp://a"],
    ["--events", "call.ended,"], ["--token-file", "/nowhere"],
])
def test_tail_refuses_a_wrong_usage(arguments):
    assert run("tail", *arguments).returncode == 2


def test_tail_needs_a_gateway_that_lets_it_in(guarded):
    place = f"ws://127.0.0.1:{closed_port()}"
    nowhere = run("tail", "--url", place)
    assert nowhere.returncode == 4
    assert nowhere.stderr.startswith(f"sidetone tail: {place}/v1/events: connection refused")
    for bad in (None, "nonsense", token("calls:ingest")):
        options = ["--token", bad] if bad else []
        assert run("tail", "--url", url(guarded), *options).returncode == 4


def test_tail_moves_partials_in_place_on_a_terminal(gateway, call_wav):
    tail = watch(gateway, "--until-end", kind=Terminal)
    sender = Background("send", call_wav, "--speed", 2, "--url", url(gateway), "--call-id", "c-1")
    assert sender.wait() == 0
    assert tail.wait() == 0
    drawn = tail.text()
    assert re.search(r"\x1b\[\d+A\r\x1b\[J", drawn)  # moved lines are drawn again
    assert re.search(r"thank you for calling(?! how can i help)", drawn)  # a partial was there
    rows = [row.rstrip() for row in tail.rows() if row.strip()]
    said = [row for row in rows if re.match(r".*\[c-1\] (agent|customer) ", row)]
    assert len(said) == 2, rows  # each once: what was partial is gone
    assert sum("ALERT high" in row for row in rows) == 1
    assert "call ended" in rows[-1]


def test_tail_shows_where_each_call_stands(gateway):
    tail = watch(gateway, kind=Terminal, columns=60)
    sender = Pcm(gateway, "c-1")
    sender.say(agent=[(1, 1500), (0, 2000)], customer=[(0, 1500), (10, 1500), (0, 500)])
    tail.until("1 alert")
    assert "[c-1]" in tail.rows(columns=60)[-2]
    tail.process.send_signal(signal.SIGINT)
    assert tail.wait() == 0
    assert sum("cancel my account" in row and "ALERT" not in row and "reason" not in row
               for row in tail.rows(columns=60)) == 1
    sender.close()


def test_no_color_is_kept_to(gateway, call_wav):
    tail = watch(gateway, "--until-end", kind=Terminal, env={"NO_COLOR": "1"})
    run_call(gateway, call_wav, "c-1")
    assert tail.wait() == 0
    assert not re.search(r"\x1b\[[\d;]*m", tail.text())


# ---- calls ----

def test_calls_lists_and_shows(gateway):
    held = [Pcm(gateway, f"c-{n}", agent={"id": f"a{n}", "name": f"Agent {n}"}, queue=f"q{n}",
                caller="+1 555 0100") for n in (1, 2)]
    subscriber = Subscriber(gateway.ws("/v1/events"))
    held[1].say(agent=AGENT, customer=CUSTOMER)
    subscriber.until("alert.raised")
    table = run("calls", "--url", url(gateway))
    assert table.returncode == 0
    lines = table.stdout.splitlines()
    assert lines[0].split()[:3] == ["CALL", "STATE", "TIME"] and len(lines) == 3
    assert lines[1].startswith("c-2 ") and "high manager" in lines[1]  # alerts first
    assert "Agent 1" in lines[2] and "q1" in lines[2] and "+1 555 0100" in lines[2]
    listed = json.loads(run("calls", "--json", "--url", url(gateway)).stdout)
    assert {call["call_id"] for call in listed["calls"]} == {"c-1", "c-2"}
    one = run("calls", "--queue", "q1", "--url", url(gateway)).stdout
    assert "c-1" in one and "c-2" not in one
    shown = run("calls", "c-2", "--url", url(gateway))
    assert shown.returncode == 0 and speech.SENTENCES[1] in shown.stdout
    state = json.loads(run("calls", "c-2", "--json", "--url", url(gateway)).stdout)
    assert state["call_id"] == "c-2" and state["transcript"]
    none = run("calls", "c-3", "--url", url(gateway))
    assert none.returncode == 1 and "no call" in none.stderr
    held[0].stop()
    subscriber.until("call.ended")
    assert "c-1" not in run("calls", "--url", url(gateway)).stdout
    assert "c-1" in run("calls", "--all", "--url", url(gateway)).stdout
    subscriber.ws.close()


def test_calls_needs_a_gateway_that_lets_it_in(guarded):
    assert run("calls", "--url", f"ws://127.0.0.1:{closed_port()}").returncode == 4
    assert run("calls", "--url", url(guarded)).returncode == 4
    seen = run("calls", "--url", url(guarded), "--token", token())
    assert seen.returncode == 0 and len(seen.stdout.splitlines()) <= 1
    assert run("calls", "a", "b").returncode == 2


# ---- what others wrote ----

def test_nothing_that_others_wrote_controls_the_terminal(gateway):
    sender = Pcm(gateway, "c-1", caller=EVIL[:60], queue="q\x1b[31m",
                 agent={"id": "a\x1b[1m", "name": "Eve\x1b]8;;http://evil\x07\x9c"})
    assert sender.receive()["type"] == "started"
    plain = watch(gateway, "--until-end")
    lines = watch(gateway, "--until-end", "--json")
    screen = watch(gateway, "--until-end", kind=Terminal, env={"NO_COLOR": "1"})
    plain.until(lambda out: any("Eve" in line for line in out))
    lines.until(len)
    screen.until("Eve")
    table = run("calls", "--url", url(gateway))
    assert "Eve" in table.stdout and not CONTROL.search(table.stdout)
    shown = run("calls", "c-1", "--url", url(gateway))
    assert "Eve" in shown.stdout and not CONTROL.search(shown.stdout)
    as_json = run("calls", "c-1", "--json", "--url", url(gateway)).stdout
    assert not CONTROL.search(as_json)
    assert json.loads(as_json)["caller"] == EVIL[:60]  # the same, only written harmlessly
    sender.stop()
    for tail in (plain, lines, screen):
        assert tail.wait() == 0
    assert not any(CONTROL.search(line) for line in plain.out + lines.out)
    screen.rows()  # fails for any control that tail itself does not use


# ---- token ----

def read_token(text):
    """An independent check: HS256 by hand."""
    head, body, signature = text.split(".")
    made = hmac.new(SECRET.encode(), f"{head}.{body}".encode(), hashlib.sha256).digest()
    assert base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4)) == made
    parts = [json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
             for part in (head, body)]
    assert parts[0] == {"alg": "HS256", "typ": "JWT"}
    return parts[1]


@pytest.fixture
def secret_file(tmp_path):
    path = tmp_path / "secret"
    path.write_text(SECRET + "\n")
    return path


def test_token_create_makes_what_others_can_check(secret_file):
    before = int(time.time())
    made = run("token", "create", "--secret-file", secret_file, "--scope", "calls:read,calls:ingest",
               "--agent", "sarah", "--call", "c-1", "--tenant", "acme", "--subject", "desk",
               "--ttl", "15m")
    assert made.returncode == 0 and made.stdout.count("\n") == 1
    claims = read_token(made.stdout.strip())
    assert set(claims["scope"].split()) == {"calls:read", "calls:ingest"}
    assert claims["agent"] == "sarah" and claims["call"] == "c-1" and claims["tenant"] == "acme"
    assert claims["sub"] == "desk"
    assert before + 900 <= claims["exp"] <= time.time() + 900
    as_json = json.loads(run("token", "create", "--secret-env", "S", "--scope", "admin", "--json",
                             env={"S": SECRET}).stdout)
    assert read_token(as_json["token"])["exp"] == as_json["expires_unix_s"]


def test_a_gateway_takes_created_tokens(guarded, secret_file, call_wav):
    def create(scope, *options):
        return run("token", "create", "--secret-file", secret_file, "--scope", scope,
                   *options).stdout.strip()

    reader = create("calls:read")
    assert guarded.get("/v1/calls", bearer=reader).status_code == 200
    assert run("send", call_wav, "--speed", 20, "--url", url(guarded), "--call-id", "c-1",
               "--token", create("calls:ingest")).returncode == 0
    seen = run("calls", "c-1", "--url", url(guarded), "--token", reader)
    assert seen.returncode == 0 and speech.SENTENCES[4] in seen.stdout
    other = create("calls:read", "--call", "c-2")
    assert run("calls", "c-1", "--url", url(guarded), "--token", other).returncode == 1


@pytest.mark.parametrize("arguments,code", [
    (["create"], 2), (["create", "--scope", "admin"], 2),
    (["create", "--scope", "everything", "--secret-env", "S"], 2),
    (["create", "--scope", "admin", "--secret-env", "S", "--ttl", "0"], 2),
    (["create", "--scope", "admin", "--secret-env", "S", "--ttl", "11y"], 2),
    (["create", "--scope", "admin", "--secret-env", "S", "--secret-file", "/s"], 2),
    (["create", "--scope", "admin", "--secret-env", "S", "--agent", "x" * 64], 2),
    (["revoke"], 2), ([], 2),
    (["create", "--scope", "admin", "--secret-env", "SHORT"], 1),
    (["create", "--scope", "admin", "--secret-file", "/nowhere"], 1),
    (["create", "--scope", "admin", "--secret-env", "UNSET"], 1),
])
def test_token_says_what_is_wrong(arguments, code):
    made = run("token", *arguments, env={"S": SECRET, "SHORT": "too short"})
    assert made.returncode == code and made.stdout == "", made
    assert made.stderr.startswith("sidetone token: ")
    assert SECRET not in made.stderr and "too short" not in made.stderr


# ---- version, check, help ----

VERBS = ["serve", "check", "doctor", "send", "tail", "calls", "alerts", "categories", "scripts",
         "rules", "engine", "analyze", "token", "version"]
PARTS = {"token": ["create"], "rules": ["check", "test", "rematch"],
         "engine": ["list", "test"]}


def test_version():
    said = run("version").stdout
    assert re.fullmatch(r"sidetone \d+\.\d+\.\d+\n", said)
    as_json = json.loads(run("version", "--json").stdout)
    assert said == f"{as_json['name']} {as_json['version']}\n"
    assert run("--version").stdout == said
    assert run("version", "please").returncode == 2


def test_check_accepts_the_gateways_own_file(gateway):
    good = run("check", gateway.config_path)
    assert good.returncode == 0 and "no errors" in good.stdout
    assert json.loads(run("check", "--json", gateway.config_path).stdout)["errors"] == []


def test_check_says_what_serve_would_refuse_of_recorders(tmp_path):
    path = tmp_path / "recorder.yaml"
    listen = "listen:\n  address: 127.0.0.1\n"
    siprec = ("siprec:\n  listen: [{transport: tcp, address: 127.0.0.1}]\n"
              "  users: [{name: sbc}, {name: other, password: of the other}]\n")
    path.write_text(listen + siprec)
    errors = json.loads(run("check", "--json", path).stdout)["errors"]
    assert errors == [f"{path}: siprec.users[0] 'sbc' has no password",
                      f"{path}: siprec.listen needs ports for the audio: rtp.first_port and rtp.last_port"]
    assert run("check", path).returncode == 1
    path.write_text(listen + siprec.replace("name: sbc", "name: sbc, password: of the recorder")
                    + "rtp: {first_port: 20000, last_port: 20099}\n")
    assert run("check", path).returncode == 0
    # Whether --dev lets everybody on this machine in is not known here; elsewhere it never does.
    path.write_text(path.read_text().replace("users:", "sources: [] #"))
    assert run("check", path).returncode == 0
    path.write_text(path.read_text().replace("tcp, address: 127.0.0.1", "tcp, address: 192.0.2.1"))
    assert "would take calls from anybody" in run("check", path).stderr


@pytest.mark.parametrize("verb", VERBS)
def test_help_has_examples_and_exit_codes(verb):
    for arguments in ([verb, "--help"], ["help", verb], [verb, "-h"]):
        said = run(*arguments)
        assert said.returncode == 0 and said.stderr == ""
        assert said.stdout.startswith(f"Usage: sidetone {verb}")
        examples = said.stdout.split("Examples:\n")[1].split("\n\n")[0].splitlines()
        assert any(line.startswith(f"  sidetone {verb}") for line in examples)
        assert re.search(r"Exit codes: 0 .*\b2 wrong\s+usage", said.stdout, re.S)
        assert all(len(line) <= 100 for line in said.stdout.splitlines())
    assert run(verb, "--no-such-option").returncode == 2


def test_help_lists_every_verb():
    said = run("help")
    assert said.returncode == 0 and said.stdout == run("--help").stdout
    assert [line.split()[0] for line in said.stdout.splitlines()
            if re.match(r"  [a-z]+ +\w", line)] == VERBS
    assert run().returncode == 2 and run("dance").returncode == 2
    assert run("help", "dance").returncode == 2


# ---- completion ----

COMPLETION = ROOT / "deploy" / "completion" / "sidetone.bash"


def complete(*words, cwd=None):
    """What bash would offer for the last word."""
    script = (f'source "{COMPLETION}"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
              'COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}; '
              'declare -f _sidetone > /dev/null && _sidetone sidetone "${@: -1}" "${@: -2:1}"; '
              'printf "%s\\n" "${COMPREPLY[@]}"')
    done = subprocess.run(["bash", "--norc", "-c", script, "bash", "sidetone", *words],
                          capture_output=True, text=True, timeout=20, cwd=cwd)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    return [line.strip() for line in done.stdout.splitlines() if line.strip()]


def test_completion_knows_the_verbs():
    assert sorted(complete("")) == sorted(VERBS + ["help"])
    assert complete("t") == ["tail", "token"]
    assert sorted(complete("help", "")) == sorted(VERBS)
    for verb, parts in PARTS.items():
        assert complete(verb, "") == parts
    assert complete("engine", "test", "--channel", "") == ["agent", "customer"]
    assert complete("alerts", "") == ["ack", "snooze", "assign", "clear"]
    for verb in ("categories", "scripts"):
        assert complete(verb, "") == ["list", "get", "put", "patch", "delete", "audit"]


@pytest.mark.parametrize("words", [[verb, part] for verb in VERBS for part in PARTS.get(verb, [""])],
                         ids=" ".join)
def test_completion_offers_the_long_options_of_the_help(words):
    words = [word for word in words if word]
    documented = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", run(*words, "--help").stdout))
    # Prose and examples mention options of others; one with a value takes the first --help for it.
    documented = {option for option in documented if "unrecognized option" not in
                  run(*words, option, "--help", "--help").stderr} | {"--help"}
    assert set(complete(*words, "--")) == documented


def test_completion_offers_values(tmp_path):
    (tmp_path / "call.wav").touch()
    (tmp_path / "notes.txt").touch()
    (tmp_path / "calls").mkdir()
    assert complete("send", "--as", "") == ["pcm", "twilio", "acs", "rtp", "srtp", "siprec"]
    assert complete("tail", "--min-severity", "h") == ["high"]
    assert set(complete("token", "create", "--scope", "c")) == {"calls:read", "calls:ingest"}
    assert complete("send", "ca", cwd=tmp_path) == ["call.wav", "calls"]
    assert complete("send", "", cwd=tmp_path) == ["call.wav", "calls"]
    assert complete("analyze", "--format", "w") == ["webvtt", "wav"]
    assert "notes.txt" in complete("analyze", "n", cwd=tmp_path)
    assert "notes.txt" in complete("serve", "--config", "n", cwd=tmp_path)


def test_completion_is_what_bash_uses(tmp_path):
    script = f'source "{COMPLETION}"; complete -p sidetone'
    done = subprocess.run(["bash", "--norc", "-c", script], capture_output=True, text=True)
    assert "-F _sidetone sidetone" in done.stdout, done
