"""What is found in the text beyond categories: questions, profanity."""
from proto.contract import check
from senders import Pcm


def ask(gateway, subscriber):
    """A call in which the agent asks and waits for half a minute."""
    sender = Pcm(gateway, "call-1")
    sender.say(agent=[(41, 1500), (0, 1500)], customer=[(0, 3000)])
    subscriber.until("transcript.final")
    sender.say(agent=[(0, 31500)], customer=[(0, 31500)])
    return sender, subscriber.until("question.unanswered")


def test_a_question_that_nobody_answers_is_told_with_its_place(gateway, subscribe):
    subscriber = subscribe()
    sender, question = ask(gateway, subscriber)
    check(question)
    assert question["text"] == "what is your account number" and question["reason"] == "time"
    assert question["role"] == "agent" and question["question_id"] == 1
    segment = subscriber.of_type("transcript.final")[0]["segment"]
    assert segment["id"] == question["segment_id"]
    place = slice(question["begin_char"], question["end_char"])
    assert segment["text"][place] == question["text"]
    assert segment["words"][1]["start_ms"] == question["start_ms"]
    assert question["media_ms"] == question["end_ms"] + 30000
    sender.stop()
    subscriber.until("call.ended")


def test_a_late_answer_takes_it_back(gateway, subscribe):
    subscriber = subscribe()
    sender, question = ask(gateway, subscriber)
    sender.say(agent=[(0, 3000)], customer=[(42, 1500), (0, 1500)])
    answered = subscriber.until("question.answered")
    check(answered)
    assert answered["question_id"] == question["question_id"]
    assert answered["answer_start_ms"] >= 34000
    sender.stop()
    subscriber.until("call.ended")


def test_answered_questions_are_not_told_and_open_ones_are_at_the_end(gateway, subscribe):
    subscriber = subscribe()
    sender = Pcm(gateway, "call-1")
    sender.say(agent=[(41, 1500), (0, 2500), (47, 1500), (0, 500)],
               customer=[(0, 2000), (42, 1500), (0, 2500)])
    sender.stop()
    subscriber.until("call.ended")
    told = subscriber.of_type("question.unanswered")
    assert [(m["text"], m["reason"]) for m in told] == [
        ("is there anything else i can do for you", "end")]


def test_profanity_is_counted_and_placed(make_gateway):
    from subscriber import Subscriber
    gateway = make_gateway(config={"profanity": {"words": ["thing*"]}})
    subscriber = Subscriber(gateway.ws("/v1/events"))
    sender = Pcm(gateway, "call-1")
    sender.say(agent=[(0, 5000)], customer=[(43, 1500), (0, 500), (43, 1500), (0, 1500)])
    sender.stop()
    subscriber.until("call.ended")
    found = subscriber.of_type("profanity.detected")
    assert [(m["role"], m["count"], m["total"]) for m in found] == [("customer", 3, 3),
                                                                    ("customer", 3, 6)]
    texts = {m["segment"]["id"]: m["segment"]["text"]
             for m in subscriber.of_type("transcript.final")}
    for message in found:
        check(message)
        text = texts[message["segment_id"]]
        assert [text[p["begin_char"]:p["end_char"]] for p in message["places"]] == [
            "damn", "thing", "crap"]
    subscriber.ws.close()


def test_a_bad_word_list_stops_the_start(make_gateway, tmp_path):
    words = tmp_path / "words.txt"
    words.write_text("# ours\ndang\ntwo words\n")
    try:
        make_gateway(config={"profanity": {"files": [str(words)]}})
    except AssertionError as error:
        assert f"{words}:3: the word is more than one word" in str(error)
    else:
        raise AssertionError("it started")


FORMAT = {"disfluencies": "remove", "profanity": "mask", "numbers": "digits", "case": "sentence"}


def test_a_route_chooses_how_its_transcripts_are_shown(make_gateway, recogniser):
    from subscriber import Subscriber
    gateway = make_gateway(config={
        "tenants": [{"name": "default", "routes": [
            {"name": "default", "engines": ["vosk"]},
            {"name": "neat", "engines": ["vosk"], "transcript": FORMAT}]}],
        "categories": [{"name": "twice", "phrases": ["want to to pay twenty five dollars"]}]})
    subscriber = Subscriber(gateway.ws("/v1/events"))
    for call_id, path in (("plain", "/v1/ingest/pcm"), ("neat", "/v1/ingest/pcm/default/neat")):
        sender = Pcm(gateway, call_id, path=path)
        sender.say(agent=[(0, 5500)], customer=[(44, 2000), (0, 500), (43, 1500), (0, 1500)])
        sender.stop()
        subscriber.until("call.ended", call_id=call_id)

    def of(call_id, type):
        return [m for m in subscriber.of_type(type) if m["call_id"] == call_id]

    plain = [m["segment"] for m in of("plain", "transcript.final")]
    neat = [m["segment"] for m in of("neat", "transcript.final")]
    assert [s["text"] for s in plain] == ["um i i want to to pay twenty five dollars",
                                          "this damn thing is crap"]
    assert [s["text"] for s in neat] == ["I want to pay $25", "This d*** thing is c***"]
    words = {w["text"]: w for w in neat[0]["words"]}
    assert list(words) == ["I", "want", "to", "pay", "$25"]
    assert words["I"]["start_ms"] == plain[0]["words"][2]["start_ms"]
    assert words["$25"]["start_ms"] == plain[0]["words"][7]["start_ms"]
    assert words["$25"]["end_ms"] == plain[0]["words"][9]["end_ms"]
    shown = [m["segment"]["text"] for m in of("neat", "transcript.partial")]
    assert shown and not any("um" in text or "damn" in text for text in shown)
    # What is found does not depend on how it is shown; where it is, does.
    assert len(of("plain", "category.matched")) == len(of("neat", "category.matched")) == 1
    places = [[(p["begin_char"], p["end_char"]) for p in of(c, "profanity.detected")[0]["places"]]
              for c in ("plain", "neat")]
    assert places == [[(5, 9), (19, 23)], [(5, 9), (19, 23)]]
    for message in subscriber.messages:
        check(message)
    state = gateway.get("/v1/calls/neat").json()
    assert [s["text"] for s in state["transcript"]] == [s["text"] for s in neat]
    subscriber.ws.close()


RULES = """
categories:
  - {name: complaint, topic: true, phrases: [terrible, angry]}
  - {name: billing, topic: true, phrases: [bill]}
scripts:
  - name: opening
    when: {queue: bill*}
    steps:
      - {name: recording, say: this call is being recorded for quality purposes, within_s: 60}
      - {name: name, say: [who am i speaking with, may i have your name please]}
      - {name: offer, say: is there anything else i can do, optional: true}
      - {name: goodbye, say: have a wonderful day}
"""


def test_scripts_and_topics_from_speech_to_events(make_gateway, tmp_path):
    from subscriber import Subscriber
    rules = tmp_path / "rules.yaml"
    rules.write_text(RULES)
    gateway = make_gateway(config={"categories": [], "rules": {"files": [str(rules)]}})
    subscriber = Subscriber(gateway.ws("/v1/events"))
    sender = Pcm(gateway, "call-1", queue="billing")
    # One after the other, as people talk: what is said counts for the topic that came up last.
    sender.say(agent=[(46, 1500), (0, 500), (45, 2000), (0, 500)], customer=[(0, 4500)])
    for _ in range(2):
        subscriber.until("transcript.final")
    sender.say(agent=[(0, 3500)], customer=[(2, 1500), (0, 500), (3, 1500)])
    done = None
    while done is None or done["progress"]["said"] < 2:
        done = subscriber.until("script.updated")
    state = gateway.get("/v1/calls/call-1").json()
    assert state["scripts"] == [done["progress"]]
    sender.stop()
    subscriber.until("call.ended")
    for message in subscriber.messages:
        check(message)
    progress = [m["progress"] for m in subscriber.of_type("script.updated")]
    assert [(p["percent"], p["final"]) for p in progress] == [(33, False), (66, False), (66, True)]
    steps = {s["step"]: s for s in progress[-1]["steps"]}
    assert steps["recording"]["state"] == "said" and steps["recording"]["out_of_order"]
    assert steps["name"]["state"] == "said" and not steps["name"]["out_of_order"]
    assert steps["offer"]["optional"] and steps["goodbye"]["state"] == "open"
    assert 2000 <= steps["recording"]["start_ms"] < steps["recording"]["end_ms"] <= 4100
    topics = [m["topic"] for m in subscriber.of_type("topic.detected")]
    assert [(t["topic"], t["final"]) for t in topics] == [
        ("billing", False), ("complaint", False), ("billing", True), ("complaint", True)]
    assert topics[2]["talk_ms"] == topics[3]["talk_ms"] > 0
    state = gateway.get("/v1/calls/call-1").json()
    assert state["scripts"] == [progress[-1]] and state["topics"] == topics[2:]
    check({"type": "snapshot", "call": state}, "snapshot")
    subscriber.ws.close()


def test_topics_by_example_say_that_they_need_the_model(make_gateway, tmp_path):
    """And everything else works."""
    from subscriber import Subscriber
    rules = tmp_path / "rules.yaml"
    rules.write_text("""
categories:
  - {name: billing, topic: true, phrases: [bill]}
  - name: delivery
    topic: true
    examples: [my parcel has not arrived, when will it be shipped, the driver left it next door, a box is missing]
""")
    gateway = make_gateway(config={"categories": [], "rules": {"files": [str(rules)]}},
                           environment={"SIDETONE_MODELS": str(tmp_path)})
    assert f"{rules}:6: category 'delivery', rule 1: matches nothing without the embedding model" in gateway.log()
    subscriber = Subscriber(gateway.ws("/v1/events"))
    sender = Pcm(gateway, "call-1")
    sender.say(agent=[(0, 3000)], customer=[(2, 1500), (0, 1500)])
    sender.stop()
    subscriber.until("call.ended")
    topics = [m["topic"] for m in subscriber.of_type("topic.detected")]
    assert [(t["topic"], t["final"]) for t in topics] == [("billing", False), ("billing", True)]
    assert "score" not in topics[0] and "example" not in topics[0]
    subscriber.ws.close()


def test_bad_examples_stop_the_start_with_their_line(make_gateway, tmp_path):
    rules = tmp_path / "rules.yaml"
    rules.write_text("categories:\n  - name: delivery\n    examples: [my parcel is late]\n")
    try:
        make_gateway(config={"rules": {"files": [str(rules)]}})
    except AssertionError as error:
        assert f"{rules}:3: category 'delivery': 'examples' are of a topic" in str(error)
    else:
        raise AssertionError("it started")


def test_a_bad_script_stops_the_start_with_its_line(make_gateway, tmp_path):
    rules = tmp_path / "rules.yaml"
    rules.write_text("scripts:\n  - name: opening\n    steps:\n      - {sey: hello}\n")
    try:
        make_gateway(config={"rules": {"files": [str(rules)]}})
    except AssertionError as error:
        assert f"{rules}:4: script 'opening', step 1: unknown key 'sey' in a step" in str(error)
    else:
        raise AssertionError("it started")
