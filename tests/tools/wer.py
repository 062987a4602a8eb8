#!/usr/bin/env python3
"""Word error rate of a text against a reference.

Both are folded first: lower case, no punctuation, numbers as single digits, so that
"forty-five" and "4 5" differ only in what was heard. As a program: wer.py REFERENCE HYPOTHESIS.
"""
import re
import sys

UNITS = ("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
         "fifteen sixteen seventeen eighteen nineteen").split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
NUMBERS = {word: str(n) for n, word in enumerate(UNITS)}
NUMBERS |= {word: str(10 * n) for n, word in enumerate(TENS, 2)}
COMPOUND = re.compile(rf"\b({'|'.join(TENS)})[ -]({'|'.join(UNITS[1:10])})\b")
SAME = {"ok": "okay", "mr": "mister", "dr": "doctor", "oclock": "clock", "first": "1st",
        "second": "2nd", "third": "3rd", "fourth": "4th", "fifth": "5th", "sixth": "6th",
        "seventh": "7th", "eighth": "8th", "ninth": "9th", "tenth": "10th"}


def fold(text):
    text = text.lower().replace("\u2019", "'").replace("$", " dollars ").replace("%", " percent ")
    text = COMPOUND.sub(lambda match: str(int(NUMBERS[match[1]]) + int(NUMBERS[match[2]])), text)
    text = re.sub(r"(?<=[a-z])-(?=[a-z])", "", text)  # "good-bye", "to-day"
    text = re.sub(r"(?<=\d),(?=\d)", "", text).replace("'", "")
    words = []
    for word in re.sub(r"[^a-z0-9 ]", " ", text).split():
        word = NUMBERS.get(word, SAME.get(word, word))
        words += list(word) if word.isdigit() else [word]
    return words


def errors(reference, hypothesis):
    """Substitutions, deletions and insertions together (edit distance of the word lists)."""
    row = list(range(len(hypothesis) + 1))
    for i, wanted in enumerate(reference, 1):
        before, row[0] = row[0], i
        for j, got in enumerate(hypothesis, 1):
            best = min(row[j] + 1, row[j - 1] + 1, before + (wanted != got))
            before, row[j] = row[j], best
    return row[-1]


def rate(reference, hypothesis):
    wanted = fold(reference)
    return errors(wanted, fold(hypothesis)) / len(wanted)


if __name__ == "__main__":
    texts = [open(path, encoding="utf-8").read() for path in sys.argv[1:3]]
    print(f"{100 * rate(*texts):.2f} % of {len(fold(texts[0]))} words")
