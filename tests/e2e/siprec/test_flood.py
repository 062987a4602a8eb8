"""More INVITEs than anybody could take, large ones among them, and metadata that would grow without end: memory stays
where it was, and who was there before goes on."""
import json
import socket
import threading

import pytest

import rtp
import speech
from client import Client, leg, sdp, with_metadata
from gateway import IS_SANITIZED
from subscriber import Subscriber

SESSIONS = 40
WAVE = 4000
LARGE = "a=x:" + "x" * 60000 + "\n"
BOTH = sdp(leg(1), leg(2))


@pytest.fixture
def gateway(make_gateway):
    return make_gateway(config={**rtp.config(), "siprec": {
        "listen": [{"transport": "udp", "address": "127.0.0.1", "port": 0}], "sessions": SESSIONS,
        "requests_per_s": 100000}})


class Flood:
    def __init__(self, port):
        self.port, self.sent = port, 0
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect(("127.0.0.1", port))
        self.socket.settimeout(10)

    def invite(self, is_large):
        body = (BOTH + (LARGE if is_large else "")).replace("\n", "\r\n")
        self.sent += 1
        return (f"INVITE sip:srs@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5060;rport;branch=z9hG4bKf{self.sent}"
                f"\r\nFrom: <sip:f@127.0.0.1>;tag={self.sent}\r\nTo: <sip:srs@127.0.0.1>\r\nCall-ID: flood-{self.sent}"
                f"\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\nContact: <sip:f@127.0.0.1>\r\nRequire: siprec\r\n"
                f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n\r\n{body}").encode()

    def wave(self):
        """As many as are answered: what a socket drops floods nobody. Returns the answers, by their status."""
        answers = {}
        for i in range(WAVE):
            self.socket.send(self.invite(is_large=i % 50 == 0))
            status = self.final()
            answers[status] = answers.get(status, 0) + 1
        return answers

    def final(self):
        while True:
            answer = self.socket.recv(65536)
            if answer.startswith(b"SIP/2.0 ") and not answer.startswith(b"SIP/2.0 1") and \
                    f"Call-ID: flood-{self.sent}\r\n".encode() in answer:
                return int(answer[8:11])


LAUGHS = ('<?xml version="1.0"?>\n<!DOCTYPE recording [<!ENTITY l0 "ha">\n'
          + "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">\n' for i in range(1, 10)) + "]>\n")


def test_metadata_that_would_grow_without_end_is_left_out(gateway):
    [port] = json.loads((gateway.folder / "ports.json").read_text())["siprec_ports"]
    subscriber, client = Subscriber(gateway.ws("/v1/events")), Client(port)
    kind, body = with_metadata(BOTH, "laughs")
    body = body.replace('<?xml version="1.0" encoding="UTF-8"?>\n', LAUGHS).replace("Robin", "&l9;")
    before_kb = gateway.rss_kb()
    customer = rtp.Sender(client.invite(body, kind).ports[0], seed=1)
    rtp.talk([(customer, [(2, 1000), (0, 500)])])
    assert gateway.rss_kb() - before_kb < 8192 or IS_SANITIZED
    started = subscriber.until("call.started")
    assert started["agent"] == {"id": "", "name": ""} and started["call_id"] == client.call_id
    client.bye()
    subscriber.until("call.ended")
    assert [m["segment"]["text"] for m in subscriber.of_type("transcript.final") if m["segment"]["text"]] == [
        speech.SENTENCES[2]]
    assert gateway.metric("sidetone_siprec_metadata_refused_total") == 1
    subscriber.ws.close()


def test_a_flood_takes_no_memory_and_nothing_from_who_is_there(gateway):
    [port] = json.loads((gateway.folder / "ports.json").read_text())["siprec_ports"]
    subscriber, client, flood = Subscriber(gateway.ws("/v1/events"), calls=["here"]), Client(port), Flood(port)
    kind, body = with_metadata(BOTH, "here")
    customer = rtp.Sender(client.invite(body, kind).ports[0], seed=1)
    speaker = threading.Thread(target=rtp.talk, args=([(customer, [(2, 2000), (0, 3000), (4, 2000), (0, 1000)])],))
    speaker.start()
    first = flood.wave()
    before_kb = gateway.rss_kb()
    second = flood.wave()
    grown_kb = gateway.rss_kb() - before_kb
    speaker.join()
    assert first[200] == SESSIONS - 1 and first[503] == WAVE - SESSIONS + 1, first
    assert second == {503: WAVE}
    assert grown_kb < 8192 or IS_SANITIZED, grown_kb
    [here] = [of for of in gateway.get("/v1/rtp").json()["sessions"] if of["call_id"] == "here"]
    assert here["streams"][0]["received"] == customer.sent and here["streams"][0]["lost"] == 0
    client.bye()
    subscriber.until("call.ended")
    assert [m["segment"]["text"] for m in subscriber.of_type("transcript.final") if m["segment"]["text"]] == [
        speech.SENTENCES[2], speech.SENTENCES[4]]
    subscriber.ws.close()
