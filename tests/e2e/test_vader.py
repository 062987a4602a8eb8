"""Scores of segments are those of the vaderSentiment package, number by number."""

import ast
import inspect
import os
import pathlib
import random
import subprocess
import sys

import pytest
from vaderSentiment import vaderSentiment

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/unit/analytics"))

import vader_diff  # noqa: E402

PROGRAM = pathlib.Path(os.environ.get("SIDETONE_BUILD", ROOT / "build")) / "tests/unit/analytics/vader_scores"
LEXICON = pathlib.Path(vaderSentiment.__file__).parent / "vader_lexicon.txt"
KEYS = ("compound", "pos", "neu", "neg")


def own_examples():
    """The sentences of the package's own demonstration, which is no function of it."""
    lists = [node.value for node in ast.walk(ast.parse(inspect.getsource(vaderSentiment)))
             if isinstance(node, ast.Assign) and isinstance(node.value, ast.List)
             and getattr(node.targets[0], "id", "") in ("sentences", "tricky_sentences")]
    return [sentence for one in lists for sentence in ast.literal_eval(one)]


def ours(sentences):
    run = subprocess.run([PROGRAM, LEXICON], input="\n".join(sentences) + "\n", check=True,
                         stdout=subprocess.PIPE, encoding="utf-8", errors="surrogateescape")
    lines = run.stdout.split("\n")[:-1]
    assert len(lines) == len(sentences)
    return [[float(number) for number in line.split()] for line in lines]


@pytest.fixture(scope="module")
def theirs():
    package = vader_diff.load_package("")
    analyzer = package.SentimentIntensityAnalyzer()
    return lambda sentence: [analyzer.polarity_scores(sentence)[key] for key in KEYS]


def has_emoji(sentence):
    return any(ord(character) >= 0x1F000 for character in sentence)


def test_its_own_examples(theirs):
    # Emoji are words to the package; nobody says them, and ours does not know them.
    examples = [sentence for sentence in own_examples() if not has_emoji(sentence)]
    assert len(examples) >= 25
    for sentence, scores in zip(examples, ours(examples), strict=True):
        assert scores == theirs(sentence), sentence


def test_ten_thousand_made_sentences(theirs):
    rng = random.Random(20261121)
    lexicon = sorted(line.split("\t")[0] for line in LEXICON.read_text("utf-8").splitlines() if line)
    words = [word for word in lexicon if " " not in word]
    sentences = [vader_diff.make_sentence(rng, words) for _ in range(10000)]
    found = ours(sentences)
    assert sum(scores[0] != 0 for scores in found) > 5000
    wrong = [(sentence, scores) for sentence, scores in zip(sentences, found, strict=True)
             if scores != theirs(sentence)]
    assert not wrong
