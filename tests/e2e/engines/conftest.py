import json
import os
import pathlib
import ssl
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "node"))

from calls import engine_config, run_call  # noqa: E402
from certificates import Authority  # noqa: E402
from gateway import ROOT  # noqa: E402
from subscriber import Subscriber  # noqa: E402
from test_node import find_node  # noqa: E402

SDKS = os.environ.get("SIDETONE_ENGINE_SDKS", str(ROOT / ".sidetone/engine_sdks/node_modules"))


@pytest.fixture
def run_sdk():
    """Runs a node script of this folder against a simulator: what it prints, a JSON object a line."""
    def run(script, *arguments, timeout=60, input=None, **environment):
        done = subprocess.run(
            [find_node(), pathlib.Path(__file__).with_name(script), *map(str, arguments)],
            env={**os.environ, "SIDETONE_ENGINE_SDKS": SDKS, **environment},
            input=input, capture_output=True, text=True, timeout=timeout)
        assert done.returncode == 0, done.stdout + done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    return run


@pytest.fixture
def call_over(make_gateway, tmp_path):
    """Runs a call over one engine, with further settings of that and of the route; gives its subscriber."""
    def run(name, type, call=None, *, simulator, key, route=None, **remote):
        key_file = tmp_path / "key"
        key_file.write_text(key + "\n")
        gateway = make_gateway(config=engine_config(
            {"name": name, "type": type, "url": simulator.url, "key_file": str(key_file), **remote},
            **(route or {})))
        subscriber = Subscriber(gateway.ws("/v1/events"))
        run_call(gateway, subscriber, **(call or {}))
        assert key not in gateway.log()
        subscriber.ws.close()
        return subscriber

    return run


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    """Whom the clients of the simulators' certificates trust."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def tls(authority):
    """What a simulator shows to clients that insist on wss://."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.issue())
    return context
