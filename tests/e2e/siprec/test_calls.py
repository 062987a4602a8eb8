"""Recording sessions through the whole gateway: signalling, media, transcript, events."""
import base64
import json
import os
import subprocess
import time
import wave

import pytest
import rtp
import speech
import sipp
from client import Client, hang_up_and_listen, leg, listening_client, multipart, sdp, with_metadata
from subscriber import Subscriber

AGENT = [(1, 1500), (0, 3500), (5, 1500), (0, 1500)]
CUSTOMER = [(0, 2000), (2, 1500), (0, 3000), (0, 1500)]
SPOKEN = [("agent", speech.SENTENCES[1]), ("customer", speech.SENTENCES[2]),
          ("agent", speech.SENTENCES[5])]
BOTH = sdp(leg(1), leg(2))


@pytest.fixture
def gateway(make_gateway):
    listen = [{"transport": kind, "address": "127.0.0.1", "port": 0} for kind in ("udp", "tcp")]
    return make_gateway(config={**rtp.config(), "siprec": {"listen": listen}})


@pytest.fixture
def dial(gateway):
    clients = []

    def make(transport="udp", **options):
        udp, tcp = json.loads((gateway.folder / "ports.json").read_text())["siprec_ports"]
        clients.append(Client(udp if transport == "udp" else tcp, transport, **options))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


def finals(subscriber):
    return [(m["segment"]["role"], m["segment"]["text"])
            for m in subscriber.of_type("transcript.final") if m["segment"]["text"]]


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_recorded_call_goes_through_everything(dial, subscribe, transport):
    subscriber, client = subscribe(), dial(transport)
    kind, body = with_metadata(BOTH, "call-7")
    ports = client.invite(body, kind).ports
    customer, agent = [rtp.Sender(port, seed=port) for port in ports]
    rtp.talk([(agent, AGENT), (customer, CUSTOMER)])
    client.bye()
    started, ended = subscriber.until("call.started"), subscriber.until("call.ended")
    assert started["call_id"] == "call-7" and started["dialect"] == "siprec"
    assert started["agent"]["id"] == "2001@desk" and started["agent"]["name"] == "Robin"
    assert finals(subscriber) == SPOKEN
    assert ended["reason"] == "stopped" and abs(ended["duration_ms"] - 8000) < 500


def test_a_leg_may_come_later(dial, subscribe):
    subscriber, client = subscribe(), dial()
    kind, body = with_metadata(sdp(leg(1)), "late")
    [port] = client.invite(body, kind).ports
    customer = rtp.Sender(port, seed=1)
    rtp.talk([(customer, [(2, 1500), (0, 500)])])
    ports = client.invite(BOTH).ports
    assert ports[0] == port
    agent = rtp.Sender(ports[1], seed=2)
    rtp.talk([(customer, [(0, 3000)]), (agent, [(5, 1500), (0, 1500)])])
    client.bye()
    subscriber.until("call.ended")
    assert finals(subscriber) == [("customer", speech.SENTENCES[2]), ("agent", speech.SENTENCES[5])]
    starts = {m["segment"]["role"]: m["segment"]["words"][0]["start_ms"]
              for m in subscriber.of_type("transcript.final") if m["segment"]["text"]}
    assert abs(starts["agent"] - starts["customer"] - 2000) < 300, starts


@pytest.mark.parametrize("hold", [{"direction": "inactive"}, {"port": 0}])
def test_a_held_call_is_resumed_by_an_offer_of_ours(dial, subscribe, hold):
    subscriber, client = subscribe(), dial()
    kind, body = with_metadata(BOTH, "resumed")
    ports = client.invite(body, kind).ports
    client.invite(sdp(leg(1, **hold), leg(2, **hold)))
    subscriber.until("call.updated", paused=True)
    client.request("INVITE")
    offered = client.final()
    assert offered.ports == ports and offered.body.count("a=recvonly") == 2
    client.request("ACK", BOTH, cseq=client.cseq)
    subscriber.until("call.updated", paused=False)
    rtp.talk([(rtp.Sender(ports[0], seed=1), [(2, 1500), (0, 1500)])])
    client.bye()
    subscriber.until("call.ended")
    assert finals(subscriber) == [("customer", speech.SENTENCES[2])]


@pytest.mark.parametrize("hold", [sdp(leg(1, "inactive"), leg(2, "inactive")),
                                  BOTH.replace("c=IN IP4 127.0.0.1", "c=IN IP4 0.0.0.0"),
                                  sdp(leg(1, port=0), leg(2, port=0))])
def test_a_call_goes_on_through_hold(dial, subscribe, hold):
    subscriber, client = subscribe(), dial()
    kind, body = with_metadata(BOTH, "held")
    ports = client.invite(body, kind).ports
    customer, agent = [rtp.Sender(port, seed=port) for port in ports]
    rtp.talk([(customer, [(2, 1500), (0, 500)]), (agent, [(0, 2000)])])
    held = client.invite(hold)
    assert "a=inactive" in held.body or held.ports in ([0, 0], ports)
    time.sleep(2)
    assert client.invite(BOTH).ports == ports
    again = [rtp.Sender(port, seed=port + 7) for port in ports]  # another SSRC after hold
    rtp.talk([(again[0], [(0, 1000), (4, 1500), (0, 1000)]), (again[1], [(0, 3500)])])
    client.bye()
    ended = subscriber.until("call.ended")
    assert finals(subscriber) == [("customer", speech.SENTENCES[2]),
                                  ("customer", speech.SENTENCES[4])]
    assert abs(ended["duration_ms"] - 7500) < 800


def test_a_call_may_begin_on_hold(dial, subscribe):
    subscriber, client = subscribe(), dial()
    kind, body = with_metadata(BOTH.replace("c=IN IP4 127.0.0.1", "c=IN IP4 0.0.0.0"), "begun-held")
    ports = client.invite(body, kind).ports
    assert all(ports)
    subscriber.until("call.updated", paused=True)
    assert client.invite(BOTH).ports == ports
    subscriber.until("call.updated", paused=False)
    customer = rtp.Sender(ports[0], seed=1)
    rtp.talk([(customer, [(2, 1500), (0, 1500)])])
    client.bye()
    subscriber.until("call.ended")
    assert finals(subscriber) == [("customer", speech.SENTENCES[2])]


TRANSFER = """<recording xmlns="urn:ietf:params:xml:ns:recording:1"><datamode>partial</datamode>
<participant participant_id="p3"><nameID aor="sip:2002@desk"><name>Kim</name></nameID></participant>
<participantstreamassoc participant_id="p2"><send>s2</send>
<disassociate-time>2026-03-01T10:05:00Z</disassociate-time></participantstreamassoc>
<participantstreamassoc participant_id="p3"><send>s2</send></participantstreamassoc>
</recording>
"""


@pytest.mark.parametrize("method,parts", [
    ("UPDATE", [("application/rs-metadata+xml", TRANSFER)]),
    ("INVITE", [("application/rs-metadata", TRANSFER)]),
    ("INVITE", [("application/rs-metadata+xml", TRANSFER), ("application/sdp", BOTH)])])
def test_a_transfer_changes_the_agent(dial, subscribe, method, parts):
    subscriber, client, theirs = subscribe(), dial(), subscribe(agents=["2002@desk"])
    kind, body = with_metadata(BOTH, "handed-on")
    ports = client.invite(body, kind).ports
    assert subscriber.until("call.started")["agent"] == {"id": "2001@desk", "name": "Robin"}
    kind, body = multipart(*parts) if len(parts) > 1 else parts[0]
    assert client.ask(method, body, kind).status == 200
    subscriber.until("call.updated", agent={"id": "2002@desk", "name": "Kim"})
    assert theirs.until("snapshot")["call"]["call_id"] == "handed-on"
    rtp.talk([(rtp.Sender(ports[1], seed=1), [(5, 1500), (0, 1500)])])
    client.bye()
    subscriber.until("call.ended")
    assert finals(subscriber) == [("agent", speech.SENTENCES[5])]


TWO_SPEAKERS = TRANSFER.replace("<disassociate-time>2026-03-01T10:05:00Z</disassociate-time>", "")


@pytest.mark.parametrize("method,kind,body", [
    ("UPDATE", "application/rs-metadata+xml", TWO_SPEAKERS),
    ("INVITE", "application/sdp", sdp(leg(1), leg(1)))])
def test_a_mapping_may_become_suspect(dial, subscribe, method, kind, body):
    subscriber, client = subscribe(), dial()
    first_kind, first = with_metadata(BOTH, "doubtful")
    client.invite(first, first_kind)
    attributes = subscriber.until("call.started")["attributes"]
    assert "channel_mapping_suspect" not in attributes
    assert client.ask(method, body, kind).status == 200
    doubtful = {**attributes, "channel_mapping_suspect": "true"}
    updated = subscriber.until("call.updated", attributes=doubtful)
    assert [channel["role"] for channel in updated["channels"]] == ["agent", "customer"]
    client.bye()
    subscriber.until("call.ended")


def test_a_goodbye_and_another_session_are_one_call(dial, subscribe):
    subscriber, first = subscribe(), dial()
    kind, body = with_metadata(BOTH, "goes-on", session="one")
    ports = first.invite(body, kind).ports
    rtp.talk([(rtp.Sender(ports[0], seed=1), [(2, 1500), (0, 500)])])
    first.bye()
    time.sleep(0.3)
    second = dial()
    kind, body = with_metadata(BOTH, "goes-on", session="two")
    ports = second.invite(body.replace("2001@desk", "2002@desk"), kind).ports
    subscriber.until("call.updated", agent={"id": "2002@desk", "name": "Robin"})
    rtp.talk([(rtp.Sender(ports[1], seed=2), [(5, 1500), (0, 1500)])])
    second.bye()
    ended = subscriber.until("call.ended")
    assert ended["reason"] == "stopped" and 5000 <= ended["duration_ms"] < 6500
    assert len(subscriber.of_type("call.started")) == 1
    assert finals(subscriber) == [("customer", speech.SENTENCES[2]), ("agent", speech.SENTENCES[5])]


def test_a_session_begun_anew_goes_on_with_the_call(dial, subscribe):
    subscriber, first = subscribe(), dial()
    kind, body = with_metadata(BOTH, "taken-over")
    ports = first.invite(body, kind).ports
    customer = rtp.Sender(ports[0], seed=1)
    rtp.talk([(customer, [(2, 1500), (0, 1500)])])
    second = dial("tcp")
    again = second.invite(body, kind).ports
    assert all(again) and again != ports
    bye = first.receive()
    assert bye.method == "BYE" and "another dialog" in bye.header("Reason")
    rtp.talk([(rtp.Sender(again[1], seed=2), [(5, 1500), (0, 1500)])])
    second.bye()
    ended = subscriber.until("call.ended")
    assert ended["call_id"] == "taken-over"
    assert len(subscriber.of_type("call.started")) == 1
    assert finals(subscriber) == [("customer", speech.SENTENCES[2]), ("agent", speech.SENTENCES[5])]
    starts = {m["segment"]["role"]: m["segment"]["words"][0]["start_ms"]
              for m in subscriber.of_type("transcript.final") if m["segment"]["text"]}
    assert 3000 <= starts["agent"] - starts["customer"] < 4000, starts


@pytest.mark.parametrize("is_early", [False, True])
def test_nothing_is_lost_while_a_session_takes_over(dial, subscribe, is_early):
    """What still comes to the ports of the one before counts until the other one is acknowledged, or heard."""
    subscriber, first, second = subscribe(), dial(), dial("tcp")
    kind, body = with_metadata(BOTH, "no-gap")
    customer = rtp.Sender(first.invite(body, kind).ports[0], seed=1)
    rtp.talk([(customer, [(2, 1500), (0, 1000)])])
    second.request("INVITE", body, kind, "Require: siprec\n")
    answer = second.final()
    rtp.talk([(customer, [(4, 1500), (0, 1000)])])
    if is_early:
        rtp.talk([(rtp.Sender(answer.ports[1], seed=2), [(5, 1500), (0, 500)])])
    second.send_ack(answer)
    bye = first.receive()
    assert bye.method == "BYE" and "another dialog" in bye.header("Reason")
    if not is_early:
        rtp.talk([(rtp.Sender(answer.ports[1], seed=2), [(5, 1500), (0, 500)])])
    second.bye()
    subscriber.until("call.ended")
    assert finals(subscriber) == [("customer", speech.SENTENCES[2]), ("customer", speech.SENTENCES[4]),
                                  ("agent", speech.SENTENCES[5])]
    assert len(subscriber.of_type("call.started")) == 1


def test_who_is_refused_takes_nobodys_place(dial, subscribe):
    subscriber, first, second = subscribe(), dial(), dial("tcp")
    kind, body = with_metadata(BOTH, "kept")
    customer = rtp.Sender(first.invite(body, kind).ports[0], seed=1)
    rtp.talk([(customer, [(2, 1500), (0, 1000)])])
    second.invite(body.replace("127.0.0.1", "::1").replace("IP4", "IP6"), kind, status=488)
    rtp.talk([(customer, [(4, 1500), (0, 1000)])])
    first.bye()
    subscriber.until("call.ended")
    assert finals(subscriber) == [("customer", speech.SENTENCES[2]), ("customer", speech.SENTENCES[4])]


def test_nobody_takes_every_connection(make_gateway):
    gateway = make_gateway(config={**rtp.config(), "siprec": {
        "listen": [{"transport": "tcp", "address": "127.0.0.1", "port": 0}], "connections": 4}})
    [port] = json.loads((gateway.folder / "ports.json").read_text())["siprec_ports"]
    clients = [Client(port, "tcp") for _ in range(2)]
    assert [client.ask("OPTIONS").status for client in clients] == [200, 200]
    with pytest.raises(ConnectionError):
        Client(port, "tcp").ask("OPTIONS")
    for client in clients:
        client.close()


def test_answers_come_from_the_socket_that_was_asked(make_gateway):
    listen = [{"transport": "udp", "address": "127.0.0.1", "port": 0} for _ in range(2)]
    gateway = make_gateway(config={**rtp.config(), "siprec": {"listen": listen}})
    for port in json.loads((gateway.folder / "ports.json").read_text())["siprec_ports"]:
        client = Client(port)
        client.invite(BOTH)
        client.bye()
        client.close()
        assert f"SIPREC: udp, 127.0.0.1 port {port}" in gateway.log()


def test_two_dialogs_of_a_telephone_are_one_call(dial, subscribe):
    subscriber = subscribe()
    near = dial(sender=";x-nearend;x-refci=77001;x-nearendaddr=2001")
    far = dial(sender=";x-farend;x-refci=77001;x-nearendaddr=2001")
    agent = rtp.Sender(near.invite(sdp(leg(1))).ports[0], seed=1)
    customer = rtp.Sender(far.invite(sdp(leg(1))).ports[0], seed=2)
    rtp.talk([(agent, AGENT), (customer, CUSTOMER)])
    near.bye()
    far.bye()
    ended = subscriber.until("call.ended")
    assert ended["call_id"] == "77001"
    assert finals(subscriber) == SPOKEN
    assert len(subscriber.of_type("call.started")) == 1


def test_media_that_is_lost_ends_the_session(make_gateway):
    gateway = make_gateway(config={**rtp.config(timeout_s=1), "siprec": {
        "listen": [{"transport": "udp", "address": "127.0.0.1", "port": 0}]}})
    [port] = json.loads((gateway.folder / "ports.json").read_text())["siprec_ports"]
    client, subscriber = Client(port), Subscriber(gateway.ws("/v1/events"))
    [customer, _] = [rtp.Sender(port, seed=port) for port in client.invite(BOTH).ports]
    rtp.talk([(customer, [(2, 1000), (0, 500)])])
    bye = client.receive()
    assert bye.method == "BYE" and "no media" in bye.header("Reason")
    assert subscriber.until("call.ended")["reason"] == "lost"
    assert finals(subscriber) == [("customer", speech.SENTENCES[2])]
    subscriber.ws.close()
    client.close()


def test_a_stopping_gateway_says_goodbye(dial, gateway):
    client = dial()
    client.invite(BOTH)
    assert gateway.stop() == 0
    while (message := client.receive()).method != "BYE":
        pass
    assert message.header("CSeq").endswith("BYE")


def test_a_stopping_gateway_makes_connections_for_its_goodbyes(gateway):
    _, tcp = json.loads((gateway.folder / "ports.json").read_text())["siprec_ports"]
    client, stays = listening_client(tcp, "tcp"), Client(tcp, "tcp")
    for one in (client, stays):
        one.invite(BOTH)
    client.socket.close()
    time.sleep(0.3)
    gateway.process.terminate()
    hang_up_and_listen(client)
    for one in (client, stays):
        bye = one.receive()
        assert bye.method == "BYE" and "recording ended" in bye.header("Reason")
        one.accept(bye)
        one.close()
    client.listening.close()
    assert gateway.process.wait(20) == 0


@pytest.mark.parametrize("transport,kind", [("u1", "udp"), ("t1", "tcp"), ("tn", "tcp")])
def test_sipps_own_media_is_transcribed_before_and_after_a_hold(gateway, subscribe, tmp_path, transport, kind):
    subscriber = subscribe()
    ports = dict(zip(("udp", "tcp"), json.loads((gateway.folder / "ports.json").read_text())["siprec_ports"]))
    sound = speech.mulaw(speech.samples([(0, 300), (2, 1200), (0, 700), (4, 1200), (0, 800)]))
    sipp.run("hold", ports[kind], tmp_path, transport, sound=sound, talk_ms=1800)
    for is_paused in (True, False):
        subscriber.until("call.updated", paused=is_paused)
    ended = subscriber.until("call.ended")
    assert ended["call_id"] == "group-1" and ended["reason"] == "stopped"
    assert finals(subscriber) == [("customer", speech.SENTENCES[2]),
                                  ("customer", speech.SENTENCES[4])]
    first, second = [m["segment"]["words"][0]["start_ms"] for m in subscriber.of_type("transcript.final")
                     if m["segment"]["text"]]
    assert 2150 < second - first < 3200  # 1,900 of sound, and the hold


@pytest.mark.parametrize("is_dev,address", [(False, "127.0.0.1"), (True, "0.0.0.0")])
def test_nobody_is_let_in_without_being_known(make_gateway, is_dev, address):
    with pytest.raises(AssertionError) as failed:
        make_gateway(is_dev=is_dev, config={**rtp.config(), "siprec": {
            "advertised": "127.0.0.1",
            "listen": [{"transport": "udp", "address": address, "port": 0}]}})
    assert "siprec.listen[0] would take calls from anybody" in str(failed.value)


def test_ffmpeg_sends_srtp_with_keys_of_the_offer(dial, gateway, subscribe, tmp_path):
    subscriber, client = subscribe(), dial("tcp")
    key = base64.b64encode(os.urandom(30)).decode()
    suite = "AES_CM_128_HMAC_SHA1_80"
    secure = leg(1).replace("RTP/AVP", "RTP/SAVP") + f"a=crypto:4 {suite} inline:{key}\n"
    kind, body = with_metadata(sdp(secure), "secret")
    answer = client.invite(body, kind)
    assert f"a=crypto:4 {suite} inline:" in answer.body and key not in answer.body
    with wave.open(str(tmp_path / "call.wav"), "wb") as wav:
        wav.setparams((1, 2, 8000, 0, "NONE", ""))
        wav.writeframes(speech.l16(speech.samples([(2, 1500), (0, 1500)])))
    subprocess.run(["ffmpeg", "-loglevel", "error", "-re", "-i", tmp_path / "call.wav", "-af",
                    "asetnsamples=160", "-c:a", "pcm_mulaw", "-f", "rtp", "-srtp_out_suite", suite,
                    "-srtp_out_params", key, f"srtp://127.0.0.1:{answer.ports[0]}?pkt_size=184"],
                   check=True, timeout=60)
    client.bye()
    subscriber.until("call.ended")
    assert finals(subscriber) == [("customer", speech.SENTENCES[2])]
    assert key not in gateway.log()
