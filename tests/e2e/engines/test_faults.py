"""Whatever a service does wrong: no word is lost, repeated or out of order, and nobody else notices.

A row of the table is a service, a column a fault (simulator.FAULTS, fault_cells.PLACES); a row runs all
its columns at once.
"""
import ssl

import pytest

import fault_cells
from certificates import Authority
from fault_cells import CALM, Cell, ledger_faults, retry_faults
from services import NO_AWS, SERVICES
from simulator import RETRY_AFTER_S
from subscriber import Subscriber

# What stt.degraded says of it: the trouble, and words of the reason.
TOLD = {
    "refuse": ("lost", ""), "hang": ("lost", "time"),
    "unauthorized": ("refused", ""), "forbidden": ("refused", ""), "throttled": ("throttled", ""),
    "server_error": ("server", ""), "cut_mid_word": ("lost", "connection"), "silent": ("stalled", "answer"),
    "malformed": ("protocol", ""), "oversized": ("protocol", ""), "clock_back": ("protocol", ""),
    "half_speed": ("stalled", ""), "credentials_expire": ("refused", ""),
    "unresolved": ("lost", "nowhere.invalid"), "unconnected": ("lost", "refused"),
    "expired_certificate": ("lost", "certificate has expired"),
    "untrusted_certificate": ("lost", "certificate"),
}
# What may be told and need not: how soon it comes, in seconds of a clock, decides.
MAY_TELL = {"expire": "expired", "out_of_order": "stalled"}
# What services say that have no words for it: when they look at credentials at the beginning alone, the end
# of a session is a failure like another.
TOLD_BY = {
    ("vosk", "credentials_expire"): ("lost", ""), ("vosk", "expire"): ("lost", ""),
    ("deepgram", "credentials_expire"): ("server", "1011"), ("deepgram", "expire"): ("server", "1011"),
    ("aws", "expire"): ("throttled", "limit"), ("aws_call_analytics", "expire"): ("throttled", "limit"),
}


@pytest.fixture(params=SERVICES)
def service(request):
    return SERVICES[request.param]


@pytest.fixture(scope="session")
def tls(authority, tmp_path_factory):
    """(what a server shows, whom the client trusts) for a certificate that is no good."""
    def make(fault):
        is_expired = fault == "expired_certificate"
        issuer = authority if is_expired else Authority(tmp_path_factory.mktemp("stranger"))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*issuer.issue(days=-1 if is_expired else 90))
        context.set_alpn_protocols(["h2", "http/1.1"])
        return context, str(authority.certificate)

    return make


@pytest.fixture
def run_row(service, tls, recogniser, make_gateway):
    """Runs all calls of a row beside one that is at peace."""
    started = []

    def run(is_alone, connections=None):
        cells = fault_cells.make_cells(service, tls, connections)
        calm = Cell(CALM)
        started.extend(cells)
        gateway = make_gateway(config=fault_cells.config_of(service, cells, recogniser.url, is_alone),
                               environment=NO_AWS)
        subscriber = Subscriber(gateway.ws("/v1/events"))
        fault_cells.run_cells(gateway, subscriber, [*cells, calm], is_alone)
        subscriber.ws.close()
        assert ledger_faults(calm) == [] and not calm.of_type("stt.degraded")
        assert not service.key or service.key.split(":")[-1] not in gateway.log()
        return cells

    yield run
    fault_cells.close_cells(started)


def tell_faults(service, cell):
    """What is wrong with what subscribers are told."""
    degraded = cell.of_type("stt.degraded")
    trouble, words = TOLD_BY.get((service.type, cell.fault)) or TOLD.get(cell.fault, ("", ""))
    if not trouble:
        return [f"told {told['trouble']}: {told['reason']}" for told in degraded
                if told["trouble"] != MAY_TELL.get(cell.fault)]
    if not degraded:
        return ["nobody is told"]
    first = degraded[0]
    wrong = []
    if first["trouble"] != trouble or words not in first["reason"]:
        wrong.append(f"told {first['trouble']}: {first['reason']}")
    if first["engine"] != cell.fault or not first["reason"].startswith(f"{cell.fault}: "):
        wrong.append(f"told of {first['engine']}")
    return wrong


def recovery_faults(cell, engine):
    """Who was told of trouble is told by whom it ended."""
    channels = {message["channel"] for message in cell.of_type("stt.degraded")}
    back = {message["channel"]: message["engine"] for message in cell.of_type("stt.recovered")}
    if cell.fault in MAY_TELL:
        return []
    return [] if back == dict.fromkeys(channels, engine) else [f"{channels} recovered by {back}"]


def check(cells, find):
    wrong = {cell.fault: found for cell in cells if (found := find(cell))}
    assert wrong == {}


def test_the_next_engine_takes_over(service, run_row):
    cells = run_row(is_alone=False)
    check(cells, lambda cell: ledger_faults(cell) + tell_faults(service, cell) + recovery_faults(cell, "second")
          + retry_faults(service, cell))


def throttle_faults(service, cell):
    """Who says when to come again is not asked before, and nobody at once."""
    if cell.fault != "throttled":
        return []
    attempts = sorted(cell.simulator.attempts)
    pauses = [b - a for a, b in zip(attempts, attempts[1:])]
    least_s = RETRY_AFTER_S if service.says_when else 1
    return [] if max(pauses) >= least_s - 0.1 else [f"asked again after {pauses} s"]


def test_alone_it_comes_back_where_it_can(service, run_row):
    cells = run_row(is_alone=True, connections=service.streams_per_call)
    passing = [cell for cell in cells if not fault_cells.is_hopeless(cell)]
    check(passing, lambda cell: ledger_faults(cell) + tell_faults(service, cell) + recovery_faults(cell, cell.fault)
          + throttle_faults(service, cell))
    lasting = [cell for cell in cells if fault_cells.is_hopeless(cell)]
    check(lasting, lambda cell: tell_faults(service, cell) + retry_faults(service, cell))
