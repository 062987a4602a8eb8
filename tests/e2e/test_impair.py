"""The proxy does what its ledger says, and nothing else."""
import json
import pathlib
import socket
import struct
import subprocess
import sys
import threading
import time

import pytest

import impair
from impair import Plan, Tcp, Udp

COUNT = 2000


class Sink:
    """Takes down numbered datagrams; echoes them when asked to."""

    def __init__(self, echoes=False):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 21)
        self.socket.bind(("127.0.0.1", 0))
        self.address = self.socket.getsockname()
        self.heard = []
        self.echoes = echoes
        self.socket.settimeout(0.3)
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        while True:
            try:
                data, source = self.socket.recvfrom(2048)
            except TimeoutError:
                if self.heard:
                    return
                continue
            self.heard.append((time.monotonic(), data))
            if self.echoes:
                self.socket.sendto(data, source)

    def numbers(self):
        self.thread.join()
        return [struct.unpack_from("!I", data)[0] for _, data in self.heard]


def send(port, count=COUNT, size=40, every=50):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for i in range(count):
            sender.sendto(struct.pack("!I", i) + bytes(size), ("127.0.0.1", port))
            if i % every == every - 1:
                time.sleep(0.002)
        time.sleep(0.1)


def through(plan, count=COUNT, **more):
    sink = Sink()
    with Udp(sink.address, plan) as proxy:
        send(proxy.port, count, **more)
    numbers = sink.numbers()
    assert proxy.there.received == count
    assert proxy.there.sent + proxy.there.lost + proxy.there.overflowed == count
    assert len(numbers) == proxy.there.sent + proxy.there.duplicated
    return numbers, proxy.there, sink


def test_nothing_is_done_unasked():
    numbers, ledger, _ = through(Plan())
    assert numbers == list(range(COUNT)) and ledger.lost == ledger.duplicated == 0


@pytest.mark.parametrize("burst", [1, 4])
def test_loss_is_in_the_ledger(burst):
    numbers, ledger, _ = through(Plan(loss=10, burst=burst))
    assert sorted(set(range(COUNT)) - set(numbers)) == ledger.lost_numbers
    assert 5 < 100 * ledger.lost / COUNT < 15
    assert burst * 0.9 <= ledger.lost / ledger.bursts <= burst * 1.5


def test_one_seed_is_one_choice():
    lost = [through(Plan(seed=seed, loss=5, duplicate=more))[1].lost_numbers
            for seed, more in ((1, 0), (1, 30), (2, 0))]
    assert lost[0] == lost[1] != lost[2]


def test_duplicates_and_disorder_are_counted():
    numbers, ledger, _ = through(Plan(duplicate=5, reorder=5))
    assert len(numbers) - len(set(numbers)) == ledger.duplicated > 0
    first, behind, highest = set(), 0, -1
    for number in numbers:
        if number not in first:
            behind += number < highest
            highest = max(highest, number)
            first.add(number)
    assert behind == ledger.reordered > 0


def test_some_come_late_and_the_first_and_last_are_spared():
    numbers, ledger, sink = through(Plan(spare=100, until=COUNT - 200, loss=5, late=5, late_ms=60), every=5)
    assert numbers[:100] == list(range(100)) and set(range(COUNT - 200, COUNT)) <= set(numbers)
    came = {struct.unpack_from("!I", data)[0]: at for at, data in sink.heard}
    overtaken = [n for n in came if came.get(n + 1, 0) and came[n] - came[n + 1] > 0.03]
    assert 0 < len(overtaken) <= ledger.late
    assert ledger.late < len(overtaken) * 1.5  # two in a row keep their order


def test_one_bit_is_changed_where_it_may_be():
    _, ledger, sink = through(Plan(corrupt=10, corrupt_from=4))
    changed = [data for _, data in sink.heard if any(data[4:])]
    assert len(changed) == ledger.corrupted > 0
    assert all(bin(int.from_bytes(data[4:], "big")).count("1") == 1 for data in changed)


def test_delays_keep_the_order():
    begin = time.monotonic()
    numbers, _, sink = through(Plan(delay_ms=80, jitter_ms=30), count=200)
    assert numbers == list(range(200))
    assert sink.heard[0][0] - begin >= 0.08


def test_a_rate_limits_and_its_queue_is_bounded():
    numbers, ledger, sink = through(Plan(rate_bps=400_000, queue_ms=100), count=400, size=496)
    assert ledger.overflowed > 0 and numbers == sorted(numbers)
    took = sink.heard[-1][0] - sink.heard[0][0]
    assert len(numbers) * 500 * 8 / 400_000 <= took + 0.15


def test_the_way_back_has_its_own_plan():
    sink = Sink(echoes=True)
    with Udp(sink.address, Plan(), Plan(loss=20)) as proxy, \
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(0.3)
        heard = 0
        for i in range(200):
            client.sendto(struct.pack("!I", i), ("127.0.0.1", proxy.port))
        try:
            while client.recv(100):
                heard += 1
        except TimeoutError:
            pass
    assert proxy.there.lost == 0 and proxy.back.lost > 0
    assert heard == proxy.back.sent == 200 - proxy.back.lost


# ---- TCP ----

DATA = bytes(range(256)) * 200


class Server:
    """Takes what one connection sends, in the pieces it came in, and answers with it."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = self.listener.getsockname()
        self.pieces, self.error = [], None
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        connection, _ = self.listener.accept()
        try:
            while data := connection.recv(65536):
                self.pieces.append(data)
            connection.sendall(b"".join(self.pieces))
        except OSError as error:
            self.error = error
        connection.close()


def exchange(plan, back=Plan()):
    server, answer, error = Server(), b"", None
    with Tcp(server.address, plan, back) as proxy:
        with socket.create_connection(("127.0.0.1", proxy.port)) as client:
            try:
                client.sendall(DATA)
                client.shutdown(socket.SHUT_WR)
                while data := client.recv(65536):
                    answer += data
            except OSError as caught:
                error = caught
        server.thread.join(5)
    return server, proxy, answer, error


def test_bytes_are_kept_whatever_their_pieces():
    server, proxy, answer, _ = exchange(Plan(chunk=50, delay_ms=1), Plan(chunk=500))
    assert b"".join(server.pieces) == DATA == answer
    assert proxy.there.bytes == proxy.back.bytes == len(DATA)
    assert proxy.there.sent > len(DATA) / 50 and proxy.back.sent > len(DATA) / 500


def test_stalls_take_their_time():
    begin = time.monotonic()
    server, proxy, answer, _ = exchange(Plan(chunk=2000, stall=20, stall_ms=20))
    assert answer == DATA and proxy.there.stalls > 0
    assert time.monotonic() - begin >= proxy.there.stalls * 0.02


def test_a_reset_comes_where_it_was_asked_for():
    server, proxy, answer, error = exchange(Plan(chunk=1000, reset_after=7777))
    assert proxy.there.resets == 1 and proxy.there.bytes == 7777
    assert len(b"".join(server.pieces)) <= 7777 and answer == b""
    assert isinstance(error or server.error, OSError)


# ---- as a program ----

def test_it_is_a_program_as_well():
    sink = Sink()
    program = subprocess.Popen(
        [sys.executable, pathlib.Path(impair.__file__), "udp", "127.0.0.1:%d" % sink.address[1],
         "--loss", "10", "--seed", "3"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    send(json.loads(program.stdout.readline())["port"], 500)
    out, _ = program.communicate(timeout=20)
    there = json.loads(out)["there"]
    assert there["received"] == 500 and there["lost"] > 0
    assert len(sink.numbers()) == there["sent"]
