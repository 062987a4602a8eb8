"""Calls over IPv6: addresses bound, told and heard from."""
import socket
import time

import pytest

import rtp
from subscriber import Subscriber
from test_rtp import AGENT, CUSTOMER, SPOKEN, begin, end, finals, stream


def sender_from(ip, port, seed):
    sender = rtp.Sender(port, seed=seed)
    if ip == "::1":
        sender.close()
        sender.socket = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        sender.socket.bind((ip, 0))
        sender.port, sender.to = sender.socket.getsockname()[1], (ip, port)
    return sender


# Addresses that begin with a colon would need quotes in the configuration.
@pytest.mark.parametrize("ours, theirs", [("0::1", "::1"), ("0::", "::1"), ("0::", "127.0.0.1")])
def test_a_call_over_ipv6(make_gateway, ours, theirs):
    gateway = make_gateway(config=rtp.config(address=ours, advertised="0::1"))
    subscriber = Subscriber(gateway.ws("/v1/events"))
    subscriber.until("snapshot.end")
    answer = begin(gateway, streams=[stream(role, address=theirs) for role in ("agent", "customer")])
    assert "c=IN IP6 0::1\r\n" in answer["sdp"]
    agent, customer = [sender_from(theirs, of["port"], seed=of["port"])
                       for of in answer["session"]["streams"]]
    rtp.talk([(agent, AGENT), (customer, CUSTOMER)])
    stats = end(gateway, answer["session"])
    subscriber.until("call.ended")
    assert finals(subscriber) == SPOKEN
    for of, sender in zip(stats["streams"], (agent, customer)):
        assert (of["from"], of["from_port"]) == (theirs, sender.port)
        assert of["received"] == 200 and of["lost"] == 0 and of["dropped"] == {}
    subscriber.ws.close()


def test_an_offer_over_ipv6_is_answered_and_its_source_alone_is_heard(make_gateway):
    gateway = make_gateway(config=rtp.config(address="0::1"))
    sender, stranger = [sender_from("::1", 9, seed) for seed in (1, 2)]
    offer = "".join(line + "\r\n" for line in (
        "v=0", "o=- 1 1 IN IP6 ::1", "s=-", "c=IN IP6 ::1", "t=0 0",
        f"m=audio {sender.port} RTP/AVP 0", "a=sendonly"))
    answer = begin(gateway, sdp=offer, source="strict")
    sender.to = stranger.to = ("::1", answer["session"]["streams"][0]["port"])
    for frame in sender.frames([(1, 500)]):
        sender.put(sender.next(frame))
        stranger.put(stranger.next(frame))
        time.sleep(rtp.FRAME_S)
    of = end(gateway, answer["session"])["streams"][0]
    assert of["received"] == sender.sent and of["dropped"] == {"source": stranger.sent}


def test_addresses_that_cannot_meet_are_refused(make_gateway):
    gateway = make_gateway(config=rtp.config())
    refused = begin(gateway, 400, streams=[stream(address="::1")])
    assert "rtp.address must both be IPv4" in refused["error"]["message"]
    for address in ("fe80::1%lo", "::", "ff02::1"):
        refused = begin(gateway, 400, streams=[stream(), stream(address=address)])
        assert "'address' must be" in refused["error"]["message"]
    assert gateway.metric("sidetone_calls_live") == 0
    begin(gateway, streams=[stream(address="::ffff:127.0.0.1")])
