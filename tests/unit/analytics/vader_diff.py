#!/usr/bin/env python3
"""Compares our sentiment scores with those of the vaderSentiment package, sentence by sentence.

usage: vader_diff.py SCORES_PROGRAM MODELS_DIR [SENTENCES] [SEED]

The package is imported, or unpacked from its wheel in MODELS_DIR, beside it, or in a folder `wheels`
beside it.
Sentences are made from templates, words of its lexicon, odd capitals and punctuation.
"""
import functools
import glob
import os
import random
import subprocess
import sys
import tempfile
import zipfile

WORDS = """the a call agent account bill billing was is it that i you we they my your charge money today
again line phone what when why and or nor but however never so this without doubt least at very no not
kind of sort just enough more less little barely hardly extremely REALLY QUITE never this so to die for
kiss death bus stop yeah right the bomb bad ass the shit beating heart don't isn't can't won't aint uh-uh
kind-of kinda neither none nothing seldom rarely despite without ain't DON'T But BUT No NO least LEAST
don\u2019t caf\u00e9 \u00c9TAT \u0130NTERESTING stra\u00dfe \u212aind \u2167 :) :( :D ;) <3 </3 :-( lol LOL xoxo
10 $5 3.50 #1 & @ - -- ... '' "" ?! U.S. e-mail o'clock""".split()

TEMPLATES = """{} is {}|the {} was {} {} {}|i {} {} but {} {} {}|{} {}, {} and {}!|not {} {}|never so {} {}
no {} or {}|without doubt {} {} {}|at least {} {}|the least {} {}|very least {}|it is kind of {} {}
it is just enough {} {}|yeah right {} {} {}|this {} is to die for {}|a kiss of death {} {}
{} {} {} the bus stop {} {}|so {} this {} so {}|{} but {} but {}|i don't {} {} {}|{}|{} {}""".replace(
    "\n", "|").split("|")

ENDS = ["", "", ".", "!", "!!", "!!!", "!!!!!", "?", "??", "???", "????", "?!", "...", " !", " ? ?"]


def load_package(models):
    try:
        from vaderSentiment import vaderSentiment
    except ImportError:
        wheels = []
        for folder in (models, os.path.join(models, ".."), os.path.join(models, "..", "wheels")):
            wheels += glob.glob(os.path.join(folder, "vader[Ss]entiment-*.whl"))
        if not wheels:
            sys.exit("vaderSentiment is neither importable nor a wheel in or beside " + models)
        with tempfile.TemporaryDirectory() as folder:
            zipfile.ZipFile(wheels[0]).extractall(folder)
            sys.path.insert(0, folder)
            from vaderSentiment import vaderSentiment
            vaderSentiment.analyzer = vaderSentiment.SentimentIntensityAnalyzer()
    # Python 3.12 changed how floats are summed; the published figures are plain sums.
    vaderSentiment.sum = lambda values: functools.reduce(lambda a, b: a + b, values, 0)
    return vaderSentiment


def make_word(rng, lexicon):
    word = rng.choice(lexicon) if rng.random() < 0.45 else rng.choice(WORDS)
    shape = rng.random()
    if shape < 0.15:
        word = word.upper()
    elif shape < 0.25:
        word = word.capitalize()
    if rng.random() < 0.12:
        word += rng.choice([",", ".", "!", "?", ";", ":", "'", '"', ")", "..", "!!"])
    if rng.random() < 0.05:
        word = rng.choice(["(", '"', "'", "*", "$", "#"]) + word
    return word


def make_sentence(rng, lexicon):
    if rng.random() < 0.3:
        words = [make_word(rng, lexicon) for _ in range(rng.randint(0, 25))]
        text = rng.choice([" ", " ", "  ", "\t", "\u00a0"]).join(words)
    else:
        template = rng.choice(TEMPLATES)
        text = template.format(*[make_word(rng, lexicon) for _ in range(template.count("{}"))])
        text = text.upper() if rng.random() < 0.03 else text
    return rng.choice(["", "", "", " "]) + text + rng.choice(ENDS)


def main():
    program, models = sys.argv[1:3]
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 20000
    rng = random.Random(int(sys.argv[4]) if len(sys.argv) > 4 else 1)
    package = load_package(models)
    analyzer = getattr(package, "analyzer", None) or package.SentimentIntensityAnalyzer()
    lexicon = sorted(word for word in analyzer.lexicon if " " not in word)
    sentences = [make_sentence(rng, lexicon) for _ in range(count)]
    run = subprocess.run([program, os.path.join(models, "vader_lexicon.txt")], check=True,
                         input="\n".join(sentences) + "\n", stdout=subprocess.PIPE,
                         encoding="utf-8", errors="surrogateescape")
    wrong = nonzero = 0
    for sentence, line in zip(sentences, run.stdout.split("\n"), strict=False):
        scores = analyzer.polarity_scores(sentence)
        expected = [scores[key] for key in ("compound", "pos", "neu", "neg")]
        nonzero += expected[0] != 0
        if [float(number) for number in line.split()] != expected:
            wrong += 1
            if wrong <= 10:
                print(f"{sentence!r}: expected {expected}, got {line}")
    print(f"{count} sentences, {nonzero} with sentiment, {wrong} differ")
    if run.stdout.count("\n") != count or nonzero < count // 2 or wrong:
        sys.exit(1)


if __name__ == "__main__":
    main()
