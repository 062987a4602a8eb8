"""Calls that meet faults: one for each fault, all at the same time in one gateway, each over a service of its own.

Beside them calls go on that have nothing to do with any of it. What a fault costs others would show there.
"""
import dataclasses
import json
import socket
import threading
import time

import speech
from calls import finals, plain
from senders import Pcm
from simulator import FAULTS, HANDSHAKE_FAULTS

AGENT = [(1, 1800), (0, 4200), (5, 2000), (0, 1500), (7, 800), (0, 1500)]
CUSTOMER = [(0, 2400), (2, 1600), (0, 4500), (4, 2000), (0, 1500)]
SHORT = [(1, 1800), (0, 800)], [(0, 2400), (7, 800), (0, 600)]
# Long enough to see that somebody hears at half the speed, and faster than spoken, which shows it sooner.
LONG, LONG_PACE = 3, 2.5
STALL_S = 2
RIPPLE = 250
TIME_TOLERANCE_MS = 500
CALM = "calm"
PLACES = {
    "unresolved": "there is no such host",
    "unconnected": "nobody listens there",
    "expired_certificate": "the server's certificate was good until yesterday",
    "untrusted_certificate": "nobody knows who issued the server's certificate",
}


@dataclasses.dataclass
class Cell:
    """A call that meets one fault, and what came of it."""

    fault: str
    simulator: object = None
    url: str = ""
    ca_file: str = ""
    route: str = ""  # the fault's own
    is_short: bool = False
    sender: Pcm = None
    has_stopped: bool = False
    messages: list = dataclasses.field(default_factory=list)

    @property
    def parts(self):
        if self.is_short:
            return SHORT
        times = LONG if self.fault == "half_speed" else 1
        return AGENT * times, CUSTOMER * times

    def of_type(self, kind):
        return [m for m in self.messages if m["type"] == kind]

    def words(self, channel):
        segments = sorted((s for s in finals(self) if s["channel"] == channel), key=lambda s: s["id"])
        return plain(" ".join(s["text"] for s in segments)).split()

    def is_heard(self):
        return all(len(self.words(i)) >= len(words_of(parts)) for i, parts in enumerate(self.parts))

    def talk(self):
        mixed = speech.l16(speech.interleave(*map(rippled, self.parts)))
        step = 4 * 8000 // 10
        begun = time.monotonic()
        for i, at in enumerate(range(0, len(mixed), step)):
            self.sender.ws.send(mixed[at:at + step])
            if self.fault == "half_speed":
                time.sleep(max(0, begun + i * 0.1 / LONG_PACE - time.monotonic()))

    def stop(self):
        if not self.has_stopped:
            self.has_stopped = True
            self.sender.stop()


def rippled(parts):
    """What sounds like speech to a level meter too: a tone that leaves the values' means as they are."""
    return [value + RIPPLE * (1 if i % 8 < 4 else -1) if value else 0
            for i, value in enumerate(speech.samples(parts))]


def words_of(parts):
    return [word for sentence, _ in parts if sentence for word in speech.SENTENCES[sentence].split()]


def starts_of(parts):
    at_ms, starts = 0, []
    for sentence, milliseconds in parts:
        starts += [at_ms] if sentence else []
        at_ms += milliseconds
    return starts


def free_port():
    """Nobody listens there for as long as the socket is held."""
    held = socket.socket()
    held.bind(("127.0.0.1", 0))
    return held, held.getsockname()[1]


def faults_of(service):
    """vosk-server answers each message in turn: it has no two finals to change places."""
    return [fault for fault in FAULTS if (service.type, fault) != ("vosk", "out_of_order")]


def make_cells(service, tls, connections=None):
    """A cell for each fault. tls: gives (context, authority's file) for "expired" and "untrusted"; connections:
    so many of each have the fault."""
    cells = []
    for fault in faults_of(service):
        simulator = service.start()
        simulator.set_fault(fault, connections)
        cells.append(Cell(fault, simulator, service.url(simulator)))
    held, port = free_port()
    cells.append(Cell("unresolved", url=service.elsewhere(port, "nowhere.invalid")))
    cells.append(Cell("unconnected", held, service.elsewhere(port)))
    for fault in ("expired_certificate", "untrusted_certificate"):
        context, ca_file = tls(fault)
        simulator = service.start(context)
        cells.append(Cell(fault, simulator, service.url(simulator), ca_file))
    return cells


def config_of(service, cells, second_url, is_alone):
    remotes = [service.engine(cell.fault, cell.url, stall_s=STALL_S,
                              **({"ca_file": cell.ca_file} if cell.ca_file else {})) for cell in cells]
    remotes += [{"name": name, "type": "vosk", "url": second_url} for name in ("second", CALM)]
    routes = [{"name": cell.fault, "engines": [cell.fault] if is_alone else [cell.fault, "second"]}
              for cell in cells]
    return {"engines": {"remote": remotes}, "limits": {"handshake_timeout_s": 2},
            "tenants": [{"name": "default", "routes": [*routes, {"name": CALM, "engines": [CALM]}]}]}


def is_hopeless(cell):
    """With no other engine it is never heard."""
    return cell.fault in PLACES or cell.fault in ("unauthorized", "forbidden", "credentials_expire")


def run_cells(gateway, subscriber, cells, is_alone, timeout_s=60):
    """All the calls, from their first words until each has ended; nobody hangs up before he was heard."""
    by_id = {cell.fault: cell for cell in cells}
    for cell in cells:
        cell.sender = Pcm(gateway, cell.fault, path=f"/v1/ingest/pcm/default/{cell.route or cell.fault}")
    threads = [threading.Thread(target=cell.talk, daemon=True) for cell in cells]
    for thread in threads:
        thread.start()
    end = time.monotonic() + timeout_s
    while any(not cell.of_type("call.ended") for cell in cells):
        read(subscriber, by_id)
        waited_for = [cell for cell in cells if not cell.has_stopped]
        is_late = time.monotonic() > end or all(is_alone and is_hopeless(cell) for cell in waited_for)
        for cell in waited_for:
            if cell.is_heard() or is_late:
                cell.stop()
        assert time.monotonic() < end + timeout_s, [c.fault for c in cells if not c.of_type("call.ended")]
    for cell, thread in zip(cells, threads):
        thread.join()
        cell.sender.close()


def read(subscriber, by_id):
    try:
        message = json.loads(subscriber.ws.recv(timeout=1))
    except TimeoutError:
        return
    if message.get("call_id") in by_id:
        by_id[message["call_id"]].messages.append(message)


def close_cells(cells):
    """All at once: each waits for its connections."""
    threads = [threading.Thread(target=cell.simulator.close) for cell in cells if cell.simulator]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


# ---- what must be so ----

def ledger_faults(cell):
    """What is wrong with the words of a call, as texts."""
    wrong = []
    for channel, parts in enumerate(cell.parts):
        mine = sorted((s for s in finals(cell) if s["channel"] == channel), key=lambda s: s["id"])
        if cell.words(channel) != words_of(parts):
            wrong.append(f"channel {channel} has {[s['text'] for s in mine]}")
            continue
        starts = [s["start_ms"] for s in mine if s["text"]]
        if starts != sorted(starts):
            wrong.append(f"channel {channel} is not in order: {starts}")
        words = [word["start_ms"] for s in mine for word in s["words"]]
        wrong += [f"channel {channel}: nothing begins at {at} ms, but at {starts}" for at in starts_of(parts)
                  if not any(abs(at - start) <= TIME_TOLERANCE_MS for start in words)]
    ended = cell.of_type("call.ended")[0]
    if ended["shed_ms"]:
        wrong.append(f"{ended['shed_ms']} ms were shed")
    return wrong + id_faults(cell)


def id_faults(cell):
    last, used, wrong = {}, set(), []
    for message in cell.messages:
        if message["type"] not in ("transcript.partial", "transcript.final"):
            continue
        segment = message["segment"]
        key = segment["channel"]
        if (key, segment["id"]) in used:
            wrong.append(f"channel {key}: id {segment['id']} is told of after its final")
        if message["type"] == "transcript.final":
            used.add((key, segment["id"]))
            if segment["id"] < last.get(key, 0):
                wrong.append(f"channel {key}: the final {segment['id']} comes after {last[key]}")
            last[key] = segment["id"]
    return wrong


def retry_faults(service, cell):
    """Who refuses credentials is not asked again."""
    if cell.fault not in ("unauthorized", "forbidden"):
        return []
    assert HANDSHAKE_FAULTS[cell.fault]
    attempts = len(cell.simulator.attempts)
    return [f"{attempts} attempts"] if attempts > service.streams_per_call else []
