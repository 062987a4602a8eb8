"""What the measuring scripts of speech engines share: a gateway with remote engines, and one run."""
import json
import os
import pathlib
import subprocess
import sys
import typing

from harness import stop, wait_for_port

HEAD = """\
threads: 1
listen:
  address: 127.0.0.1
  port: {port}
operations:
  port: 0
limits:
  connections_per_address: 10000
tenants:
  - name: default
    routes:
"""
SCHEMES = {"vosk": ("ws", "wss"), "deepgram": ("ws", "wss"), "aws": ("http", "https")}
EXTRAS = {"deepgram": "      key: none\n", "aws": "      region: us-east-1\n      key: AKIDEXAMPLE:secret\n"}


class Tls(typing.NamedTuple):
    certificate: pathlib.Path
    key: pathlib.Path


def make_certificate(folder):
    tls = Tls(folder / "certificate.pem", folder / "key.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
                    "-keyout", str(tls.key), "-out", str(tls.certificate)], check=True, capture_output=True)
    return tls


def describe(name, port, kind, tls, extra=""):
    """An entry of engines.remote."""
    text = f"    - name: {name}\n      type: {kind}\n"
    text += f"      url: {SCHEMES[kind][tls is not None]}://127.0.0.1:{port}\n"
    text += f"      ca_file: {tls.certificate}\n" if tls else ""
    return text + EXTRAS.get(kind, "") + extra


def start_gateway(build, folder, log, port, remotes, routes):
    text = HEAD.format(port=port)
    for name, engines in routes.items():
        text += f"      - name: {name}\n        engines: [{', '.join(engines)}]\n"
    config = folder / "gateway.yaml"
    config.write_text(text + "engines:\n  remote:\n" + "".join(remotes))
    command = [build / "src" / "cli" / "sidetone", "serve", "--dev", "--config", config]
    process = subprocess.Popen([str(x) for x in command], stdout=log, stderr=log)
    if not wait_for_port(process, port):
        stop(process)
        sys.exit(f"the gateway did not start, see {log.name}")
    return process


def load(command, process):
    """One run of relayload against `process`."""
    run = subprocess.run([str(x) for x in command], stdout=subprocess.PIPE, text=True)
    if run.returncode != 0:
        return {"void": f"relayload ended with {run.returncode}"}
    result = json.loads(run.stdout)
    if process.poll() is not None:
        result["void"] = "the gateway or floor program ended during the run"
    return result


def check_programs(parser, build, names):
    for path in [*(build / "bench" / name for name in names), build / "src" / "cli" / "sidetone"]:
        if not os.access(path, os.X_OK):
            parser.error(f"{path} is missing; build with: ninja -C {build} all bench")
