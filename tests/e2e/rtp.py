"""RTP by hand, packet by packet, with every fault counted as it is injected (RFC 3550, 3551, 4733)."""
import random
import socket
import struct
import time

import speech

FRAME = 160
FRAME_S = 0.02
LAWS = {0: speech.mulaw, 8: speech.alaw}


def free_ports(count=200):
    """A range of UDP ports that nothing has bound, beginning with an even one."""
    while True:
        first = random.randrange(24000, 60000 - count, 2)
        try:
            for port in range(first, first + count, 7):
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
                    probe.bind(("127.0.0.1", port))
            return first, first + count - 1
        except OSError:
            continue


def config(**more):
    first, last = free_ports()
    return {"rtp": {"first_port": first, "last_port": last, "quarantine_s": 0, **more}}


class Sender:
    """One stream to a port of the gateway; what it says sounds as `voice` has it."""

    def __init__(self, port, ip="127.0.0.1", ssrc=None, seed=1, voice=speech, payload_type=0):
        self.voice, self.payload_type = voice, payload_type
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((ip, 0))
        self.port, self.to = self.socket.getsockname()[1], ("127.0.0.1", port)
        self.random = random.Random(seed)
        self.ssrc = ssrc or self.random.getrandbits(32)
        self.sequence, self.timestamp = self.random.getrandbits(16), self.random.getrandbits(32)
        self.sent = 0

    def packet(self, payload, payload_type=None, marker=False, timestamp=None):
        payload_type = self.payload_type if payload_type is None else payload_type
        head = struct.pack("!BBHII", 0x80, marker << 7 | payload_type, self.sequence & 0xffff,
                           (self.timestamp if timestamp is None else timestamp) & 0xffffffff,
                           self.ssrc)
        self.sequence += 1
        return head + payload

    def put(self, packet):
        self.socket.sendto(packet, self.to)
        self.sent += 1

    def frames(self, parts):
        """The mu-law or A-law frames of speech.py's sentences."""
        data = LAWS[self.payload_type](self.voice.samples(parts))
        return [data[at:at + FRAME] for at in range(0, len(data) - FRAME + 1, FRAME)]

    def next(self, frame):
        packet = self.packet(frame)
        self.timestamp += FRAME
        return packet

    def pass_silence(self, frames):
        """Silence suppression: the clock goes on, and nothing is sent."""
        self.timestamp += frames * FRAME

    def press(self, digit, clock):
        """A digit of 100 ms whose end comes three times."""
        event, start = "0123456789*#".index(digit), self.timestamp
        for i in range(1, 8):
            end = i >= 5
            payload = struct.pack("!BBH", event, (0x80 if end else 0) | 10, FRAME * min(i, 5))
            self.put(self.packet(payload, 101, marker=i == 1, timestamp=start))
            clock.tick()
        self.timestamp += 7 * FRAME

    def bye(self):
        ssrc = struct.pack("!I", self.ssrc)
        packet = b"\x80\xc9\0\1" + ssrc + b"\x81\xcb\0\1" + ssrc
        self.socket.sendto(packet, (self.to[0], self.to[1] + 1))

    def close(self):
        self.socket.close()


class Clock:
    """20 ms after 20 ms, without drift."""

    def __init__(self):
        self.at = time.monotonic()

    def tick(self, frames=1):
        self.at += frames * FRAME_S
        left = self.at - time.monotonic()
        if left > 0:
            time.sleep(left)


def talk(streams):
    """streams: [(sender, parts)…], all in step and in real time. The clock begins with the first packet: were
    that late, the rest would come in a burst, and the call be longer than it took."""
    frames = [(sender, sender.frames(parts)) for sender, parts in streams]
    clock = Clock()
    for i in range(max(len(of) for _, of in frames)):
        for sender, of in frames:
            if i < len(of):
                sender.put(sender.next(of[i]))
        clock.tick()
    return clock


LATE_FRAMES = 10  # longer than a gap is waited for


def say_badly(sender, parts, loss=0, duplicates=0, swaps=0, late=0):
    """Sends with faults and returns how many of each there were. The first packets are spared, for
    the stream to begin, and so are the last, for what is lost to be seen."""
    packets, clock = [sender.next(frame) for frame in sender.frames(parts)], Clock()
    counts = {"lost": 0, "duplicates": 0, "reordered": 0, "late": 0}
    order, held, i = [], [], 0
    while i < len(packets):
        dice = sender.random.random()
        is_spared = i < 5 or i > len(packets) - 5 - LATE_FRAMES
        if held and held[0][0] <= i:
            order.append(held.pop(0)[1])
        if not is_spared and 0 <= dice - (loss + duplicates + swaps) < late:
            held.append((i + LATE_FRAMES, packets[i]))
            counts["late"] += 1
            counts["reordered"] += 1
        elif not is_spared and dice < loss:
            counts["lost"] += 1
        elif not is_spared and dice < loss + duplicates:
            order += [packets[i], packets[i]]
            counts["duplicates"] += 1
        elif not is_spared and dice < loss + duplicates + swaps:
            order += [packets[i + 1], packets[i]]
            counts["reordered"] += 1
            i += 1
        else:
            order.append(packets[i])
        i += 1
    began = clock.at
    for n, packet in enumerate(order):
        sender.put(packet)
        clock.at = began + n * FRAME_S * len(packets) / len(order)
        clock.tick()
    return counts


class Spray:
    """Noise, half of it shaped like RTP: half of it all over a range of ports, half of it at the two of
    one stream."""

    def __init__(self, ports, stream_port, seed=7):
        self.random = random.Random(seed)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.ports, self.stream_ports = range(ports[0], ports[1] + 1), (stream_port, stream_port + 1)
        self.noise = [self.make() for _ in range(5000)]
        self.at_stream = self.sent = 0

    def make(self):
        data = self.random.randbytes(self.random.choice((0, 1, 11, 12, 60, 172, 1400)))
        if self.random.random() < 0.5:
            data = b"\x80" + bytes([self.random.choice((0, 0, 3, 101))]) + data[2:]
        return data

    def put(self, count):
        for data in self.random.choices(self.noise, k=count):
            ports = self.ports if self.random.random() < 0.5 else self.stream_ports
            port = self.random.choice(ports)
            try:
                self.socket.sendto(data, ("127.0.0.1", port))
            except ConnectionRefusedError:
                continue
            self.at_stream += port in self.stream_ports
            self.sent += 1


# ---- sessions of POST /v1/rtp ----

def stream(role=None, **more):
    return {**({"role": role} if role else {}), "address": "127.0.0.1", **more}


def begin(gateway, status=201, **body):
    body = {"call_id": "c-1", **body}
    if "streams" not in body and "sdp" not in body:
        body["streams"] = [stream("agent"), stream("customer")]
    answer = gateway.request("POST", "/v1/rtp", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def look(gateway, session):
    return gateway.get(f"/v1/rtp/{session['id']}").json()


def end(gateway, session):
    answer = gateway.request("DELETE", f"/v1/rtp/{session['id']}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def senders(session, **more):
    return [Sender(of["port"], seed=i + 1, **more) for i, of in enumerate(session["streams"])]
