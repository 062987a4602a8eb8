"""Credentials never appear: keys like no other text are given in every way there is, calls go well and badly, and
nothing the gateway writes, answers, sends or leaves behind has them."""
import base64
import copy
import json
import os
import pathlib
import resource
import signal
import subprocess

import pytest

import fault_cells
from aws_frames import signing_key
from aws_services import Services
from cli import run
from fault_cells import Cell
from gateway import BINARY
from services import NO_AWS, SERVICES
from subscriber import Subscriber

FAULTS = ("unauthorized", "forbidden", "throttled", "server_error", "cut_mid_word", "malformed", "oversized",
          "credentials_expire", "refuse")
GOOD = ("duplicate", "contradict")  # calls that are heard


def canary(name):
    return f"canary/{name}/0123456789abcdefghijklmn"


def forms_of(secret):
    """As it is, in base64, percent-encoded, and by its first half: a part is a leak too."""
    half = secret[:len(secret) // 2 + 4]
    return {secret, half, half.replace("/", "%2F"), base64.b64encode(secret.encode()).decode()[:-4]}


class Searched:
    """Texts by where they are from, and what must be in none of them."""

    def __init__(self, secrets):
        self.needles = {form for secret in secrets for form in forms_of(secret)}
        self.texts = {}

    def add(self, where, text):
        self.texts[where] = text if isinstance(text, str) else text.decode(errors="replace")

    def leaks(self):
        return [(where, needle) for where, text in self.texts.items() for needle in self.needles if needle in text]


def look_around(searched, gateway, messages, cells, environment):
    """All that can be seen of a gateway that runs."""
    for path in ("/v1/calls", "/v1/alerts", *(f"/v1/calls/{cell.fault}" for cell in cells)):
        searched.add(path, gateway.get(path).text)
    for path in ("/metrics", "/readyz", "/livez"):
        searched.add(path, gateway.get(path, operations=True).text)
    searched.add("events", json.dumps(messages))
    searched.add("argv", pathlib.Path(f"/proc/{gateway.process.pid}/cmdline").read_bytes())
    for command in (("check", gateway.config_path), ("doctor", "--config", gateway.config_path)):
        done = run(*command, env=environment)
        searched.add(command[0], done.stdout + done.stderr)
    searched.add("log", gateway.log())


@pytest.fixture
def take_calls(make_gateway, recogniser):
    """Calls that go well and badly over a service whose credentials are canaries; gives what can be seen of it."""
    started = []

    def take(service, settings, secrets, environment=None, known=lambda simulator: None):
        cells = []
        for fault in (*FAULTS, *GOOD):
            simulator = service.start()
            known(simulator)
            simulator.set_fault(fault)
            cells.append(Cell(fault, simulator, service.url(simulator)))
        started.extend(cells)
        config = fault_cells.config_of(service, cells, recogniser.url, is_alone=False)
        for remote in config["engines"]["remote"][:len(cells)]:
            remote.update(copy.deepcopy(settings))
        config["log"] = {"level": "debug"}
        environment = {**NO_AWS, **(environment or {})}
        gateway = make_gateway(config=config, environment=environment)
        subscriber = Subscriber(gateway.ws("/v1/events"))
        fault_cells.run_cells(gateway, subscriber, cells, is_alone=False)
        subscriber.ws.close()
        searched = Searched(secrets)
        messages = [message for cell in cells for message in cell.messages]
        assert {m["call_id"] for m in messages if m["type"] == "stt.degraded"} >= set(FAULTS)
        look_around(searched, gateway, messages, cells, environment)
        return searched, cells

    yield take
    fault_cells.close_cells(started)


def is_well(cells):
    return all(cell.is_heard() and not cell.of_type("stt.degraded") for cell in cells if cell.fault in GOOD)


KEYED = {"deepgram": "deepgram.KEY", "assemblyai": "assemblyai.KEY", "openai": "openai.KEY", "azure": "azure.KEY"}


@pytest.mark.parametrize("way", ["key", "key_file"])
@pytest.mark.parametrize("name", KEYED)
def test_a_key(take_calls, monkeypatch, tmp_path, name, way):
    secret = canary(name)
    service = SERVICES[name]
    monkeypatch.setattr(KEYED[name], secret)
    (tmp_path / "key").write_text(secret + "\n")
    (tmp_path / "key").chmod(0o600)
    given = {"key": secret} if way == "key" else {"key": "", "key_file": str(tmp_path / "key")}
    searched, cells = take_calls(service, given, [secret])
    assert is_well(cells) and searched.leaks() == []


def test_a_token(take_calls, monkeypatch):
    secret = canary("azure-token")
    monkeypatch.setattr("azure.TOKEN", secret)
    searched, cells = take_calls(SERVICES["azure"], {"key": secret, "parameters": ["auth=token"]}, [secret])
    assert is_well(cells) and searched.leaks() == []


def test_a_token_in_an_address(take_calls, monkeypatch):
    """What somebody puts into `url` is shown by nobody either."""
    secret = canary("in-a-url").replace("/", "-")
    service = SERVICES["vosk"]
    monkeypatch.setattr(type(service), "url", lambda self, simulator: f"{simulator.url}/?token={secret}")
    searched, cells = take_calls(service, {}, [secret])
    assert is_well(cells) and searched.leaks() == []


KEY_ID = "AKIACANARY"


@pytest.mark.parametrize("way", ["key", "environment", "files", "container"])
@pytest.mark.parametrize("name", ["aws-http2", "aws-websocket", "aws_call_analytics"])
def test_aws(take_calls, tmp_path, name, way):
    secret, token = canary("aws-secret"), canary("aws-token") + "/+=" * 40
    services = []

    def known(simulator):
        simulator.keys.add(KEY_ID, secret, token)
        for service in services:
            service.keys.known = simulator.keys.known

    files = tmp_path / "credentials"
    files.write_text(f"[default]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {secret}\n"
                     f"aws_session_token = {token}\n")
    ways = {
        "key": ({"key": f"{KEY_ID}:{secret}:{token}"}, {}),
        "environment": ({"key": ""}, {"AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": secret,
                                      "AWS_SESSION_TOKEN": token}),
        "files": ({"key": ""}, {"AWS_SHARED_CREDENTIALS_FILE": str(files)}),
        "container": ({"key": ""}, {}),
    }
    settings, environment = ways[way]
    secrets = [secret, token]
    if way == "container":
        fixed = FixedKeys(secret, token)
        services.append(fixed)
        environment = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{fixed.url}/container",
                       "AWS_CONTAINER_AUTHORIZATION_TOKEN": "container secret"}
        secrets.append("container secret")
    searched, cells = take_calls(SERVICES[name], settings, secrets, environment, known)
    for service in services:
        service.close()
    searched.needles |= {"AWS4-HMAC-SHA256", "X-Amz-Signature", "X-Amz-Credential"}
    searched.needles |= {signing_key(secret, "20261122", "us-east-1", "transcribe").hex()}
    assert is_well(cells) and searched.leaks() == []


class FixedKeys(Services):
    """A container's endpoint that gives the same keys whenever it is asked."""

    def __init__(self, secret, token):
        self.made = {"AccessKeyId": KEY_ID, "SecretAccessKey": secret, "Token": token,
                     "Expiration": "2099-01-01T00:00:00Z"}
        super().__init__(type("Nobody", (), {})())

    def make(self, token_name="Token"):
        return self.made


def test_a_leak_would_be_found(gateway):
    """The search itself: what it looks for is found in whichever form."""
    secret = canary("leak")
    searched = Searched([secret])
    for i, text in enumerate(forms_of(secret)):
        searched.add(str(i), f"before {text} after")
    assert {where for where, _ in searched.leaks()} == {str(i) for i in range(len(forms_of(secret)))}


def leaves_core(folder):
    """Whether serve leaves a core when it is killed so that it would."""
    config = folder / "empty.yaml"
    config.write_text("operations: {port: 0}\nlisten: {port: 0}\n")
    ports = folder / "ports.json"
    ports.unlink(missing_ok=True)
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    process = subprocess.Popen(
        [BINARY, "serve", "--dev", "--config", config, "--ports-file", ports], cwd=folder,
        stderr=subprocess.DEVNULL, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (hard, hard)))
    while not ports.exists():
        assert process.poll() is None
    process.send_signal(signal.SIGABRT)
    _, status = os.waitpid(process.pid, 0)
    process.returncode = -1
    assert os.WTERMSIG(status) == signal.SIGABRT
    return os.WCOREDUMP(status)


def test_a_crash_leaves_no_core(tmp_path):
    assert not leaves_core(tmp_path)
    assert not list(tmp_path.glob("core*"))
