"""Connections that fall silent: closed after a while, while their calls go on."""
import socket
import time

import pytest
from client import Client, leg, sdp

BOTH = sdp(leg(1), leg(2))
IDLE_S = 2


@pytest.fixture
def recorder(make_recorder):
    return make_recorder("--idle", IDLE_S)


def read_until_closed(client, seconds=20):
    client.socket.settimeout(seconds)
    try:
        while client.socket.recv(65536):
            pass
    except ConnectionError:
        pass


def test_a_silent_connection_is_closed_and_its_call_goes_on_over_another(recorder):
    client = Client(recorder.ports["tcp"], "tcp")
    client.invite(BOTH)
    began = time.monotonic()
    read_until_closed(client)
    assert time.monotonic() - began > IDLE_S / 2
    assert not [told for told in recorder.rest() if told["event"] == "end"]
    client.close()
    client.socket = socket.create_connection(("127.0.0.1", recorder.ports["tcp"]), 10)
    client.bye()
    assert recorder.wait("end")["why"] == "bye"
    client.close()


def test_whoever_says_that_it_is_there_stays(recorder):
    client = Client(recorder.ports["tcp"], "tcp")
    client.invite(BOTH)
    end = time.monotonic() + 2 * IDLE_S + 1
    while time.monotonic() < end:
        client.socket.sendall(b"\r\n\r\n")
        assert client.socket.recv(10) == b"\r\n"
        time.sleep(IDLE_S / 10)
    client.bye()
    assert recorder.wait("end")["why"] == "bye"
    client.close()
