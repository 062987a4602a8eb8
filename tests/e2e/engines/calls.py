"""Calls through a gateway whose engines are simulators."""
import time

import speech
from senders import Pcm

SECOND = 1000

# What is said, and all that may be in the transcript.
AGENT = [(1, 1800), (0, 4200), (5, 2000), (0, 1500)]
CUSTOMER = [(0, 2400), (2, 1600), (0, 4500), (4, 2000)]
AGENT_WORDS = f"{speech.SENTENCES[1]} {speech.SENTENCES[5]}".split()
CUSTOMER_WORDS = f"{speech.SENTENCES[2]} {speech.SENTENCES[4]}".split()


def engine_config(*remotes, **route):
    """Configuration with these engines, the route's in this order. A remote is a dictionary."""
    return {"engines": {"remote": list(remotes)},
            "tenants": [{"name": "default", "routes": [
                {"name": "default", "engines": [remote["name"] for remote in remotes], **route}]}]}


def run_call(gateway, subscriber, agent=tuple(AGENT), customer=tuple(CUSTOMER), timeout=60, **start):
    """A whole call; the subscriber has read all of it."""
    sender = Pcm(gateway, "call-1", **start)
    sender.say(agent=agent, customer=customer)
    sender.stop()
    subscriber.until("call.ended", timeout=timeout)
    sender.close()
    return finals(subscriber)


def finals(subscriber):
    return [message["segment"] for message in subscriber.of_type("transcript.final")]


def plain(text):
    return "".join(c for c in text.lower() if c.isalnum() or c == " ")


def words(segments, role):
    """Every word of a role, in order: the ledger."""
    return plain(" ".join(s["text"] for s in sorted(segments, key=lambda s: s["id"])
                          if s["role"] == role)).split()


def ids_rise(subscriber):
    """Partials and finals of each channel come with ids that rise, and a final's is used up."""
    last, used = {}, set()
    for message in subscriber.messages:
        if message["type"] not in ("transcript.partial", "transcript.final"):
            continue
        segment = message["segment"]
        key = segment["channel"]
        assert segment["id"] >= last.get(key, 0) and (key, segment["id"]) not in used
        last[key] = segment["id"]
        if message["type"] == "transcript.final":
            used.add((key, segment["id"]))
    return True


def assert_whole(subscriber):
    segments = finals(subscriber)
    assert words(segments, "agent") == AGENT_WORDS
    assert words(segments, "customer") == CUSTOMER_WORDS
    assert ids_rise(subscriber)


def hear_call(gateway, subscriber, agent=tuple(AGENT), customer=tuple(CUSTOMER), timeout=30):
    """Likewise, and the caller does not hang up before everything has been heard."""
    sender = Pcm(gateway, "call-1")
    sender.say(agent=agent, customer=(*customer, (0, 2 * SECOND)))  # so that the last is over
    wanted = sum(len(speech.SENTENCES[sentence].split()) for sentence, _ in (*agent, *customer) if sentence)
    end = time.monotonic() + timeout
    while sum(len(plain(s["text"]).split()) for s in finals(subscriber)) < wanted:
        assert time.monotonic() < end, f"heard {[s['text'] for s in finals(subscriber)]}"
        subscriber.until("transcript.final", timeout=end - time.monotonic())
    sender.stop()
    subscriber.until("call.ended", timeout=timeout)
    sender.close()
    return finals(subscriber)
