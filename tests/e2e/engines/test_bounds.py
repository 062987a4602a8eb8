"""Faults that come again and again take no memory, and audio that nobody takes is held up to a bound."""
import time

import pytest

import fault_cells
import speech
from fault_cells import Cell
from gateway import IS_SANITIZED
from senders import Pcm
from services import NO_AWS, SERVICES
from subscriber import Subscriber

FAULTS = ("refuse", "unauthorized", "throttled", "server_error", "cut_mid_word", "malformed", "oversized",
          "clock_back", "duplicate", "expire")
ROUNDS, WARM_ROUNDS = 12, 4
ROUNDS_OF_ENGINE = 2         # it rests from more failures in so short a time
GROWTH_MAX_KB = 6 * 1024     # of eighty calls; one that leaves its ring behind would take ten times as much
RING_S, RING_GROWTH_MAX_KB = 30, 8 * 1024


def config_of(service, simulators, second_url):
    """Engines enough that none rests from its failures."""
    names = {f"{fault}-{i}": service.url(simulator) for fault, simulator in simulators.items()
             for i in range(ROUNDS // ROUNDS_OF_ENGINE)}
    remotes = [service.engine(name, url, stall_s=2) for name, url in names.items()]
    return {"engines": {"remote": [*remotes, {"name": "second", "type": "vosk", "url": second_url}]},
            "tenants": [{"name": "default", "routes": [
                {"name": name, "engines": [name, "second"]} for name in names]}]}


@pytest.mark.parametrize("name", SERVICES)
def test_faults_that_come_again_take_no_memory(name, make_gateway, recogniser):
    service = SERVICES[name]
    simulators = {fault: service.start() for fault in FAULTS}
    for fault, simulator in simulators.items():
        simulator.set_fault(fault)
    gateway = make_gateway(config=config_of(service, simulators, recogniser.url), environment=NO_AWS)
    subscriber = Subscriber(gateway.ws("/v1/events"))
    sizes = []
    for i in range(ROUNDS):
        cells = [Cell(f"{fault}-{i}", route=f"{fault}-{i // ROUNDS_OF_ENGINE}", is_short=True)
                 for fault in FAULTS]
        fault_cells.run_cells(gateway, subscriber, cells, is_alone=False)
        for cell in cells:
            assert cell.is_heard(), cell.fault
        sizes.append(gateway.rss_kb())
    subscriber.ws.close()
    fault_cells.close_cells([Cell(fault, simulator) for fault, simulator in simulators.items()])
    assert IS_SANITIZED or sizes[-1] - sizes[WARM_ROUNDS - 1] < GROWTH_MAX_KB, sizes


def test_audio_that_nobody_takes_is_held_up_to_a_bound(make_gateway, recogniser):
    """Four minutes of speech at once while the only engine does not answer; then it does."""
    recogniser.hangs = True
    gateway = make_gateway(config={
        "limits": {"handshake_timeout_s": 1},
        "engines": {"remote": [{"name": "vosk", "type": "vosk", "url": recogniser.url}]}})
    subscriber = Subscriber(gateway.ws("/v1/events"))
    sender = Pcm(gateway, "call-1")
    sender.receive()
    before_kb = gateway.rss_kb()
    for _ in range(6):
        sender.say(agent=[(3, 20000), (0, 20000)], customer=[(0, 20000), (2, 20000)], step_ms=500)
    sender.say(agent=[(1, 2000), (0, 6000)], customer=[(0, 4000), (4, 2400), (0, 1600)])
    subscriber.until("stt.degraded")
    time.sleep(0.5)  # for what is still on its way
    grown_kb = gateway.rss_kb() - before_kb
    recogniser.hangs = False
    recogniser.released.set()
    while " ".join(m["segment"]["text"] for m in subscriber.of_type("transcript.final")).count(
            speech.SENTENCES[4]) == 0:
        subscriber.until("transcript.final", timeout=40)
    sender.stop()
    ended = subscriber.until("call.ended")
    sender.close()
    total_s = 6 * 40 + 8
    assert abs(ended["shed_ms"] - 2 * 1000 * (total_s - RING_S)) < 2000
    finals = [m["segment"] for m in subscriber.of_type("transcript.final")]
    last = {role: [s for s in finals if s["role"] == role][-1] for role in ("agent", "customer")}
    assert last["agent"]["text"] == speech.SENTENCES[1]
    assert abs(last["agent"]["start_ms"] - 6 * 40000) <= 250
    assert abs(last["customer"]["start_ms"] - (6 * 40000 + 4000)) <= 250
    assert IS_SANITIZED or grown_kb < RING_GROWTH_MAX_KB, grown_kb
    subscriber.ws.close()
