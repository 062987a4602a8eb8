"""What is found in the text beyond categories: questions, profanity."""
from proto.contract import check
from senders import Pcm


def ask(gateway, subscriber):
    """A call in which the agent asks and waits for half a minute."""
    sender = Pcm(gateway, "call-1")
    sender.say(agent=[(31, 1500), (0, 33000)], customer=[(0, 34500)])
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
    sender.say(agent=[(0, 3000)], customer=[(32, 1500), (0, 1500)])
    answered = subscriber.until("question.answered")
    check(answered)
    assert answered["question_id"] == question["question_id"]
    assert answered["answer_start_ms"] >= 34000
    sender.stop()
    subscriber.until("call.ended")


def test_answered_questions_are_not_told_and_open_ones_are_at_the_end(gateway, subscribe):
    subscriber = subscribe()
    sender = Pcm(gateway, "call-1")
    sender.say(agent=[(31, 1500), (0, 2500), (37, 1500), (0, 500)],
               customer=[(0, 2000), (32, 1500), (0, 2500)])
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
    sender.say(agent=[(0, 5000)], customer=[(33, 1500), (0, 500), (33, 1500), (0, 1500)])
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
