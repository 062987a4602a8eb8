"""A gateway under test: the built binary, started with a configuration of its own."""
import base64
import hashlib
import hmac
import json
import os
import pathlib
import re
import signal
import subprocess
import time

import requests
from ruamel.yaml import YAML
from websockets.sync.client import connect

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("SIDETONE_BUILD", ROOT / "build"))
BINARY = BUILD / "src" / "cli" / "sidetone"
SECRET = "an end-to-end test's secret of more than 32 bytes"
SANITIZER_EXIT = 99
SANITIZERS = {
    "ASAN_OPTIONS": f"exitcode={SANITIZER_EXIT}",
    "UBSAN_OPTIONS": f"exitcode={SANITIZER_EXIT}",
    "TSAN_OPTIONS": f"exitcode={SANITIZER_EXIT}"
                    f":suppressions={pathlib.Path(__file__).with_name('tsan.supp')}",
}
# Sanitizers keep freed memory for a while: how much a process grows says nothing then.
IS_SANITIZED = any(name in BINARY.read_bytes() for name in (b"__asan_init", b"__tsan_init"))

CATEGORIES = [
    {"name": "manager", "severity": "high", "role": "customer",
     "phrases": ["speak to a manager", "talk to your supervisor"]},
    {"name": "cancellation", "severity": "medium", "phrases": ["cancel my account"]},
    {"name": "greeting", "role": "agent", "phrases": ["thank you for calling"]},
]


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(scope="calls:read", secret=SECRET, ttl=60, header=None, **claims):
    """A JWT made independently of the gateway's own code."""
    head = b64(json.dumps(header or {"alg": "HS256", "typ": "JWT"}).encode())
    body = b64(json.dumps({"scope": scope, "exp": int(time.time()) + ttl, **claims}).encode())
    signature = hmac.new(secret.encode(), f"{head}.{body}".encode(), hashlib.sha256).digest()
    return f"{head}.{body}.{b64(signature)}"


class Gateway:
    def __init__(self, folder, engine_url, is_dev=True, config=None, environment=None):
        self.folder = pathlib.Path(folder)
        self.is_dev = is_dev
        self.config = {
            "threads": 2,
            "tenants": [{"name": "default",
                         "routes": [{"name": "default", "engines": ["vosk"]}]}],
            "engines": {"remote": [{"name": "vosk", "type": "vosk", "url": engine_url}]},
            "categories": CATEGORIES,
            "calls": {"grace_s": 1, "drain_s": 5},
        }
        self.config.update(config or {})
        if not is_dev:
            self.config.setdefault("auth", {})["secret"] = SECRET
        self.config_path = self.folder / "sidetone.yaml"
        self.write_config()
        self.log_path = self.folder / "gateway.log"
        self.start(environment or {})

    def write_config(self):
        with open(self.config_path, "w") as file:
            YAML(typ="safe").dump(self.config, file)

    def start(self, environment, port=0):
        ports = self.folder / "ports.json"
        ports.unlink(missing_ok=True)
        arguments = [BINARY, "serve", "--config", self.config_path, "--port", str(port),
                     "--operations-port", "0", "--ports-file", ports]
        if self.is_dev:
            arguments.append("--dev")
        self.process = subprocess.Popen(arguments, stderr=open(self.log_path, "wb"),
                                        env={**os.environ, **SANITIZERS, **environment})
        until = time.monotonic() + 60
        while not ports.exists():
            assert self.process.poll() is None, self.log()
            assert time.monotonic() < until, self.log()
            time.sleep(0.02)
        read = json.loads(ports.read_text())
        self.port, self.operations_port = read["port"], read["operations_port"]

    def log(self):
        return self.log_path.read_text(errors="replace")

    def log_end(self):
        """The last lines, and a sanitizer's report, which may stand long before them, after them."""
        log = self.log()
        report = re.search(r"(WARNING|ERROR): \w+Sanitizer.*?SUMMARY[^\n]*", log, re.DOTALL)
        return log[-6000:] + (f"\n{report[0][:6000]}" if report else "")

    def stop(self, signal_number=signal.SIGTERM):
        """Exit code, after a drain."""
        if self.process.poll() is None:
            self.process.send_signal(signal_number)
        return self.process.wait(60)

    # ---- clients ----

    def ws(self, path, bearer=None, **options):
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else None
        options.setdefault("additional_headers", headers)
        return connect(f"ws://127.0.0.1:{self.port}{path}", max_size=None, **options)

    def get(self, path, bearer=None, operations=False, **options):
        port = self.operations_port if operations else self.port
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        headers.update(options.pop("headers", {}))
        return requests.get(f"http://127.0.0.1:{port}{path}", headers=headers, timeout=20,
                            **options)

    def request(self, method, path, bearer=None, **options):
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        return requests.request(method, f"http://127.0.0.1:{self.port}{path}", headers=headers,
                                timeout=20, **options)

    def metric(self, name, **labels):
        wanted = "".join(f'{key}="{value}"' for key, value in labels.items())
        for line in self.get("/metrics", operations=True).text.splitlines():
            if line.startswith(name) and wanted in line and not line.startswith("#"):
                return float(line.rsplit(" ", 1)[1])
        return None

    def rss_kb(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0])
