"""The schemas of proto/, for whoever wants to know whether a message keeps to them."""

import json
from pathlib import Path

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

PROTO = Path(__file__).resolve().parents[3] / "proto"
SCHEMAS = PROTO / "schemas"
EXAMPLES = PROTO / "examples"


def load(path):
    return json.loads(path.read_text(encoding="utf-8"))


def names():
    """Of every schema that describes a whole message."""
    return sorted(path.stem for path in SCHEMAS.glob("*.json") if path.stem != "common")


def _uri(name):
    return (SCHEMAS / f"{name}.json").as_uri()


REGISTRY = Registry().with_resources(
    (path.as_uri(), Resource.from_contents(load(path), default_specification=DRAFT202012))
    for path in SCHEMAS.glob("*.json")
)


def validator(name):
    return Draft202012Validator({"$ref": _uri(name)}, registry=REGISTRY)


def errors(name, message):
    """What is wrong with a message, for people; empty when nothing is."""
    found = validator(name).iter_errors(message)
    return [f"{name}: {error.json_path}: {error.message}" for error in found]


def check(message, name=None):
    """Raises AssertionError unless the message keeps to the schema of its type (or to `name`)."""
    wrong = errors(name or message["type"], message)
    assert not wrong, "\n".join(wrong)
