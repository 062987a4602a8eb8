"""Vendors' session recording clients: the offers of tests/vectors/siprec, sent from where the media comes from."""
import re

import rtp
from client import Client
from gateway import ROOT

VECTORS = ROOT / "tests" / "vectors" / "siprec"


class Vendor(Client):
    """One dialog of a vendor, and a sender for each of its lines, in the codec that its offer has."""

    def __init__(self, port, name):
        super().__init__(port)
        self.name = name
        self.head, _, self.body = (VECTORS / f"{name}.sip").read_text().partition("\n\n")
        self.call_id, self.sender = (re.search(rf"^{key}: (.*)$", self.head, re.M).group(1)
                                     for key in ("Call-ID", "From"))
        self.senders = [self.make_sender(line) for line in self.lines(self.body)]

    @staticmethod
    def lines(text):
        """The payload types of each line of audio."""
        return re.findall(r"^m=audio \d+ RTP/AVP (.*?)\r?$", text, re.M)

    def make_sender(self, payload_types):
        law = next(int(word) for word in payload_types.split() if word in ("0", "8"))
        return rtp.Sender(9, seed=100 * self.number + len(self.name), payload_type=law)

    def ours(self, text, senders):
        """As the vector has it, but from this machine, and from the ports that there are."""
        ports = iter(senders)
        text = re.sub(r"^m=audio \d+", lambda _: f"m=audio {next(ports).port}", text, flags=re.M)
        return re.sub(r"^c=IN IP4 .*$", "c=IN IP4 127.0.0.1", text, flags=re.M)

    def begin(self):
        """The INVITE as it stands, and the answer to it."""
        body = self.ours(self.body, self.senders).replace("\n", "\r\n").encode()
        head = self.head.replace("\n", "\r\n") + f"\r\nContent-Length: {len(body)}\r\n\r\n"
        self.cseq = 1
        self.socket.sendall(head.encode() + body)
        answer = self.final()
        self.send_ack(answer)
        self.send_to(answer)
        return answer

    def change(self, body, boundary):
        """An UPDATE with a further line."""
        for line in self.lines(body)[len(self.senders):]:
            self.senders.append(self.make_sender(line))
        answer = self.ask("UPDATE", self.ours(body, self.senders),
                          f"multipart/mixed;boundary={boundary}")
        self.send_to(answer)
        return answer

    def send_to(self, answer):
        for sender, port in zip(self.senders, answer.ports):
            sender.to = ("127.0.0.1", port)
