#!/usr/bin/env python3
"""Precision, recall and F1 of each type of personal data: pii_score.py PII_LINES NAMES CALLS [--errors] [--presidio]

CALLS are labelled as tests/vectors/pii/generate.py writes them. A found span counts when its type is right and it
covers what was labelled: their overlap is at least half of both together. "leaked" is the share of labelled
characters outside of every found span.
"""
import argparse
import collections
import re
import subprocess

BETWEEN = re.compile(r"[ ,.-]*(?:(?:uh|um|and|then)[ ,]*)*")
LABEL = re.compile(r"\{([A-Z_]+)\|([^}]*)\}")
PRESIDIO = {"CREDIT_CARD": "CREDIT_DEBIT_NUMBER", "US_BANK_NUMBER": "BANK_ACCOUNT_NUMBER", "US_SSN": "SSN",
            "PHONE_NUMBER": "PHONE", "EMAIL_ADDRESS": "EMAIL", "IP_ADDRESS": "IP_ADDRESS", "PERSON": "NAME",
            "LOCATION": "ADDRESS", "DATE_TIME": "DATE", "IBAN_CODE": "INTERNATIONAL_BANK_ACCOUNT_NUMBER",
            "US_PASSPORT": "PASSPORT_NUMBER", "US_DRIVER_LICENSE": "DRIVER_ID", "UK_NINO": "NATIONAL_ID",
            "UK_NHS": "MEDICAL_RECORD"}


def read_calls(path):
    """Lines as (speaker, text, spans); None between calls."""
    for line in open(path, encoding="utf-8"):
        line = line.rstrip("\n")
        if not line:
            yield None
            continue
        text, spans, at = "", [], 0
        for match in LABEL.finditer(line[2:]):
            text += line[2:][at:match.start()]
            spans.append((match.group(1), len(text), len(text) + len(match.group(2))))
            text += match.group(2)
            at = match.end()
        yield line[0], text + line[2:][at:], spans


def find_ours(program, names, lines):
    said = "".join("\n" if line is None else f"{line[0]}|{line[1]}\n" for line in lines)
    out = subprocess.run([program, "identify", names], input=said, capture_output=True, text=True, check=True)
    for row in out.stdout.split("\n")[:len(lines)]:
        found = (entity.split() for entity in row.split(";") if entity)
        yield [(kind, int(begin), int(end)) for kind, begin, end, _ in found]


def find_presidio(lines):
    """Its patterns alone: without a language model it knows no names."""
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine

    class Blank(NlpEngine):
        def load(self): pass
        def is_loaded(self): return True
        def process_text(self, text, language):
            return NlpArtifacts([], [], [], [], self, language)
        def process_batch(self, texts, language, **kwargs):
            return ((text, self.process_text(text, language)) for text in texts)
        def is_stopword(self, word, language): return False
        def is_punct(self, word, language): return False
        def get_supported_entities(self): return []
        def get_supported_languages(self): return ["en"]
    engine = AnalyzerEngine(nlp_engine=Blank(), supported_languages=["en"])
    for line in lines:
        found = [] if line is None else engine.analyze(line[1], language="en")
        yield [(PRESIDIO.get(f.entity_type, f.entity_type), f.start, f.end) for f in found]


def joined(text, spans):
    """Pieces of one thing with a pause between them count as one."""
    whole = []
    for kind, begin, end in sorted(spans, key=lambda span: span[1]):
        if whole and whole[-1][0] == kind and BETWEEN.fullmatch(text[whole[-1][2]:begin]):
            whole[-1] = (kind, whole[-1][1], end)
        else:
            whole.append((kind, begin, end))
    return whole


def fits(one, other):
    shared = min(one[2], other[2]) - max(one[1], other[1])
    return one[0] == other[0] and 2 * shared >= max(one[2], other[2]) - min(one[1], other[1])


class Score:
    def __init__(self):
        self.hit, self.said, self.found = collections.Counter(), collections.Counter(), collections.Counter()
        self.characters = self.leaked = 0

    def put(self, line, found, show):
        text = line[1]
        spans, found = joined(text, line[2]), joined(text, found)
        left = list(found)
        missed = []
        for span in spans:
            self.said[span[0]] += 1
            match = next((f for f in left if fits(span, f)), None)
            if match:
                left.remove(match)
                self.hit[span[0]] += 1
            else:
                missed.append(span)
            covered = sum(any(f[1] <= i < f[2] for f in found) for i in range(span[1], span[2]))
            self.characters += span[2] - span[1]
            self.leaked += span[2] - span[1] - covered
        for f in found:
            self.found[f[0]] += 1
        if show and (missed or left):
            print(f"{text}\n    missed {[(m[0], text[m[1]:m[2]]) for m in missed]}  wrong {[(f[0], text[f[1]:f[2]]) for f in left]}")

    def row(self, kinds):
        hit, said, found = (sum(c[k] for k in kinds) for c in (self.hit, self.said, self.found))
        precision, recall = hit / found if found else 0, hit / said if said else 0
        f1 = 2 * precision * recall / (precision + recall) if hit else 0
        return said, precision, recall, f1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program"), parser.add_argument("names"), parser.add_argument("calls")
    parser.add_argument("--errors", action="store_true"), parser.add_argument("--presidio", action="store_true")
    options = parser.parse_args()
    lines = list(read_calls(options.calls))
    found = list(find_presidio(lines) if options.presidio else find_ours(options.program, options.names, lines))
    written = {"spoken": Score(), "written": Score()}
    part, calls = 0, lines.count(None)
    for line, spans in zip(lines, found):
        if line is None:
            part += 1
            continue
        written["written" if part >= calls * 2 // 3 else "spoken"].put(line, spans, options.errors)
    print(f"{'type':36}" + "".join(f"{form:>9} n  prec  rec    F1 " for form in written))
    kinds = sorted(set().union(*(s.said | s.found for s in written.values())))
    for kind in kinds:
        print(f"{kind:36}" + "".join("{:11d}  {:.2f}  {:.2f}  {:.3f}".format(*s.row([kind])) for s in written.values()))
    print(f"{'all':36}" + "".join("{:11d}  {:.2f}  {:.2f}  {:.3f}".format(*s.row(kinds)) for s in written.values()))
    print(f"{'leaked characters':36}" + "".join(f"{100 * s.leaked / max(s.characters, 1):25.2f} % " for s in written.values()))


if __name__ == "__main__":
    main()
