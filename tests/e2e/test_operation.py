"""Starting, draining, reloading, checking: what an operator does."""
import json
import os
import pathlib
import re
import signal
import subprocess
import textwrap
import threading
import time

import pytest
from ruamel.yaml import YAML
from websockets.exceptions import ConnectionClosed, InvalidStatus

import speech
from gateway import BINARY, CATEGORIES, token
from proto.contract import check
from senders import Pcm
from subscriber import Subscriber

PLATFORMS = pathlib.Path(__file__).resolve().parents[2] / "deploy" / "platforms"


def run(*arguments, **options):
    return subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=60,
                          **options)


def wait_for(condition, seconds=15):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_sigterm_drains(gateway, subscribe):
    subscriber = subscribe()
    sender = Pcm(gateway, "call-1")
    sender.say(agent=[(1, 1500)], customer=[(0, 1500)])  # still speaking
    subscriber.until("call.started")
    idle = Subscriber(gateway.ws("/v1/events"), calls=["nobody"])
    idle.until("snapshot.end")
    gateway.process.send_signal(signal.SIGTERM)
    ended = subscriber.until("call.ended")
    assert ended["reason"] == "shutdown"
    assert [m["segment"]["text"] for m in subscriber.of_type("transcript.final")] == \
        [speech.SENTENCES[1]]
    for watcher in (subscriber, idle):
        goodbye = watcher.until("goodbye")
        assert goodbye["reason"] == "shutdown" and goodbye["resume"] is True
        with pytest.raises(ConnectionClosed) as closed:
            watcher.next()
        assert closed.value.rcvd.code == 1001
    assert gateway.process.wait(20) == 0


def test_while_draining_it_is_unready_and_takes_no_calls(make_gateway, recogniser):
    gateway = make_gateway(config={"calls": {"grace_s": 1, "drain_s": 4}})
    recogniser.is_silent = True  # so the last final is waited for
    sender = Pcm(gateway, "call-1")
    sender.say(agent=[(1, 1500)], customer=[(0, 1500)])
    other = gateway.ws("/v1/ingest/pcm")
    sender.receive()
    assert gateway.get("/readyz", operations=True).status_code == 200
    gateway.process.send_signal(signal.SIGTERM)
    wait_for(lambda: gateway.get("/readyz", operations=True).status_code == 503)
    assert gateway.get("/livez", operations=True).status_code == 200
    other.send(json.dumps({"type": "start", "call_id": "call-2"}))
    told = []
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            told.append(json.loads(other.recv(timeout=10)))
    assert told[-1]["code"] == "busy" and closed.value.rcvd.code == 1013
    with pytest.raises((ConnectionRefusedError, InvalidStatus)):
        gateway.ws("/v1/ingest/pcm")
    assert gateway.process.wait(20) == 0


def test_sighup_reloads_categories_of_running_calls(gateway, subscribe):
    subscriber = subscribe()
    sender = Pcm(gateway, "call-1")
    sender.say(agent=[(0, 2500)], customer=[(10, 1500), (0, 1000)])
    assert subscriber.until("alert.raised")["alert"]["category"] == "cancellation"
    gateway.config["categories"] = CATEGORIES + [
        {"name": "thanks", "severity": "low", "phrases": ["thank you so much"]}]
    gateway.write_config()
    gateway.process.send_signal(signal.SIGHUP)
    wait_for(lambda: "reloaded: " in gateway.log())
    sender.say(agent=[(0, 3500)], customer=[(6, 2500), (0, 1000)])
    sender.stop()
    assert subscriber.until("alert.raised")["alert"]["category"] == "thanks"
    assert subscriber.until("call.ended")["alerts"] == 2


def test_a_broken_file_is_refused_whole(gateway, subscribe):
    subscriber = subscribe()
    sender = Pcm(gateway, "call-1")
    gateway.config["categories"] = [{"name": "x", "severity": "purple", "phrases": ["y"]}]
    gateway.config["log"] = {"level": "error"}
    gateway.write_config()
    gateway.process.send_signal(signal.SIGHUP)
    wait_for(lambda: "not reloaded" in gateway.log())
    assert "purple" in gateway.log()
    sender.say(agent=[(0, 3000)], customer=[(4, 2000), (0, 1000)])
    sender.stop()
    assert subscriber.until("alert.raised")["alert"]["category"] == "manager"
    assert "[call-1] started" in gateway.log()


def test_reload_changes_who_may_come_in(make_gateway):
    gateway = make_gateway(is_dev=False)
    old = token()
    assert gateway.get("/v1/calls", bearer=old).status_code == 200
    secret = "a quite different secret of more than 32 bytes"
    gateway.config["auth"]["secret"] = secret
    gateway.write_config()
    gateway.process.send_signal(signal.SIGHUP)
    wait_for(lambda: "reloaded: " in gateway.log())
    wait_for(lambda: gateway.get("/v1/calls", bearer=old).status_code == 401)
    assert gateway.get("/v1/calls", bearer=token(secret=secret)).status_code == 200


def test_many_reloads_under_load_cost_no_call_anything(gateway, subscribe):
    subscriber = subscribe(partials=False)
    subscriber.until("snapshot.end")
    is_over = threading.Event()

    def reload():
        while not is_over.is_set():
            gateway.process.send_signal(signal.SIGHUP)
            time.sleep(0.02)

    thread = threading.Thread(target=reload)
    thread.start()
    try:
        for number in range(10):
            sender = Pcm(gateway, f"call-{number}")
            sender.say(agent=[(1, 1500), (0, 1500)], customer=[(0, 500), (4, 2000), (0, 500)])
            sender.stop()
            ended = subscriber.until("call.ended", call_id=f"call-{number}")
            assert ended["segments"] == 2 and ended["alerts"] == 1
    finally:
        is_over.set()
        thread.join()


def test_check_reports_every_error_with_its_line(tmp_path):
    path = tmp_path / "broken.yaml"
    path.write_text("listen:\n  prot: 1\n  port: 99999\nauth:\n  secret: short\n"
                    "categories:\n  - name: a\n    severity: hihg\n    phrases: []\n")
    ended = run("check", path)
    assert ended.returncode == 1
    lines = ended.stderr.splitlines()
    for number, words in ((2, "prot"), (3, "port"), (5, "secret"), (8, "hihg"), (9, "phrases")):
        assert any(line.startswith(f"{path}:{number}: ") and words in line for line in lines), \
            (number, ended.stderr)
    assert any("did you mean 'port'?" in line for line in lines)
    assert "short" not in ended.stderr.replace("shorter", "")
    as_json = json.loads(run("check", "--json", path).stdout)
    assert len(as_json["errors"]) == len(lines)


@pytest.mark.parametrize("page", ["asterisk", "kamailio", "siprec"])
def test_check_accepts_what_the_pages_of_platforms_say(tmp_path, page):
    text = (PLATFORMS / f"{page}.md").read_text()
    blocks = re.findall(r"^ *```yaml\n(.*?)^ *```$", text, re.DOTALL | re.MULTILINE)
    assert blocks
    for block in blocks:
        path = tmp_path / "page.yaml"
        path.write_text(textwrap.dedent(block))
        ended = run("check", path)
        assert ended.returncode == 0, block + ended.stderr


@pytest.mark.parametrize("siprec,words", [
    ({"sources": ["10.0.0.5"]}, "rtp.first_port"),
    ({"users": [{"name": "sbc"}]}, "'sbc' has no password"),
    ({}, "would take calls from anybody"),
])
def test_check_refuses_what_serve_would_not_listen_with(tmp_path, siprec, words):
    path = tmp_path / "siprec.yaml"
    listen = [{"transport": "tcp", "address": "10.0.0.20"}]
    path.write_text(json.dumps({"siprec": {"listen": listen, **siprec}}))
    ended = run("check", path)
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"{path}: ") and words in ended.stderr


def test_check_accepts_what_is_documented(tmp_path):
    documented = os.path.join(os.path.dirname(__file__), "..", "..", "deploy", "sidetone.yaml")
    assert run("check", documented).returncode == 0
    assert run("check", tmp_path / "missing.yaml").returncode == 1
    assert run("check").returncode == 2


def test_a_taken_port_says_what_to_do(gateway, tmp_path):
    path = tmp_path / "c.yaml"
    with open(path, "w") as file:
        YAML(typ="safe").dump(gateway.config, file)
    ended = run("serve", "--dev", "--config", path, "--port", str(gateway.port))
    assert ended.returncode == 1
    assert "address already in use" in ended.stderr and "another port" in ended.stderr


def test_full_means_busy_and_not_broken(make_gateway):
    gateway = make_gateway(config={"limits": {"calls": 2}})
    held = [Pcm(gateway, f"call-{number}") for number in range(2)]
    for sender in held:
        assert sender.receive()["type"] == "started"
    third = Pcm(gateway, "call-3")
    told = []
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            told.append(third.receive())
    assert told[-1]["code"] == "busy" and closed.value.rcvd.code == 1013
    held[0].stop()
    wait_for(lambda: gateway.metric("sidetone_calls_live") == 1)
    assert Pcm(gateway, "call-3").receive()["type"] == "started"
    assert gateway.metric("sidetone_calls_refused_total") == 1


def test_metrics_are_prometheus_text(gateway):
    text = gateway.get("/metrics", operations=True).text
    names = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")}
    assert {"sidetone_calls_live", "sidetone_hop_seconds", "sidetone_media_bytes_total",
            "sidetone_push_deliveries_total", "sidetone_loop_held_total"} <= names
    for line in text.splitlines():
        if line.startswith("# TYPE"):
            _, _, name, kind = line.split()
            assert (kind == "counter") == name.endswith("_total"), line
    assert gateway.get("/metrics").status_code == 404


def test_logs_are_json_lines_when_asked(make_gateway):
    gateway = make_gateway(config={"log": {"format": "json", "level": "debug"}})
    Pcm(gateway, "call-1").receive()
    gateway.stop()
    lines = [json.loads(line) for line in gateway.log().splitlines()]
    assert any(line.get("call_id") == "call-1" for line in lines)
    assert {"ts_unix_ms", "level", "module", "message"} <= set(lines[0])


def test_what_is_said_stays_out_of_the_logs(make_gateway):
    gateway = make_gateway(config={"log": {"level": "debug"}})
    subscriber = Subscriber(gateway.ws("/v1/events"))
    sender = Pcm(gateway, "call-1")
    sender.say(agent=[(1, 1500), (0, 2000)], customer=[(0, 500), (4, 2000), (0, 1000)])
    sender.send(type="dtmf", channel=1, digit="7")
    sender.stop()
    subscriber.until("call.ended")
    gateway.stop()
    for sentence in speech.SENTENCES.values():
        assert sentence not in gateway.log()
    assert "speak to a manager" not in gateway.log() and "dtmf" not in gateway.log()


def test_a_language_that_the_engine_does_not_know_is_refused_with_that_reason(make_gateway):
    gateway = make_gateway(config={"tenants": [{"name": "default", "routes": [
        {"name": "default", "engines": ["pocketsphinx"]}]}]})
    sender, told = Pcm(gateway, "call-1", language="de-DE"), []
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            told.append(sender.receive())
    assert told[-1]["code"] == "bad_start" and "language" in told[-1]["message"]
    assert closed.value.rcvd.code == 1008
    assert gateway.metric("sidetone_calls_live") == 0


def test_a_recogniser_that_goes_and_comes_back_costs_no_word(make_gateway, recogniser):
    gateway = make_gateway()
    told = Subscriber(gateway.ws("/v1/events"))
    told.until("snapshot.end")
    sender = Pcm(gateway, "call-1")
    sender.say(agent=[(1, 1500), (0, 500)], customer=[(0, 2000)])
    told.until("transcript.final")
    recogniser.refuses = True
    recogniser.cuts_after = 1
    sender.say(agent=[(0, 2000)], customer=[(2, 1500), (0, 500)])
    lost = told.until("stt.degraded")
    assert lost["engine"] == "vosk" and lost["reason"] and lost["channel"] in (0, 1)
    assert gateway.get("/v1/calls/call-1").json()["degraded"] is True
    recogniser.refuses = False
    assert told.until("stt.recovered", channel=lost["channel"])["engine"] == "vosk"
    assert gateway.get("/v1/calls/call-1").json()["degraded"] is False
    sender.say(agent=[(5, 2000), (0, 500)], customer=[(0, 2500)])
    sender.stop()
    told.until("call.ended")
    said = [m["segment"]["text"] for m in told.of_type("transcript.final") if m["segment"]["text"]]
    assert sorted(said) == sorted(speech.SENTENCES[i] for i in (1, 2, 5))
    for message in told.of_type("stt.degraded") + told.of_type("stt.recovered"):
        check(message)
