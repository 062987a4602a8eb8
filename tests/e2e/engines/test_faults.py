"""Whatever a service does wrong, no word is lost, repeated or out of order: another engine takes over."""
import pytest

import assemblyai
import deepgram
import openai
import speech
from calls import engine_config, hear_call, ids_rise, words
from simulator import FAULTS
from subscriber import Subscriber

AGENT_WORDS = f"{speech.SENTENCES[1]} {speech.SENTENCES[5]}".split()
CUSTOMER_WORDS = f"{speech.SENTENCES[2]} {speech.SENTENCES[4]}".split()
SERVICES = {
    "deepgram": (deepgram.Deepgram, deepgram.KEY),
    "assemblyai": (assemblyai.AssemblyAI, assemblyai.KEY),
    "openai": (openai.OpenAI, openai.KEY),
}
# The engine copes with these by itself, or nobody is told; a call of seconds is over before half the
# speed is too slow for it.
BORNE = ("out_of_order", "duplicate", "contradict", "expire", "half_speed")


@pytest.fixture(params=SERVICES)
def service(request):
    """(its type, its simulator, a key)"""
    make, key = SERVICES[request.param]
    simulator = make()
    yield request.param, simulator, key
    simulator.close()


@pytest.mark.parametrize("fault", FAULTS)
def test_the_ledger_is_whole(service, recogniser, make_gateway, fault):
    kind, simulator, key = service
    simulator.set_fault(fault)
    gateway = make_gateway(config=engine_config(
        {"name": "first", "type": kind, "url": simulator.url, "key": key, "stall_s": 2},
        {"name": "second", "type": "vosk", "url": recogniser.url}))
    subscriber = Subscriber(gateway.ws("/v1/events"))
    segments = hear_call(gateway, subscriber)
    assert words(segments, "agent") == AGENT_WORDS
    assert words(segments, "customer") == CUSTOMER_WORDS
    assert ids_rise(subscriber)
    if fault not in BORNE:
        assert recogniser.connections > 0
        assert subscriber.of_type("stt.degraded") and subscriber.of_type("stt.recovered")
    assert key not in gateway.log()
    subscriber.ws.close()
