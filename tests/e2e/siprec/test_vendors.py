"""The offer of each vendor, with every deviation that is known of it, through the whole gateway: media, roles,
transcript, end. All at once, as a recorder has them."""
import collections
import json
import re
import time
import urllib.parse

import pytest

import rtp
import speech
from subscriber import Subscriber
from vendor import VECTORS, Vendor

Expected = collections.namedtuple("Expected", "call_id first caller agent suspect", defaults=(False,))
AGENT, CUSTOMER = "agent", "customer"

# Whose the first line is, who they are, and whether that is in doubt.
VENDORS = {
    "standard": Expected("grp-standard", CUSTOMER, "alice@customer.example", "bob@desk.example"),
    "oracle": Expected("oracle-call@192.0.2.1", CUSTOMER, "+15550100@carrier.example", "2001@desk.example"),
    "broadworks": Expected("track-77:1", AGENT, "+15550111@carrier.example", "2402000000@as.example"),
    "webex-mono": Expected("track-wx", CUSTOMER, "+15550122@carrier.example", "2402000001@as.example"),
    "webex-mono-called": Expected("track-wx", AGENT, "+15550122@carrier.example", "2402000001@as.example"),
    "cube-siprec": Expected("1111111111-2222222222-3333333333-4444444444", CUSTOMER, "", ""),
    "cube-network": Expected("5555555555-6666666666-7777777777-8888888888", CUSTOMER,
                             "+15550144@192.0.2.9", "7001@192.0.2.10"),
    "bib-near": Expected("24487131", AGENT, "", "2001"),
    "bib-far": Expected("24487131", CUSTOMER, "", "2001"),
    "avaya-dummy": Expected("avaya-ucid-1", CUSTOMER, "+1555@carrier.example", "7001@desk.example"),
    "audiocodes": Expected("00000000-0000-0000-0000-00ac1", CUSTOMER, "+15550166@carrier.example",
                           "7002@desk.example"),
    "ribbon": Expected("ribbon-call@192.0.2.1", AGENT, "+15550177@carrier.example", "7003@desk.example", True),
    "metaswitch": Expected("ms-group-5", CUSTOMER, "+15550188@carrier.example", "7005@desk.example"),
    "metaswitch-called": Expected("ms-group-5", AGENT, "+15550188@carrier.example", "7005@desk.example"),
    "opensips": Expected("0c1d2e3f@192.0.2.77", CUSTOMER, "alice@customer.example", "bob@desk.example"),
    "sems": Expected("sems-call@192.0.2.1", CUSTOMER, "", ""),
    "connectel": Expected("ct-g", CUSTOMER, "+15550199@carrier.example", "7004@desk.example"),
}

# Early recording: a stand-in takes part until the second leg comes with who it really is.
AVAYA_UPDATE = """--sbce-2
Content-Type: application/sdp

v=0
o=src 1 2 IN IP4 192.0.2.1
s=-
c=IN IP4 192.0.2.50
t=0 0
m=audio 24000 RTP/AVP 0 101
a=label:10
a=sendonly
m=audio 24002 RTP/AVP 0 101
a=label:20
a=sendonly
--sbce-2
Content-Type: application/rs-metadata+xml

<recording xmlns="urn:ietf:params:xml:ns:recording:1"><datamode>complete</datamode>
<participant participant_id="x"><nameID aor="sip:+1555@carrier.example"/></participant>
<participant participant_id="y"><nameID aor="sip:7001@desk.example"/></participant>
<stream stream_id="av-1"><label>10</label></stream>
<stream stream_id="av-2"><label>20</label></stream>
<participantstreamassoc participant_id="x"><send>av-1</send></participantstreamassoc>
<participantstreamassoc participant_id="y"><send>av-2</send></participantstreamassoc>
</recording>
--sbce-2--
"""

SAID = {AGENT: [(0, 1200), (5, 900), (0, 700)], CUSTOMER: [(2, 900), (0, 1900)]}
TEXTS = {AGENT: speech.SENTENCES[5], CUSTOMER: speech.SENTENCES[2]}


def roles_of(vendor):
    """By line, for as many as there are."""
    first = VENDORS[vendor.name].first
    return [first, CUSTOMER if first == AGENT else AGENT][:len(vendor.senders)]


def expect_answer(offer, answer):
    """RFC 7866: every line, in its order, with its label, only to be listened to, and nothing but an SDP."""
    assert answer.status == 200, answer.head
    assert answer.header("Content-Type") == "application/sdp" and "+sip.srs" in answer.header("Contact")
    labels, legs = re.findall(r"^a=label:(\S+)", offer, re.M), answer.body.split("m=audio ")[1:]
    assert len(legs) == len(answer.ports) == len(Vendor.lines(offer)) and all(answer.ports)
    assert re.findall(r"^a=label:(\S+)", answer.body, re.M) == labels
    assert all("a=recvonly" in leg for leg in legs) and "send" not in answer.body
    for offered, leg in zip(Vendor.lines(offer), legs):
        taken = leg.splitlines()[0].split()[2:]
        assert taken and set(taken) <= set(offered.split())


@pytest.fixture
def gateway(make_gateway):
    return make_gateway(config={**rtp.config(), "siprec": {
        "listen": [{"transport": "udp", "address": "127.0.0.1", "port": 0}]}})


@pytest.fixture
def vendors(gateway):
    [port] = json.loads((gateway.folder / "ports.json").read_text())["siprec_ports"]
    opened = {name: Vendor(port, name) for name in VENDORS}
    yield opened
    for vendor in opened.values():
        vendor.close()


def test_no_vendor_is_left_out():
    assert {path.stem for path in VECTORS.glob("*.sip")} == set(VENDORS)


def test_calls_of_every_vendor_are_recorded(gateway, vendors):
    subscriber = Subscriber(gateway.ws("/v1/events"))
    for name, vendor in vendors.items():
        expect_answer(vendor.body, vendor.begin())
    expect_answer(AVAYA_UPDATE, vendors["avaya-dummy"].change(AVAYA_UPDATE, "sbce-2"))
    rtp.talk([(sender, SAID[role]) for vendor in vendors.values()
              for sender, role in zip(vendor.senders, roles_of(vendor))])
    time.sleep(0.5)  # for the last packets to be read, however busy the machine is
    streams = [of for session in gateway.get("/v1/rtp").json()["sessions"] for of in session["streams"]]
    for vendor in vendors.values():
        vendor.bye()
    calls = {expected.call_id for expected in VENDORS.values()}
    ended = [subscriber.until("call.ended") for _ in calls]
    assert {m["call_id"] for m in ended} == calls and {m["reason"] for m in ended} == {"stopped"}
    assert len(subscriber.of_type("call.started")) == len(calls)
    assert len(streams) == sum(len(vendor.senders) for vendor in vendors.values())
    for of in streams:
        assert of["received"] == 140 and of["lost"] == 0 and of["dropped"] == {}, of
    for name, vendor in vendors.items():
        expect_call(gateway, vendor, VENDORS[name])
    subscriber.ws.close()


def expect_call(gateway, vendor, expected):
    call = gateway.get(f"/v1/calls/{urllib.parse.quote(expected.call_id, safe='')}").json()
    heard = {(of["role"], of["text"]) for of in call["transcript"] if of["text"]}
    wanted = {(role, TEXTS[role]) for role in roles_of(vendor)}
    assert wanted <= heard <= set(TEXTS.items()), (vendor.name, call)
    assert call.get("caller", "") == expected.caller, (vendor.name, call)
    assert call["agent"]["id"] == expected.agent, (vendor.name, call)
    is_suspect = call["attributes"].get("channel_mapping_suspect") == "true"
    assert is_suspect == expected.suspect, (vendor.name, call)
