import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from recorder import Recorder  # noqa: E402


@pytest.fixture
def make_recorder():
    """Starts recorders; each must end in order, which includes having no sanitizer report."""
    started = []

    def make(*options):
        recorder = Recorder(*options)
        started.append(recorder)
        return recorder

    yield make
    for recorder in started:
        assert recorder.stop() == 0, "".join(recorder.log)[-8000:]


@pytest.fixture
def recorder(make_recorder):
    return make_recorder()
