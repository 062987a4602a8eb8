import json
import sys
import pathlib

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from capture import Capture
from cli import run
from sound import write_call


@pytest.fixture(scope="session")
def call_wav(tmp_path_factory):
    return write_call(tmp_path_factory.mktemp("call") / "call.wav")


@pytest.fixture(scope="session")
def wide_call_wav(tmp_path_factory):
    return write_call(tmp_path_factory.mktemp("call") / "wide.wav", 16000)


@pytest.fixture
def capture():
    opened = Capture()
    yield opened
    if opened.is_open:
        opened.close()


@pytest.fixture
def sent(capture):
    """Sends a file to the capture; the report of it, once all has come."""
    def send(wav, *options, dialect="rtp"):
        done = run("send", wav, "--as", dialect, "--to", capture.to, "--json", *options)
        assert done.returncode == 0, done.stderr
        capture.close()
        report = json.loads(done.stdout)
        assert report["ok"]
        return report["streams"]
    return send
