"""A call that went over to another engine goes back, in a pause, and loses or repeats no word."""
import threading
import time

import pytest

import assemblyai
import aws
import deepgram
import speech
from calls import engine_config, finals, ids_rise, words
from contract import check
from senders import Pcm
from subscriber import Subscriber

SERVICES = {
    "deepgram": (deepgram.Deepgram, {"key": deepgram.KEY}),
    "assemblyai": (assemblyai.AssemblyAI, {"key": assemblyai.KEY}),
    "aws": (aws.Simulator, {"key": f"{aws.KEY_ID}:{aws.SECRET}", "region": aws.REGION}),
}


@pytest.fixture(params=SERVICES)
def service(request):
    """(its simulator, its settings)"""
    make, settings = SERVICES[request.param]
    simulator = make()
    url = simulator.url() if callable(simulator.url) else simulator.url
    yield simulator, {"name": "first", "type": request.param, "url": url, **settings}
    simulator.close()


class Silence:
    """A caller who says nothing for as long as the block lasts."""

    def __init__(self, sender):
        self.sender, self.is_over = sender, threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.is_over.wait(0.1):
            self.sender.say(agent=[(0, 100)], customer=[(0, 100)])

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_):
        self.is_over.set()
        self.thread.join()


def say(sender, agent, customer):
    sender.say(agent=[(agent, 2000), (0, 3000)], customer=[(0, 2200), (customer, 2000), (0, 800)])


def wait_for(subscriber, engine):
    """Until that engine has gone on with both channels."""
    while {m["channel"] for m in subscriber.of_type("stt.recovered") if m["engine"] == engine} != {0, 1}:
        subscriber.until("stt.recovered")


def begin(service, make_gateway, recogniser, **calls):
    """A call that is heard by the second engine."""
    simulator, settings = service
    simulator.set_fault("cut_mid_word", 2 if settings["type"] == "assemblyai" else 1)
    gateway = make_gateway(config={
        **engine_config(settings, {"name": "second", "type": "vosk", "url": recogniser.url}),
        "calls": {"grace_s": 1, "drain_s": 5, **calls}})
    subscriber = Subscriber(gateway.ws("/v1/events"))
    sender = Pcm(gateway, "call-1")
    say(sender, 1, 2)
    with Silence(sender):
        subscriber.until("stt.recovered", engine="second")
        while len([s for s in finals(subscriber) if s["text"]]) < 2:
            subscriber.until("transcript.final")
    return subscriber, sender


def end(subscriber, sender):
    say(sender, 5, 4)
    with Silence(sender):
        time.sleep(1)
    sender.stop()
    subscriber.until("call.ended")
    sender.close()
    segments = finals(subscriber)
    assert words(segments, "agent") == f"{speech.SENTENCES[1]} {speech.SENTENCES[5]}".split()
    assert words(segments, "customer") == f"{speech.SENTENCES[2]} {speech.SENTENCES[4]}".split()
    assert ids_rise(subscriber)
    for message in subscriber.messages:
        check(message)


def test_it_goes_back(service, make_gateway, recogniser):
    subscriber, sender = begin(service, make_gateway, recogniser, engine_return_s=1)
    degraded = len(subscriber.of_type("stt.degraded"))
    with Silence(sender):
        wait_for(subscriber, "first")
    end(subscriber, sender)
    assert len(subscriber.of_type("stt.degraded")) == degraded


def test_it_does_not_where_it_should_not(service, make_gateway, recogniser):
    subscriber, sender = begin(service, make_gateway, recogniser, engine_return_s=0)
    with Silence(sender):
        time.sleep(3)
    end(subscriber, sender)
    assert {m["engine"] for m in subscriber.of_type("stt.recovered")} == {"second"}
