"""A proxy that makes a network bad by plan, for UDP and TCP, where the kernel's own means (tc) are
not to be had. What happens to the n-th datagram or chunk of a direction follows from the seed alone;
each kind of harm has draws of its own. What was done is in a ledger for each direction.

    with Udp(("127.0.0.1", 5004), Plan(seed=7, loss=3, burst=2, jitter_ms=20)) as proxy:
        send_to(proxy.port)
    assert received == proxy.there.sent + proxy.there.duplicated

Also a program, which prints the port, and the ledgers when its standard input ends:

    python impair.py udp 127.0.0.1:5004 --loss 3 --burst 2 --seed 7
"""
import argparse
import dataclasses
import heapq
import json
import random
import selectors
import socket
import struct
import sys
import threading
import time


@dataclasses.dataclass(frozen=True)
class Plan:
    """Percentages are of datagrams (UDP) or chunks (TCP). Nothing set: nothing done."""
    seed: int = 1
    spare: int = 0  # UDP from here on: the first so many are not harmed,
    until: int = 0  # and none from this one on; 0: all
    loss: float = 0
    burst: int = 1  # datagrams lost at a time
    reorder: float = 0  # sent behind the next one
    duplicate: float = 0
    late: float = 0  # held back by late_ms, while others go on
    late_ms: float = 400
    corrupt: float = 0  # one bit, at or behind corrupt_from
    corrupt_from: int = 0
    delay_ms: float = 0  # both from here on
    jitter_ms: float = 0  # besides, from 0 to this; the order is kept
    rate_bps: float = 0  # 0: no limit
    queue_ms: float = 500  # UDP: what would wait longer for the rate is dropped
    chunk: int = 0  # TCP from here on: written in pieces of 1 to so many bytes; 0: as it comes
    stall: float = 0
    stall_ms: float = 0
    reset_after: int = 0  # bytes of this direction, then both ends are reset; 0: never


@dataclasses.dataclass
class Ledger:
    received: int = 0
    sent: int = 0  # each once
    lost: int = 0
    bursts: int = 0
    overflowed: int = 0
    duplicated: int = 0
    reordered: int = 0
    late: int = 0
    corrupted: int = 0
    bytes: int = 0  # sent, without copies
    stalls: int = 0
    resets: int = 0
    lost_numbers: list = dataclasses.field(default_factory=list)


class Draws:
    """One source of chance for each kind of harm."""

    def __init__(self, plan, direction):
        self.sources = {name: random.Random(f"{plan.seed}/{direction}/{name}") for name in
                        ("loss", "reorder", "duplicate", "late", "corrupt", "jitter", "chunk", "stall")}

    def happens(self, name, percent):
        return self.sources[name].random() * 100 < percent

    def fraction(self, name):
        return self.sources[name].random()


class Direction:
    """What becomes of datagrams on one way; pure but for the time it is given."""

    def __init__(self, plan, name):
        self.plan, self.ledger, self.draws = plan, Ledger(), Draws(plan, name)
        self.losing = 0
        self.was_lost = False
        self.waiting = None  # for its next one
        self.latest = self.free_at = 0.0

    def is_lost(self):
        share, burst = self.plan.loss / 100, self.plan.burst
        begins = self.draws.fraction("loss") * (share + burst * (1 - share)) < share
        if self.losing == 0 and begins:
            self.losing = burst
        if self.losing == 0:
            return False
        self.losing -= 1
        return True

    def damage(self, data):
        self.ledger.corrupted += 1
        at = random.Random(f"{self.plan.seed}/{self.ledger.received}").randrange(
            self.plan.corrupt_from * 8, len(data) * 8)
        return data[:at // 8] + bytes([data[at // 8] ^ 1 << at % 8]) + data[at // 8 + 1:]

    def leaves_at(self, size, now):
        """When the rate lets it go; None: the queue is full."""
        if not self.plan.rate_bps:
            return now
        begin = max(now, self.free_at)
        if (begin - now) * 1000 > self.plan.queue_ms:
            return None
        self.free_at = begin + size * 8 / self.plan.rate_bps
        return self.free_at

    def put(self, data, now):
        """The datagrams to send for it, as (time, data)."""
        plan, ledger, draws = self.plan, self.ledger, self.draws
        lost = self.is_lost()
        behind = draws.happens("reorder", plan.reorder)
        doubled = draws.happens("duplicate", plan.duplicate)
        late = draws.happens("late", plan.late)
        damaged = draws.happens("corrupt", plan.corrupt)
        jitter = draws.fraction("jitter") * plan.jitter_ms
        number = ledger.received
        ledger.received += 1
        if number < plan.spare or 0 < plan.until <= number:
            lost = behind = doubled = late = damaged = False
        if lost:
            ledger.lost += 1
            ledger.bursts += not self.was_lost
            ledger.lost_numbers.append(number)
        self.was_lost = lost
        if lost:
            return []
        at = self.leaves_at(len(data), now)
        if at is None:
            ledger.overflowed += 1
            return []
        if damaged and len(data) > plan.corrupt_from:
            data = self.damage(data)
        if late:
            ledger.late += 1
            at += plan.late_ms / 1000
            return [(at, data) for _, data in self.copies(data, doubled)]
        if behind and self.waiting is None:
            self.waiting = (data, doubled)
            return []
        self.latest = max(self.latest, at + (plan.delay_ms + jitter) / 1000)
        out = self.copies(data, doubled)
        if self.waiting is not None:
            ledger.reordered += 1
            out += self.copies(*self.waiting)
            self.waiting = None
        return out

    def copies(self, data, doubled):
        self.ledger.sent += 1
        self.ledger.bytes += len(data)
        self.ledger.duplicated += doubled
        return [(self.latest, data)] * (1 + doubled)

    def end(self):
        """What waits for a next one that does not come."""
        waiting, self.waiting = self.waiting, None
        return self.copies(*waiting) if waiting else []


class Proxy:
    """A thread of its own from `with` on; `there` and `back` are the ledgers."""

    def __init__(self, target, plan=Plan(), back=Plan(), port=0):
        self.target, self.plans = target, (plan, back)
        self.is_open = True
        self.listener = self.listen(port)
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.is_open = False
        self.thread.join()


class Udp(Proxy):
    def __init__(self, target, plan=Plan(), back=Plan(), port=0):
        self.ways = (Direction(plan, "there"), Direction(back, "back"))
        self.there, self.back = (way.ledger for way in self.ways)
        self.clients, self.queue, self.order = {}, [], 0
        self.selector = selectors.DefaultSelector()
        super().__init__(target, plan, back, port)

    @staticmethod
    def open(port=0):
        one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        one.bind(("127.0.0.1", port))
        one.setblocking(False)
        return one

    def listen(self, port):
        one = self.open(port)
        self.selector.register(one, selectors.EVENT_READ, None)
        return one

    def client(self, address):
        """The socket that stands for a client towards the target."""
        if address not in self.clients:
            self.clients[address] = self.open()
            self.selector.register(self.clients[address], selectors.EVENT_READ, address)
        return self.clients[address]

    def push(self, packets, via, to):
        for at, data in packets:
            self.order += 1
            heapq.heappush(self.queue, (at, self.order, data, via, to))

    def take_in(self, key):
        try:
            while True:
                data, address = key.fileobj.recvfrom(65536)
                now = time.monotonic()
                if key.data is None:
                    via = self.client(address)
                    self.last_there = (via, self.target)
                    self.push(self.ways[0].put(data, now), via, self.target)
                else:
                    self.last_back = (self.listener, key.data)
                    self.push(self.ways[1].put(data, now), self.listener, key.data)
        except (BlockingIOError, ConnectionError):
            pass

    last_there = last_back = None

    def send_due(self, now):
        while self.queue and self.queue[0][0] <= now:
            self.pass_on(*heapq.heappop(self.queue)[2:])

    def pass_on(self, data, via, to):
        try:
            via.sendto(data, to)
        except OSError:
            pass

    def run(self):
        while self.is_open:
            wait = self.queue[0][0] - time.monotonic() if self.queue else 0.02
            for key, _ in self.selector.select(max(0, min(wait, 0.02))):
                self.take_in(key)
            self.send_due(time.monotonic())
        for way, last in zip(self.ways, (self.last_there, self.last_back)):
            if last:
                self.push(way.end(), *last)
        self.send_due(float("inf"))
        for one in (self.listener, *self.clients.values()):
            one.close()


class Tcp(Proxy):
    def __init__(self, target, plan=Plan(), back=Plan(), port=0):
        self.there, self.back = Ledger(), Ledger()
        self.pumps, self.pairs = [], []
        super().__init__(target, plan, back, port)

    def listen(self, port):
        one = socket.create_server(("127.0.0.1", port))
        one.settimeout(0.05)
        return one

    def run(self):
        while self.is_open:
            try:
                self.connect(self.listener.accept()[0])
            except TimeoutError:
                pass
        self.listener.close()
        for pair in self.pairs:
            for one in pair:
                one.close()

    def connect(self, client):
        try:
            server = socket.create_connection(self.target, timeout=10)
        except OSError:
            client.close()
            return
        pair = (client, server)
        self.pairs.append(pair)
        number = len(self.pairs)
        for one in pair:
            one.settimeout(None)
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for name, source, sink, plan, ledger in (
                ("there", client, server, self.plans[0], self.there),
                ("back", server, client, self.plans[1], self.back)):
            draws = Draws(plan, f"{name}/{number}")
            threading.Thread(target=self.pump, args=(source, sink, plan, ledger, draws, pair),
                             daemon=True).start()

    @staticmethod
    def reset(pair):
        for one in pair:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            one.shutdown(socket.SHUT_RD) if one.fileno() >= 0 else None
            one.close()

    def pump(self, source, sink, plan, ledger, draws, pair):
        passed = 0
        try:
            while data := source.recv(65536):
                if plan.delay_ms or plan.jitter_ms:
                    time.sleep((plan.delay_ms + draws.fraction("jitter") * plan.jitter_ms) / 1000)
                while data:
                    size = len(data)
                    if plan.chunk:
                        size = 1 + int(draws.fraction("chunk") * plan.chunk)
                    if plan.reset_after:
                        size = min(size, plan.reset_after - passed)
                    piece, data = data[:size], data[size:]
                    if draws.happens("stall", plan.stall):
                        ledger.stalls += 1
                        time.sleep(plan.stall_ms / 1000)
                    if plan.rate_bps:
                        time.sleep(len(piece) * 8 / plan.rate_bps)
                    sink.sendall(piece)
                    passed += len(piece)
                    ledger.sent += 1
                    ledger.bytes += len(piece)
                    if plan.reset_after and passed >= plan.reset_after:
                        ledger.resets += 1
                        self.reset(pair)
                        return
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass


def main():
    parser = argparse.ArgumentParser(description="A bad network by plan; ends with its input.")
    parser.add_argument("kind", choices=("udp", "tcp"))
    parser.add_argument("target", help="HOST:PORT")
    parser.add_argument("--port", type=int, default=0)
    for field in dataclasses.fields(Plan):
        name = field.name.replace("_", "-")
        parser.add_argument(f"--{name}", type=field.type, default=field.default)
    parser.add_argument("--back", default="{}", help="the same for the way back, as JSON")
    given = vars(parser.parse_args())
    kind, target, port, back = (given.pop(name) for name in ("kind", "target", "port", "back"))
    host, _, target_port = target.rpartition(":")
    proxy = {"udp": Udp, "tcp": Tcp}[kind]((host, int(target_port)), Plan(**given),
                                           Plan(**json.loads(back)), port)
    print(json.dumps({"port": proxy.port}), flush=True)
    sys.stdin.read()
    proxy.close()
    print(json.dumps({"there": dataclasses.asdict(proxy.there),
                      "back": dataclasses.asdict(proxy.back)}))


if __name__ == "__main__":
    main()
