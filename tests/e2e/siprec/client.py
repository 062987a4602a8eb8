"""A session recording client: offers by hand, for what SIPp does not do (two legs of media, transfers,
several dialogs of one call)."""
import itertools
import re
import socket
import ssl

NUMBERS = itertools.count(1)

METADATA = """<?xml version="1.0" encoding="UTF-8"?>
<recording xmlns="urn:ietf:params:xml:ns:recording:1"><datamode>complete</datamode>
<group group_id="{group}"/><session session_id="{session}"><group-ref>{group}</group-ref></session>
<participant participant_id="p1"><nameID aor="sip:+15550100@carrier"><name>Pat</name></nameID></participant>
<participant participant_id="p2"><nameID aor="sip:2001@desk"><name>Robin</name></nameID></participant>
<stream stream_id="s1" session_id="{session}"><label>1</label></stream>
<stream stream_id="s2" session_id="{session}"><label>2</label></stream>
<participantstreamassoc participant_id="p1"><send>s1</send></participantstreamassoc>
<participantstreamassoc participant_id="p2"><send>s2</send></participantstreamassoc>
</recording>
"""


def leg(label, direction="sendonly", port=40000):
    return (f"m=audio {port} RTP/AVP 0 101\na=rtpmap:101 telephone-event/8000\n"
            f"a={direction}\na=label:{label}\n")


def sdp(*legs):
    return "v=0\no=src 1 1 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\n" + "".join(legs)


def multipart(*parts):
    text = "".join(f"--part\nContent-Type: {kind}\n\n{body}\n" for kind, body in parts)
    return "multipart/mixed;boundary=part", text + "--part--\n"


def with_metadata(body, group, session="ses"):
    return multipart(("application/sdp", body),
                     ("application/rs-metadata+xml", METADATA.format(group=group, session=session)))


class Response:
    def __init__(self, text):
        self.head, _, self.body = text.partition("\r\n\r\n")
        self.status = int(self.head.split()[1]) if self.head.startswith("SIP/2.0") else 0
        self.method = self.head.split()[0]

    def header(self, name):
        found = re.search(rf"^{name}:\s*(.*?)\r?$", self.head, re.I | re.M)
        return found.group(1) if found else ""

    @property
    def ports(self):
        return [int(port) for port in re.findall(r"^m=audio (\d+)", self.body, re.M)]


class Client:
    """One dialog, over UDP, TCP or TLS."""

    def __init__(self, port, transport="udp", context=None, user="srs", sender="", ip="127.0.0.1"):
        self.transport, self.user, self.cseq = transport, user, 0
        kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
        self.socket = socket.socket(socket.AF_INET, kind)
        self.socket.settimeout(10)
        self.socket.bind((ip, 0))
        self.socket.connect(("127.0.0.1", port))
        if context:
            self.socket = context.wrap_socket(self.socket, server_hostname="localhost")
        self.number = next(NUMBERS)
        self.local = "%s:%d" % self.socket.getsockname()
        self.sender = f"<sip:src@127.0.0.1{sender}>;tag=f{self.number}"
        self.call_id, self.to_tag, self.held = f"dialog-{self.number}", "", b""

    def request(self, method, body="", content_type="application/sdp", extra="", cseq=None):
        if cseq is None:
            self.cseq += 1
        number = cseq or self.cseq
        body = body.replace("\n", "\r\n")
        head = [f"{method} sip:{self.user}@127.0.0.1 SIP/2.0",
                f"Via: SIP/2.0/{self.transport.upper()} {self.local};rport"
                f";branch=z9hG4bK{self.number}-{number}-{method}",
                f"From: {self.sender}",
                f"To: <sip:{self.user}@127.0.0.1>{self.to_tag}", f"Call-ID: {self.call_id}",
                f"CSeq: {number} {method}", "Max-Forwards: 70",
                f"Contact: <sip:src@{self.local};transport={self.transport}>;+sip.src"]
        head += [line for line in extra.split("\n") if line]
        if body:
            head.append(f"Content-Type: {content_type}")
        head.append(f"Content-Length: {len(body.encode())}")
        self.socket.sendall(("\r\n".join(head) + "\r\n\r\n" + body).encode())

    def receive(self):
        if self.transport == "udp":
            return Response(self.socket.recv(65536).decode())
        while True:
            head, end, rest = self.held.partition(b"\r\n\r\n")
            if end:
                length = int(re.search(rb"Content-Length:\s*(\d+)", head, re.I).group(1))
                if len(rest) >= length:
                    self.held = rest[length:]
                    return Response((head + end + rest[:length]).decode())
            more = self.socket.recv(65536)
            if not more:
                raise ConnectionError("closed")
            self.held += more

    def final(self):
        while True:
            response = self.receive()
            if response.status >= 200:
                return response

    def ask(self, method, body="", content_type="application/sdp", extra=""):
        self.request(method, body, content_type, extra)
        response = self.final()
        if method == "INVITE":
            self.send_ack(response)
        return response

    def send_ack(self, response):
        if not self.to_tag and response.status < 300:
            self.to_tag = ";tag=" + response.header("To").partition("tag=")[2]
        self.request("ACK", cseq=self.cseq)

    def invite(self, body, content_type="application/sdp", extra="", status=200):
        response = self.ask("INVITE", body, content_type, "Require: siprec\n" + extra)
        assert response.status == status, response.head
        return response

    def bye(self):
        assert self.ask("BYE").status == 200

    def accept(self, request):
        """200 to a request that came."""
        lines = [f"{name}: {request.header(name)}" for name in ("Via", "From", "To", "Call-ID", "CSeq")]
        self.socket.sendall(("\r\n".join(["SIP/2.0 200 OK", *lines]) +
                             "\r\nContent-Length: 0\r\n\r\n").encode())

    def close(self):
        self.socket.close()


def hang_up_and_listen(client, context=None):
    """Gives up the client's connection; what it listens on is where it said that it does."""
    client.socket.close()
    client.socket, _ = client.listening.accept()
    client.socket.settimeout(5)
    client.held = b""
    if context:
        client.socket = context.wrap_socket(client.socket, server_side=True)


def listening_client(port, transport, context=None):
    client = Client(port, transport, context)
    client.listening = socket.create_server(("127.0.0.1", 0))
    client.listening.settimeout(5)
    client.local = "127.0.0.1:%d" % client.listening.getsockname()[1]
    return client


def tls_context(authority, certificate=None, key=None):
    context = ssl.create_default_context(cafile=str(authority))
    if certificate:
        context.load_cert_chain(certificate, key)
    return context
