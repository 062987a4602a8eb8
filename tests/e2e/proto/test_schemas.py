"""The contracts of proto/ agree with themselves: schemas, examples, documents and prose."""

import copy
import json
import re

import pytest
from contract import EXAMPLES, PROTO, SCHEMAS, check, errors, load, names
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

DOCUMENTS = {name: YAML(typ="safe").load(PROTO / name) for name in ("asyncapi.yaml", "openapi.yaml")}
SENT_BY_CLIENTS = {"subscribe", "ping"}
OURS = [name for name in names() if not name.startswith("ingest-")]
# What a gateway sends has no field that the contract does not name.
CLOSED = [name for name in OURS if name not in SENT_BY_CLIENTS]


def example(name):
    return load(EXAMPLES / f"{name}.json")


def references(node):
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def resolve(document, base, ref):
    """The node that `ref` names; KeyError or FileNotFoundError when there is none."""
    path, _, fragment = ref.partition("#")
    node = load(base / path) if path else document
    for key in filter(None, fragment.split("/")):
        node = node[key.replace("~1", "/").replace("~0", "~")]
    return node


@pytest.mark.parametrize("path", sorted(SCHEMAS.glob("*.json")), ids=lambda path: path.stem)
def test_a_schema_is_one_and_its_references_lead_somewhere(path):
    schema = load(path)
    assert schema["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    assert schema["title"]
    Draft202012Validator.check_schema(schema)
    for ref in references(schema):
        assert resolve(schema, SCHEMAS, ref) is not None


def test_every_schema_has_an_example_and_every_example_a_schema():
    assert names() == sorted(path.stem for path in EXAMPLES.glob("*.json"))


@pytest.mark.parametrize("name", names())
def test_the_example_keeps_to_its_schema(name):
    check(example(name), name)
    if not name.startswith(("rest.", "ingest-")):
        assert example(name)["type"] == name


def places(node, path=()):
    """Paths to every value below a message."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield (*path, key)
        yield from places(value, (*path, key))


def parent_of(message, path):
    for key in path[:-1]:
        message = message[key]
    return message


def changed(name, path, change):
    message = copy.deepcopy(example(name))
    change(parent_of(message, path), path[-1])
    return message


def is_rule_text(path):
    """What documents of rules say is explained in deploy/rules.md, not in schemas."""
    return "document" in path[:-1]


def is_free_text_key(path):
    return "attributes" in path[:-1] or "document" in path[:-1]


@pytest.mark.parametrize("name", OURS)
def test_a_value_of_a_wrong_type_is_found(name):
    def spoil(parent, key):
        parent[key] = {"": [[]]}

    for path in places(example(name)):
        assert is_rule_text(path) or errors(name, changed(name, path, spoil)), path


@pytest.mark.parametrize("name", CLOSED)
def test_a_field_too_many_is_found(name):
    def add(parent, key):
        if isinstance(parent, dict):
            parent["no_such_field"] = {}

    for path in places(example(name)):
        if isinstance(parent_of(example(name), path), dict) and not is_rule_text(path):
            assert errors(name, changed(name, path, add)), path


OPTIONAL = {
    "call.updated": {"queue", "paused", "lag_ms", "quality"},
    "call.dtmf": {"duration_ms", "digit"},
    "rest.rtp.open": {"call_id", "agent_id", "queue", "timeout_s", "source", "role", "address", "port",
                      "codecs", "name", "clock_hz", "ssrc", "srtp"},
    "rest.rtp.session": {"from", "from_port", "late"},
    "rest.rtp.sessions": {"from", "from_port", "late"},
    "rest.alert.note": {"note"},
    "rest.categories": {"severity"},
    "rest.category": {"severity", "phrase"},
    "rest.script": {"role", "say"},
    "rest.alert.snooze": {"note"},
    "rest.alert.assign": {"note"},
    "pong": {"id"},
    "rest.call": {"characteristics", "to_ms"},
    "rest.calls": {"characteristics"},
    "snapshot": {"transcript", "partials", "participants", "to_ms", "pauses", "sentiments",
                 "characteristics"},
}


@pytest.mark.parametrize("name", CLOSED)
def test_a_field_too_few_is_found(name):
    def remove(parent, key):
        del parent[key]

    for path in places(example(name)):
        in_object = isinstance(parent_of(example(name), path), dict)
        is_optional = path[-1] in OPTIONAL.get(name, set()) or path[-2:-1] == ("sentiment",)
        if in_object and not is_optional and not is_free_text_key(path):
            assert errors(name, changed(name, path, remove)), path


@pytest.mark.parametrize(
    "name, path, value",
    [
        ("call.started", ["v"], 2),
        ("call.started", ["seq"], 0),
        ("call.started", ["call_id"], ""),
        ("call.started", ["call_id"], "x" * 129),
        ("call.started", ["type"], "call.ended"),
        ("call.started", ["channels"], [{"channel": 0, "role": "agent"}]),
        ("call.started", ["channels", 0, "role"], "boss"),
        ("call.started", ["attributes"], {"n": 7}),
        ("call.dtmf", ["digit"], "12"),
        ("call.dtmf", ["duration_ms"], -1),
        ("call.ended", ["reason"], "bored"),
        ("call.ended", ["duration_ms"], -1),
        ("call.ended", ["duration_ms"], 12.5),
        ("transcript.partial", ["seq"], 3),
        ("transcript.partial", ["segment", "words"], []),
        ("transcript.final", ["segment", "confidence"], 1.2),
        ("transcript.final", ["segment", "word_times"], "guessed"),
        ("transcript.final", ["segment", "channel"], 2),
        ("transcript.final", ["segment", "words", 0, "text"], ""),
        ("category.matched", ["severity"], "urgent"),
        ("category.matched", ["match_id"], 0),
        ("category.matched", ["rule_version"], "1"),
        ("category.matched", ["evidence"], []),
        ("category.matched", ["evidence", 0, "rule"], 0),
        ("category.provisional", ["evidence", 0, "role"], "boss"),
        ("category.withdrawn", ["reason"], "bored"),
        ("alert.raised", ["alert", "severity"], "none"),
        ("alert.raised", ["alert", "count"], 0),
        ("alert.raised", ["alert", "id"], 0),
        ("alert.raised", ["alert", "state"], "open"),
        ("alert.cleared", ["reason"], "boredom"),
        ("alert.acknowledged", ["note"], "x" * 201),
        ("alert.assigned", ["by"], ""),
        ("rest.alert", ["history", 0, "change"], "repeated"),
        ("rest.alert.snooze", ["for_s"], 0),
        ("rest.alert.snooze", ["until_unix_ms"], 1),
        ("sentiment.updated", ["rolling"], -1.5),
        ("sentiment.updated", ["label"], "angry"),
        ("sentiment.shifted", ["shift"], "none"),
        ("silence.detected", ["reason"], "lunch"),
        ("silence.detected", ["duration_ms"], -1),
        ("characteristics.updated", ["final"], False),
        ("characteristics.updated", ["characteristics", "talk_ratio"], -1),
        ("characteristics.updated", ["characteristics", "channels", 0, "talk_share"], 1.01),
        ("characteristics.updated", ["characteristics", "channels", 0, "loudness", "mean"], 101),
        ("characteristics.updated", ["characteristics", "sentiment", 0, "overall"], 5.1),
        ("characteristics.updated", ["loudness", 0, "seconds", 1], -1),
        ("question.unanswered", ["reason"], "bored"),
        ("question.answered", ["question_id"], 0),
        ("profanity.detected", ["count"], 0),
        ("language.suspect", ["log_prob"], 0.5),
        ("script.updated", ["progress", "percent"], 101),
        ("script.updated", ["progress", "steps", 0, "state"], "forgotten"),
        ("topic.detected", ["topic", "share"], 1.5),
        ("sentiment.updated", ["trend"], "rising"),
        ("snapshot", ["call", "state"], "ended"),
        ("snapshot", ["call", "ended"], {"reason": "stopped", "duration_ms": 1}),
        ("snapshot", ["call", "sentiment", "2"], {"rolling": 0, "trend": "up", "label": "neutral"}),
        ("rest.calls", ["calls", 0, "transcript"], []),
        ("goodbye", ["reason"], "tired"),
        ("goodbye", ["resume"], False),
        ("error", ["code"], "other"),
        ("subscribe", ["type"], "unsubscribe"),
        ("subscribe", ["calls"], "call-1"),
        ("subscribe", ["calls"], [""]),
        ("subscribe", ["events"], ["call.began"]),
        ("subscribe", ["min_severity"], "none"),
        ("subscribe", ["partials"], "no"),
        ("subscribe", ["resume"], {"call-1": -1}),
        ("ping", ["id"], "x" * 65),
    ],
)
def test_a_wrong_value_is_found(name, path, value):
    def put(parent, key):
        parent[key] = value

    assert errors(name, changed(name, path, put))


def test_an_update_says_at_least_one_thing():
    message = example("call.updated")
    for key in OPTIONAL["call.updated"]:
        del message[key]
    assert errors("call.updated", message)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_references_of_a_document_lead_somewhere(document):
    for ref in references(DOCUMENTS[document]):
        assert resolve(DOCUMENTS[document], PROTO, ref) is not None, ref


def test_every_schema_is_bound_by_a_document():
    bound = {
        match.group(1)
        for document in DOCUMENTS.values()
        for ref in references(document)
        if (match := re.fullmatch(r"schemas/(.+)\.json", ref))
    }
    assert sorted(bound) == names()


def test_every_message_of_a_channel_is_sent_or_received_by_an_operation():
    document = DOCUMENTS["asyncapi.yaml"]
    for name, channel in document["channels"].items():
        used = {
            ref["$ref"].rsplit("/", 1)[1]
            for operation in document["operations"].values()
            if operation["channel"]["$ref"] == f"#/channels/{name}"
            for ref in operation["messages"]
        }
        assert used == set(channel["messages"])


def test_the_page_names_the_messages_that_have_schemas():
    page = (PROTO / "push.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| \[?`([a-z.]+)`(?:\]\(examples/\1\.json\))? \|", page, re.MULTILINE))
    assert named == {name for name in OURS if not name.startswith("rest.")}
    types = load(SCHEMAS / "common.json")["$defs"]["event_type"]["enum"]
    stamped = {name for name in named if "at_unix_ms" in load(SCHEMAS / f"{name}.json")["properties"]}
    assert set(types) == stamped
