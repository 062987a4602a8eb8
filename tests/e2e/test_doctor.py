"""sidetone doctor: what it says of configurations that are well and of ones that are not."""
import json
import os
import pathlib
import re
import socket
import subprocess
import sys

import pytest
from ruamel.yaml import YAML

import rtp
from certificates import Authority
from cli import Terminal, run
from gateway import BINARY, SECRET


class Patient:
    """A configuration that is well, for a test to spoil."""

    def __init__(self, folder, engine_url):
        self.folder = folder
        self.lexicon = folder / "lexicon.txt"
        self.lexicon.write_text("good\t1.9\t0.9\t[2, 1, 1, 3, 2, 4, 2, 2, 1, 1]\n")
        self.secret = folder / "secret"
        self.secret.write_text(SECRET)
        self.secret.chmod(0o600)
        self.config = {
            "listen": {"address": "127.0.0.1", "port": 0},
            "operations": {"port": 0},
            "tenants": [{"name": "default", "routes": [{"name": "default", "engines": ["vosk"]}]}],
            "engines": {"remote": [{"name": "vosk", "type": "vosk", "url": engine_url}]},
            "sentiment": {"lexicon_file": str(self.lexicon)},
            "auth": {"secret_file": str(self.secret)},
            "limits": {"connections": 100, "connections_per_address": 100, "calls": 10},
        }

    def examine(self, *options, env=None, code=None):
        """{check: (status, found, fix)}; a list of them for what is looked at more than once."""
        path = self.folder / "doctor.yaml"
        with open(path, "w") as file:
            YAML(typ="safe").dump(self.config, file)
        path.chmod(0o600)
        done = run("doctor", "--config", path, "--json", *options, env=env)
        assert done.stderr == ""
        report = json.loads(done.stdout)
        assert report["ok"] == (done.returncode == 0)
        if code is not None:
            assert done.returncode == code, report
        self.checks = report["checks"]
        assert all((c["fix"] is None) == (c["status"] == "ok") for c in self.checks), self.checks
        return self

    def of(self, check, words=""):
        found = [c for c in self.checks if c["check"] == check and words in c["found"]]
        assert len(found) == 1, (check, words, self.checks)
        return found[0]

    def status(self, check, words=""):
        return self.of(check, words)["status"]


@pytest.fixture
def patient(tmp_path, recogniser):
    return Patient(tmp_path, recogniser.url)


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path / "authority")


def test_one_that_is_well(patient, recogniser):
    patient.examine(code=0)
    for check in ("configuration", "open files", "cores", "libwebsockets", "sentiment", "port",
                  "operations port", "certificate", "secret"):
        assert patient.status(check) == "ok", patient.of(check)
    assert patient.status("engine", "vosk: ") == "ok"
    assert f"127.0.0.1:{recogniser.port}, answers" in patient.of("engine", "vosk: ")["found"]
    assert "mode 600" in patient.of("secret")["found"]
    assert patient.status("clock") in ("ok", "warn")
    assert SECRET not in json.dumps(patient.checks)


def test_as_text_and_on_a_terminal():
    plain = run("doctor", "--dev")
    assert "\x1b" not in plain.stdout and plain.stdout.splitlines()[-1].endswith("failed")
    assert any(line.startswith("ok   cores ") for line in plain.stdout.splitlines())
    screen = Terminal("doctor", "--dev")
    assert screen.wait() == plain.returncode
    assert "\x1b[32mok  \x1b[0m cores" in screen.text()
    assert run("doctor", "extra").returncode == 2


def test_a_broken_configuration_is_told_whole(patient):
    patient.config["listen"]["prot"] = 1
    patient.config["limits"]["calls"] = "many"
    patient.examine(code=1)
    broken = [c for c in patient.checks if c["check"] == "configuration"]
    assert len(broken) == 2 and all(c["status"] == "fail" for c in broken)
    assert any("did you mean 'port'?" in c["found"] for c in broken)
    assert patient.status("libwebsockets") == "ok"  # what needs no configuration goes on
    assert not [c for c in patient.checks if c["check"] == "port"]
    missing = run("doctor", "--config", "/nowhere.yaml")
    assert missing.returncode == 1 and "/nowhere.yaml" in missing.stdout


def test_without_a_configuration_it_says_what_serve_would_need():
    report = json.loads(run("doctor", "--json").stdout)
    secret, = [c for c in report["checks"] if c["check"] == "secret"]
    assert secret["status"] == "warn" and "--dev" in secret["found"]


# ---- limits ----

@pytest.mark.parametrize("limit,status", [(220, "fail"), (300, "warn"), (1020, "warn"),
                                          (8192, "ok")])
def test_open_files_are_held_against_the_limits(patient, limit, status):
    patient.config["limits"]["connections"] = 1000
    wrapper = ["sh", "-c", f'ulimit -n {limit}; exec "$0" "$@"', str(BINARY)]
    path = patient.folder / "doctor.yaml"
    with open(path, "w") as file:
        YAML(typ="safe").dump(patient.config, file)
    done = subprocess.run([*wrapper, "doctor", "--json", "--config", path], capture_output=True,
                          text=True, timeout=60)
    files, = [c for c in json.loads(done.stdout)["checks"] if c["check"] == "open files"]
    assert files["status"] == status and f"{limit} allowed" in files["found"]
    assert status == "ok" or "LimitNOFILE=" in files["fix"]


# ---- engines ----

def test_an_engine_that_cannot_be_reached(patient, recogniser):
    recogniser.close()
    patient.examine(code=1)
    engine = patient.of("engine", "vosk: ")
    assert engine["status"] == "fail" and "connection refused" in engine["found"]
    patient.config["engines"]["remote"][0]["url"] = "ws://no-such-host.invalid:2700"
    assert patient.examine(code=1).status("engine", "cannot be reached") == "fail"


def test_engines_that_are_not_installed(patient, tmp_path):
    route = patient.config["tenants"][0]["routes"][0]
    patient.config["engines"]["moonshine"] = {"models_dir": str(tmp_path / "models")}
    patient.config["engines"]["pocketsphinx"] = {"model_dir": str(tmp_path / "sphinx")}
    patient.examine(code=0)  # no route uses them
    assert "no route uses it" in patient.of("engine", "moonshine: ")["found"]
    route["engines"] = ["auto"]
    patient.examine(code=1)
    assert patient.status("engine", "moonshine: ") == "warn"
    assert "encoder_model.ort" in patient.of("engine", "moonshine: ")["found"]
    assert patient.status("engine", "pocketsphinx: ") == "fail"
    assert "no route uses it" in patient.of("engine", "vosk: ")["found"]
    route["engines"] = ["moonshine"]
    assert patient.examine(code=1).status("engine", "moonshine: ") == "fail"


def test_models_without_their_runtime(patient, tmp_path):
    models = tmp_path / "models"
    models.mkdir()
    for name in ("encoder_model.ort", "decoder_model_merged.ort", "tokenizer.bin",
                 "silero_vad.onnx", "libonnxruntime.so.1"):
        (models / name).write_text("not this")
    patient.config["engines"]["moonshine"] = {"models_dir": str(models)}
    patient.config["tenants"][0]["routes"][0]["engines"] = ["moonshine"]
    patient.examine(code=1)
    assert "ONNX Runtime cannot be loaded" in patient.of("engine", "moonshine: ")["found"]


def test_pocketsphinx_is_told_to_be_poor(patient):
    patient.config["tenants"][0]["routes"][0]["engines"] = ["pocketsphinx"]
    patient.examine(code=0)
    engine = patient.of("engine", "pocketsphinx: ")
    assert engine["status"] == "warn" and "poor" in engine["found"] and "5prealpha" in engine["found"]


def test_installed_models_are_described():
    models = os.environ.get("SIDETONE_MODELS")
    directory = models or str(BINARY.parents[3] / ".sidetone" / "models")
    done = json.loads(run("doctor", "--json", env={"SIDETONE_MODELS": directory}).stdout)
    moonshine, = [c for c in done["checks"] if c["found"].startswith("moonshine: ")]
    is_there = os.path.exists(os.path.join(directory, "encoder_model.ort"))
    assert (moonshine["status"] == "ok") == is_there
    assert ("ONNX Runtime 1." in moonshine["found"]) == is_there


def test_a_missing_lexicon(patient):
    patient.lexicon.write_text("this is no lexicon\n")
    assert patient.examine(code=0).status("sentiment") == "warn"
    assert str(patient.lexicon) in patient.of("sentiment")["found"]
    patient.lexicon.unlink()
    assert patient.examine(code=1).status("configuration") == "fail"
    del patient.config["sentiment"]
    patient.config["engines"]["moonshine"] = {"models_dir": str(patient.folder)}
    assert patient.examine(code=0).status("sentiment") == "warn"


# ---- ports ----

def test_a_port_that_another_program_has(patient):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        patient.config["listen"]["port"] = holder.getsockname()[1]
        patient.examine(code=1)
    port = patient.of("port")
    assert port["status"] == "fail" and f"(process {os.getpid()})" in port["found"]
    assert os.path.basename(sys.executable)[:6] in port["found"] and "listen.port" in port["fix"]


def test_ports_that_the_gateway_has(patient, make_gateway):
    gateway = make_gateway()
    patient.config["listen"]["port"] = gateway.port
    patient.config["operations"]["port"] = gateway.operations_port
    patient.examine(code=0)
    for check in ("port", "operations port"):
        assert patient.status(check) == "ok"
        assert f"(process {gateway.process.pid})" in patient.of(check)["found"]


def test_an_address_of_another_machine(patient):
    patient.config["listen"]["address"] = "192.0.2.1"
    patient.examine(code=1)
    assert patient.status("port") == "fail" and "ip address" in patient.of("port")["fix"]
    assert patient.status("certificate") == "warn"  # in clear over a network
    patient.config["operations"]["disabled"] = True
    patient.examine()
    assert not [c for c in patient.checks if c["check"] == "operations port"]


# ---- RTP and SIPREC ----

def with_rtp(patient, **more):
    first, last = rtp.free_ports()
    patient.config["rtp"] = {"first_port": first, "last_port": last, **more}
    patient.config["threads"] = 2
    return first, last


def with_siprec(patient, transport="udp", address="127.0.0.1", **more):
    patient.config["siprec"] = {
        "listen": [{"transport": transport, "address": address, "port": 0}],
        "sources": ["127.0.0.1"], **more}


def test_calls_by_rtp_are_off_or_well(patient):
    patient.examine(code=0)
    assert "off" in patient.of("rtp ports")["found"] and "off" in patient.of("siprec")["found"]
    first, last = with_rtp(patient)
    with_siprec(patient, users=[{"name": "sbc", "password": "of the recorder"}])
    patient.examine(code=0)
    assert f"{first} to {last} are free" in patient.of("rtp ports")["found"]
    assert patient.status("rtp address", "127.0.0.1") == "ok"
    assert "any free port" in patient.of("siprec udp")["found"]
    assert "1 source, 1 user" in patient.of("siprec access")["found"]
    assert patient.status("secret", "doctor.yaml") == "ok"  # it has a password in it
    assert "of the recorder" not in json.dumps(patient.checks)


def test_ports_of_rtp_that_are_taken_or_too_few(patient):
    first, last = with_rtp(patient)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind(("127.0.0.1", first + 3))
        patient.examine(code=0)
    ports = patient.of("rtp ports")
    assert ports["status"] == "warn" and "rtp.first_port" in ports["fix"]
    assert f"{first + 3} by " in ports["found"] and f"(process {os.getpid()})" in ports["found"]
    patient.config["rtp"]["last_port"] = first + 2
    assert patient.examine(code=1).status("rtp ports", "2 loop threads") == "fail"
    patient.config["rtp"].update(last_port=last, address="192.0.2.1")
    assert "ip address" in patient.examine(code=1).of("rtp ports")["fix"]


def test_what_a_running_gateway_has(patient, make_gateway):
    first, last = with_rtp(patient)
    gateway = make_gateway(config={"rtp": patient.config["rtp"], "threads": 2, "siprec": {
        "listen": [{"transport": kind, "address": "127.0.0.1", "port": 0}
                   for kind in ("udp", "tcp")]}})
    ports = json.loads((gateway.folder / "ports.json").read_text())["siprec_ports"]
    gateway.request("POST", "/v1/rtp", json={"streams": [{"address": "127.0.0.1"}]})
    with_siprec(patient)
    patient.config["siprec"]["listen"] = [
        {"transport": kind, "address": "127.0.0.1", "port": port}
        for kind, port in zip(("udp", "tcp"), ports)]
    patient.examine(code=0)
    for check in ("siprec udp", "siprec tcp", "rtp ports"):
        assert patient.status(check) == "ok", patient.of(check)
        assert f"(process {gateway.process.pid})" in patient.of(check)["found"]


def test_an_address_that_senders_cannot_reach(patient):
    with_rtp(patient)
    with_siprec(patient, address="0.0.0.0", advertised="sbc.example.com")
    patient.examine(code=0)
    assert patient.status("rtp address", "to themselves") == "warn"
    patient.config["rtp"]["advertised"] = "192.0.2.1"
    assert patient.examine(code=1).status("rtp address", "127.0.0.1 alone") == "fail"
    patient.config["rtp"]["address"] = "0.0.0.0"
    assert patient.examine(code=0).status("rtp address", "NAT") == "ok"


def test_a_recorder_that_anybody_may_use(patient):
    with_rtp(patient)
    with_siprec(patient, sources=[])
    patient.examine(code=1)
    assert "siprec.sources" in patient.of("siprec")["found"]
    assert patient.examine("--dev", code=0).status("siprec access") == "ok"
    patient.config["siprec"]["sources"] = ["10.0.0.0/8", "0.0.0.0/0"]
    assert patient.examine(code=0).status("siprec access") == "warn"
    patient.config["siprec"]["users"] = [{"name": "sbc", "password": "x" * 20}]
    assert patient.examine(code=0).status("siprec access") == "ok"
    del patient.config["rtp"]
    assert "rtp.first_port" in patient.examine(code=1).of("siprec")["found"]


def test_files_of_a_recorder(patient, authority, tmp_path):
    certificate, key = authority.issue(days=29)
    password, authorities = tmp_path / "password", tmp_path / "authorities.pem"
    password.write_text("of the recorder")
    password.chmod(0o644)
    with_rtp(patient)
    with_siprec(patient, "tls", tls={"certificate_file": str(certificate), "key_file": str(key)},
                client_ca_file=str(authorities),
                users=[{"name": "sbc", "password_file": str(password)}])
    patient.examine(code=1)
    assert patient.status("siprec certificate") == "warn"
    assert patient.status("siprec names") == "ok" and patient.status("siprec key") == "ok"
    assert patient.status("siprec authorities") == "fail"
    assert patient.status("siprec password") == "fail"
    password.chmod(0o600)
    authorities.write_bytes(authority.key.read_bytes())
    assert patient.examine(code=1).status("siprec authorities", "holds no certificate") == "fail"
    expired = authority.issue(days=0)[0].read_bytes()
    authorities.write_bytes(expired)
    assert patient.examine(code=1).status("siprec authorities", "expired on") == "fail"
    authorities.write_bytes(expired + authority.certificate.read_bytes())
    assert patient.examine(code=0).status("siprec authorities", "1 of 2") == "warn"
    authorities.write_bytes(Authority(tmp_path / "other", days=90).certificate.read_bytes())
    assert patient.examine(code=0).status("siprec authorities", "days") == "ok"
    patient.config["siprec"]["tls"]["key_file"] = str(tmp_path / "none")
    assert patient.examine(code=1).status("siprec certificate") == "fail"


# ---- certificates ----

def with_tls(patient, certificate, key):
    patient.config["listen"]["tls"] = {"certificate_file": str(certificate), "key_file": str(key)}
    return patient.examine()


def test_a_good_certificate(patient, authority):
    with_tls(patient, *authority.issue("gw.example.com", names="DNS:gw.example.com,IP:10.1.2.3"))
    found = patient.of("certificate")
    assert found["status"] == "ok"
    assert re.match(r"gw.example.com, by Test Authority, until [\d-]+ \((89|90) days\)$",
                    found["found"])
    assert patient.of("certificate names")["found"] == "gw.example.com, 10.1.2.3"
    assert patient.status("certificate key") == "ok"


def test_certificates_that_expire(patient, authority):
    with_tls(patient, *authority.issue(days=29))
    assert patient.status("certificate") == "warn"
    with_tls(patient, *authority.issue(days=0))
    assert patient.status("certificate") == "fail"
    assert "expired" in patient.of("certificate")["found"]


def test_certificates_that_cannot_be_used(patient, authority, tmp_path):
    certificate, key = authority.issue()
    other_certificate, other_key = authority.issue(names=None)
    assert with_tls(patient, certificate, other_key).status("certificate") == "fail"
    assert "another certificate" in patient.of("certificate")["found"]
    assert with_tls(patient, key, key).status("certificate") == "fail"
    assert with_tls(patient, certificate, tmp_path / "none").status("configuration") == "fail"
    assert with_tls(patient, other_certificate, other_key).status("certificate names") == "warn"
    key.chmod(0o644)
    assert with_tls(patient, certificate, key).status("certificate key") == "fail"


def test_names_in_certificates_are_harmless(patient, authority):
    with_tls(patient, *authority.issue("evil\x1b[31m\x07", names="DNS:a.example"))
    done = run("doctor", "--config", patient.folder / "doctor.yaml")
    assert "evil" in done.stdout and "\x1b" not in done.stdout and "\x07" not in done.stdout


# ---- secrets ----

@pytest.mark.parametrize("mode,status", [(0o600, "ok"), (0o640, "ok"), (0o644, "fail"),
                                         (0o606, "fail")])
def test_secret_files_are_for_few(patient, mode, status):
    patient.secret.chmod(mode)
    assert patient.examine(code=0 if status == "ok" else 1).status("secret") == status


def test_a_secret_in_the_configuration_makes_that_a_secret(patient):
    patient.config["auth"] = {"secret": SECRET}
    assert patient.examine(code=0).status("secret") == "ok"
    assert "doctor.yaml" in patient.of("secret")["found"]
    path = patient.folder / "doctor.yaml"
    path.chmod(0o644)
    done = run("doctor", "--config", path)
    assert done.returncode == 1 and "every user of this machine can read it" in done.stdout
    assert SECRET not in done.stdout


def test_no_secret(patient):
    del patient.config["auth"]
    assert patient.examine(code=1).status("secret") == "fail"
    assert patient.examine("--dev", code=0).status("secret") == "ok"
    patient.config["listen"]["address"] = "0.0.0.0"
    assert patient.examine("--dev", code=1).status("secret") == "fail"
    patient.examine(env={"SIDETONE_AUTH_SECRET": SECRET}, code=0)
    assert patient.of("secret")["found"] == "from SIDETONE_AUTH_SECRET"


def test_keys_of_engines_are_secrets(patient, tmp_path):
    path = tmp_path / "engine"
    path.write_text("of the engine")
    path.chmod(0o644)
    engine = patient.config["engines"]["remote"][0]
    engine["key_file"] = str(path)
    assert patient.examine(code=1).status("engine key") == "fail"
    path.chmod(0o600)
    assert patient.examine(code=0).status("engine key") == "ok"
    del engine["key_file"]
    engine["key"] = "of the engine"
    assert patient.examine(code=0).status("secret", "doctor.yaml") == "ok"
    assert "of the engine" not in json.dumps(patient.checks)


def test_twilio_token_files_are_looked_at(patient, tmp_path):
    path = tmp_path / "twilio"
    path.write_text("12345")
    path.chmod(0o644)
    patient.config["tenants"][0]["routes"][0]["twilio"] = {"auth_token_file": str(path)}
    assert patient.examine(code=1).status("twilio token") == "fail"
    path.chmod(0o600)
    assert patient.examine(code=0).status("twilio token") == "ok"
