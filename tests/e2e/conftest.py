import pathlib
import shutil
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
sys.path.insert(0, str(pathlib.Path(__file__).parent / "proto"))

from gateway import Gateway  # noqa: E402
from level_recogniser import LevelRecogniser  # noqa: E402
from subscriber import Subscriber  # noqa: E402


@pytest.fixture
def recogniser():
    server = LevelRecogniser()
    yield server
    server.close()


@pytest.fixture
def make_gateway(tmp_path, recogniser):
    """Starts gateways; each must end in order, which includes having no sanitizer report."""
    started = []

    def make(**options):
        folder = tmp_path / f"gateway-{len(started)}"
        folder.mkdir()
        gateway = Gateway(folder, recogniser.url, **options)
        started.append(gateway)
        return gateway

    yield make
    for gateway in started:
        code = gateway.stop()
        assert code == 0, f"exit code {code}\n{gateway.log_end()}"
        assert "runtime error" not in gateway.log(), gateway.log_end()


@pytest.fixture
def gateway(make_gateway):
    return make_gateway()


@pytest.fixture
def subscribe(gateway):
    """Opens subscribers of `gateway`."""
    opened = []

    def open_one(bearer=None, **subscription):
        subscriber = Subscriber(gateway.ws("/v1/events", bearer=bearer), **subscription)
        opened.append(subscriber)
        return subscriber

    yield open_one
    for subscriber in opened:
        subscriber.ws.close()


def pytest_runtest_setup(item):
    for marker in item.iter_markers("needs"):
        for program in marker.args:
            assert shutil.which(program), f"{program} is missing: deploy/test installs it"
