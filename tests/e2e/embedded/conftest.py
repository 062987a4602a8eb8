import os
import pathlib
import sys

import pytest

from gateway import ROOT, Gateway
from subscriber import Subscriber

sys.path += [str(ROOT / "tests" / "tools"), str(ROOT / "tests" / "e2e" / "proto")]

import recordings  # noqa: E402

NEEDED = ("libonnxruntime.so.1", "encoder_model.ort", "decoder_model_merged.ort", "tokenizer.bin",
          "silero_vad.onnx")


@pytest.fixture(scope="session")
def models():
    """The folder of the installed models; a test of recognition without them has failed."""
    folder = os.environ.get("SIDETONE_MODELS")
    if not folder:
        pytest.fail("SIDETONE_MODELS does not name the folder of the installed models; "
                    "deploy/quickstart installs them to .sidetone/models", pytrace=False)
    missing = [name for name in NEEDED if not (pathlib.Path(folder) / name).is_file()]
    if missing:
        pytest.fail(f"SIDETONE_MODELS={folder} lacks {', '.join(missing)}", pytrace=False)
    return pathlib.Path(folder)


@pytest.fixture(scope="session")
def sample_call(tmp_path_factory):
    """SIDETONE_SAMPLE_CALL when it was made by this synthesize, else one made now."""
    folder = os.environ.get("SIDETONE_SAMPLE_CALL")
    if folder and (pathlib.Path(folder) / "call.json").is_file():
        call = recordings.SampleCall(folder)
        if call.words_of("agent"):
            return call
    return recordings.synthesize(ROOT, tmp_path_factory.mktemp("sample-call"))


def config(models, workers=2, engine="moonshine", **sections):
    merged = {
        "tenants": [{"name": "default", "routes": [{"name": "default", "engines": [engine]}]}],
        "engines": {"moonshine": {"models_dir": str(models), "workers": workers}},
        "push": {"queue_bytes": 16 << 20, "partial_bytes": 8 << 20},
        # Audio comes faster than real time here: hold all of it.
        "calls": {"grace_s": 1, "drain_s": 30, "ring_s": 300},
    }
    for name, options in sections.items():
        is_section = isinstance(options, dict)
        merged[name] = {**merged.get(name, {}), **options} if is_section else options
    return merged


@pytest.fixture(scope="session")
def start_gateway(tmp_path_factory, models):
    """Starts gateways that recognise by themselves; see config() for the options."""
    started = []

    def start(models_dir=models, **options):
        gateway = Gateway(tmp_path_factory.mktemp("gateway"), "",
                          config=config(models_dir, **options))
        started.append(gateway)
        return gateway

    yield start
    for gateway in started:
        code = gateway.stop()
        assert code == 0, f"exit code {code}\n{gateway.log_end()}"


@pytest.fixture(scope="session")
def gateway(start_gateway):
    """One for all tests that share nothing but it."""
    return start_gateway()


@pytest.fixture(scope="session")
def subscribe():
    opened = []

    def open_one(gateway, **subscription):
        subscriber = Subscriber(gateway.ws("/v1/events"), **subscription)
        opened.append(subscriber)
        return subscriber

    yield open_one
    for subscriber in opened:
        subscriber.ws.close()


@pytest.fixture(scope="session")
def transcript(gateway, subscribe, sample_call):
    """Of the whole sample call."""
    calls = {"sample": sample_call.audio}
    return recordings.recognise(gateway, subscribe, calls, speed=4)["sample"]


@pytest.fixture(scope="session")
def sections(gateway, subscribe, sample_call):
    """Four parts of the sample call, each with the transcript it has on its own."""
    alone = []
    for number, audio in enumerate(sample_call.sections(4)):
        call_id = f"section-{number}"
        told = recordings.recognise(gateway, subscribe, {call_id: audio}, speed=8)
        alone.append((audio, told[call_id]))
    return alone
