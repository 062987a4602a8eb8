"""Ports that take down what comes, with the kernel's times, and write it as others' tools read it."""
import dataclasses
import select
import socket
import struct
import threading

SO_TIMESTAMPNS = 35
MAC = bytes(12)


@dataclasses.dataclass(frozen=True)
class Datagram:
    at: float
    source: int
    port: int
    data: bytes

    @property
    def payload_type(self):
        return self.data[1] & 127

    @property
    def sequence(self):
        return struct.unpack_from("!H", self.data, 2)[0]

    @property
    def timestamp(self):
        return struct.unpack_from("!I", self.data, 4)[0]

    @property
    def ssrc(self):
        return struct.unpack_from("!I", self.data, 8)[0]


def free_pairs(count=2):
    """Even ports with the next one free as well; held until bound by whoever is to have them."""
    pairs = []
    for _ in range(200):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as first:
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
            if port % 2 or port in pairs:
                continue
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as second:
                try:
                    second.bind(("127.0.0.1", port + 1))
                except OSError:
                    continue
            pairs.append(port)
        if len(pairs) == count:
            return pairs
    raise OSError("no pairs of ports")


class Capture:
    """Two pairs of ports: agent and customer, RTP and RTCP."""

    def __init__(self):
        self.ports = free_pairs()
        self.sockets = [self.bind(port + i) for port in self.ports for i in (0, 1)]
        self.datagrams = []
        self.is_open = True
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    @staticmethod
    def bind(port):
        one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        one.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        one.bind(("127.0.0.1", port))
        return one

    def read(self):
        while self.is_open:
            for ready in select.select(self.sockets, [], [], 0.1)[0]:
                data, extra, _, source = ready.recvmsg(65536, 128)
                seconds, nanoseconds = struct.unpack("qq", extra[0][2])
                self.datagrams.append(Datagram(seconds + nanoseconds / 1e9, source[1],
                                               ready.getsockname()[1], data))

    def close(self):
        """After the sender has ended: all that came."""
        self.is_open = False
        self.thread.join()
        for one in self.sockets:
            one.close()
        self.datagrams.sort(key=lambda datagram: datagram.at)

    @property
    def to(self):
        return ",".join(f"127.0.0.1:{port}" for port in self.ports)

    def retimed(self, leg, clock_hz):
        """A leg's packets at the times that their timestamps say."""
        first, sent = self.rtp(leg)[0], self.rtp(leg)
        return [dataclasses.replace(d, at=1e9 + ((d.timestamp - first.timestamp) % 2**32) / clock_hz)
                for d in sent]

    def rtp(self, leg):
        return [d for d in self.datagrams if d.port == self.ports[leg]]

    def rtcp(self, leg):
        return [d for d in self.datagrams if d.port == self.ports[leg] + 1]

    def write_pcap(self, path, datagrams=None):
        return write_pcap(path, datagrams or self.datagrams)


def write_pcap(path, datagrams):
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for datagram in datagrams:
            packet = frame(datagram)
            seconds = int(datagram.at)
            file.write(struct.pack("<IIII", seconds, int((datagram.at - seconds) * 1e6),
                                   len(packet), len(packet)))
            file.write(packet)
    return path


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def frame(datagram):
    udp = struct.pack("!HHHH", datagram.source, datagram.port, 8 + len(datagram.data), 0)
    here = socket.inet_aton("127.0.0.1")
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp) + len(datagram.data), 0, 0, 64, 17,
                       0, here, here)
    head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
    return MAC + b"\x08\x00" + head + udp + datagram.data
