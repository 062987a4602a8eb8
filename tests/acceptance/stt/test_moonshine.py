"""The embedded recogniser with its real models: what it hears, when, and what it does not.

Speech comes from Festival (whose word times are known exactly), flite and the two recordings that
come with the models; it goes through 8 kHz mu-law, as a telephone call would.

Usage: test_moonshine.py --recognise PROGRAM --convert PROGRAM --models DIRECTORY [unittest options]
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(TESTS, "tools"))
import wer  # noqa: E402

VECTORS = os.path.join(TESTS, "vectors", "stt")
FILES = ["libonnxruntime.so.1", "encoder_model.ort", "decoder_model_merged.ort", "tokenizer.bin",
         "silero_vad.onnx", "beckett.wav"]
programs = None


def run(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, **options)


def sox(*arguments):
    run("sox", "-R", *arguments)  # the same dither every time


def recognise(*arguments, models=None):
    """Segments as dictionaries (output that is no valid UTF-8 fails here), and the statistics."""
    environment = dict(os.environ, SIDETONE_MODELS=models or programs.models)
    done = subprocess.run([programs.recognise, *arguments], capture_output=True, env=environment,
                          timeout=300, check=False)
    if done.returncode != 0:
        raise AssertionError(done.stderr.decode())
    lines = [json.loads(line) for line in done.stdout.decode("utf-8").splitlines()]
    return lines[:-1], lines[-1]


def text_of(segments, file=0, channel=0, turn=0):
    return " ".join(s["text"] for s in segments if s["final"] and s["file"] == file and
                    s["channel"] == channel and s["pass"] == turn)


def read(name):
    with open(os.path.join(VECTORS, name), encoding="utf-8") as file:
        return file.read()


class Speech:
    """Recordings made once for all tests."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="sidetone-speech-")
        self.lines = [line.split("|") for line in read("short_call.txt").splitlines()]
        self.speak()
        self.call = self.make_call()
        self.clips = [self.telephone(os.path.join(programs.models, f"{name}.wav"), name)
                      for name in ("two_cities", "beckett")]

    def path(self, name):
        return os.path.join(self.dir, name)

    def telephone(self, source, name):
        path = self.path(f"{name}.phone.wav")
        sox(source, "-r", "8000", "-c", "1", "-e", "mu-law", path)
        return path

    def speak(self):
        """Festival says the agent's lines and tells when each word was said; flite the others."""
        script = ["(voice_cmu_us_slt_arctic_hts)",
                  "(define (say text name)",
                  " (let ((utt (utt.synth (eval (list 'Utterance 'Text text)))))",
                  "  (utt.save.wave utt (string-append name \".wav\"))",
                  "  (let ((out (fopen (string-append name \".words\") \"w\"))",
                  "        (word (utt.relation.first utt 'Word)))",
                  "   (while word",
                  "    (format out \"%f %f %s\\n\" (item.feat word \"word_start\")",
                  "            (item.feat word \"word_end\") (item.name word))",
                  "    (set! word (item.next word)))",
                  "   (fclose out))))"]
        for i, (_, line) in enumerate(self.lines):
            script.append(f'(say "{line}" "{self.path(f"slt{i}")}")')
        with open(self.path("say.scm"), "w", encoding="utf-8") as file:
            file.write("\n".join(script))
        run("festival", "-b", self.path("say.scm"))
        for i, (role, line) in enumerate(self.lines):
            if role == "customer":
                run("flite", "-voice", "rms", "-t", line, "-o", self.path(f"rms{i}.wav"))

    def make_call(self):
        """The agent left, the customer right, each silent while the other speaks."""
        channels = []
        for role, voice in (("agent", "slt"), ("customer", "rms")):
            parts = []
            for i, (who, _) in enumerate(self.lines):
                source = "slt" if who == "agent" else "rms"
                part = self.path(f"{role}.{i}.wav")
                sox(self.path(f"{source}{i}.wav"), "-r", "8000", "-c", "1", "-b", "16", part,
                    "norm", "-6", "pad", "0.2", "0.8", *(["vol", "0"] if who != role else []))
                parts.append(part)
            sox(*parts, self.path(f"{voice}.wav"))
            channels.append(self.path(f"{voice}.wav"))
        path = self.path("call.wav")
        sox("-M", *channels, "-e", "mu-law", path)
        return path

    def words(self, line):
        with open(self.path(f"slt{line}.words"), encoding="utf-8") as file:
            rows = [row.split() for row in file]
        return [(name, float(start), float(end)) for start, end, name in rows]


class Recognition(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.speech = Speech()
        cls.segments, cls.statistics = recognise(cls.speech.call, *cls.speech.clips)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.speech.dir)

    def script(self, role):
        return " ".join(line for who, line in self.speech.lines if who == role)

    def test_a_call_is_understood(self):
        errors = words = 0
        for channel, role in enumerate(("agent", "customer")):
            wanted = wer.fold(self.script(role))
            errors += wer.errors(wanted, wer.fold(text_of(self.segments, 0, channel)))
            words += len(wanted)
        self.assertLessEqual(errors / words, 0.05)
        customer = " ".join(wer.fold(text_of(self.segments, 0, 1)))
        self.assertIn("i want to speak to a manager right now", customer)
        self.assertIn("6 1 9 5 2", customer)

    def test_recorded_speech_is_understood(self):
        errors = words = 0
        for file, name in enumerate(("two_cities", "beckett"), 1):
            wanted = wer.fold(read(f"{name}.txt"))
            errors += wer.errors(wanted, wer.fold(text_of(self.segments, file)))
            words += len(wanted)
        self.assertLessEqual(errors / words, 0.05)

    def test_segments_rise_and_follow_one_another(self):
        finals = [s for s in self.segments if s["final"] and s["file"] == 0 and s["channel"] == 0]
        for before, after in zip(finals, finals[1:]):
            self.assertLess(before["id"], after["id"])
            self.assertLessEqual(before["end"], after["start"])
        for segment in finals:
            self.assertGreater(segment["confidence"], 0)
            self.assertLessEqual(segment["confidence"], 1)

    def test_words_lie_in_their_segment_in_order(self):
        for segment in self.segments:
            at = segment["start"]
            self.assertEqual(" ".join(word[0] for word in segment["words"]), segment["text"])
            for _, start, end, confidence in segment["words"]:
                self.assertGreaterEqual(start, at)
                self.assertGreaterEqual(end, start)
                self.assertLessEqual(end, segment["end"] + 0.001)
                self.assertTrue(0 <= confidence <= 1)
                at = start

    def word_errors(self, models=None):
        """How far word starts are off, for words heard right; each sentence a file of its own."""
        files = [self.speech.telephone(self.speech.path(f"slt{i}.wav"), f"slt{i}")
                 for i in range(len(self.speech.lines))]
        segments, _ = recognise(*files, models=models)
        kinds = {s["word_times"] for s in segments}
        off = []
        for i in range(len(files)):
            said = [(wer.fold(name), start) for name, start, _ in self.speech.words(i)]
            heard = [(wer.fold(word[0]), word[1]) for s in segments if s["file"] == i
                     for word in s["words"]]
            if [w for w, _ in said] == [w for w, _ in heard]:
                off += [abs(start - at) for (_, start), (_, at) in zip(said, heard)]
        self.assertGreater(len(off), 50)
        return sum(off) / len(off), kinds

    def test_words_start_when_they_were_said(self):
        mean, kinds = self.word_errors()
        self.assertEqual(kinds, {"measured"})
        self.assertLessEqual(mean, 0.080)

    def test_interleaved_channels_are_as_each_alone(self):
        together, _ = recognise("--loops", "4", self.speech.call)
        for turn in range(4):
            for channel in range(2):
                self.assertEqual(text_of(together, 0, channel, turn),
                                 text_of(self.segments, 0, channel))

    def test_four_workers_are_as_one(self):
        files = [self.speech.call, *self.speech.clips]
        one, _ = recognise("--workers", "1", *files)
        four, _ = recognise("--workers", "4", *files)
        for file, channel in ((0, 0), (0, 1), (1, 0), (2, 0)):
            self.assertEqual(text_of(four, file, channel), text_of(one, file, channel))

    def test_partials_come_before_their_final(self):
        segments, _ = recognise("--partials", "--speed", "3", self.speech.call)
        for channel in range(2):
            final_id = partials = 0
            for segment in (s for s in segments if s["channel"] == channel):
                self.assertGreater(segment["id"], final_id)
                partials += not segment["final"]
                if segment["final"]:
                    final_id = segment["id"]
                else:
                    self.assertNotIn("words", segment)
                    self.assertTrue(segment["text"])
            self.assertGreater(partials, 0)
            self.assertEqual(text_of(segments, 0, channel), text_of(self.segments, 0, channel))

    def test_memory_is_bounded(self):
        _, statistics = recognise("--workers", "2", "--speed", "3", "--partials", self.speech.call)
        if not programs.is_sanitized:
            self.assertLessEqual(statistics["peak_mb"], 220)


class Hints(unittest.TestCase):
    """Names that the model does not know, said in sentences, and what becomes of other words."""
    NAMES = ["Okonkwo", "Brixham Lane", "Tavistock", "Halvorsen", "Baluchi", "Sundara", "Mirabeau",
             "Northpeak Savings"]

    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.mkdtemp(prefix="sidetone-hints-")
        cls.decoys = cls.lines("hint_decoys.txt")
        cls.sentences = []
        for line in cls.lines("hints.txt"):
            _, names, text = line.split("|")
            if names in cls.NAMES:
                cls.sentences += [(names, voice, text) for voice in ("rms", "awb")]
        cls.clips = []
        for i, (_, voice, text) in enumerate(cls.sentences):
            said, path = os.path.join(cls.dir, "said.wav"), os.path.join(cls.dir, f"{i}.wav")
            run("flite", "-voice", voice, "-t", text, "-o", said)
            sox(said, "-r", "8000", "-c", "1", "-e", "mu-law", path, "norm", "-6", "pad", "0.3",
                "0.8")
            cls.clips.append(path)
        cls.without = cls.recognise([])

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.dir)

    @staticmethod
    def lines(name):
        return [line for line in read(name).splitlines() if line and not line.startswith("#")]

    @classmethod
    def recognise(cls, hints, *options):
        """Finals of each clip, as the recogniser gave them."""
        path = os.path.join(cls.dir, "hints.txt")
        with open(path, "w", encoding="utf-8") as file:
            file.write("".join(f"{hint}\n" for hint in hints))
        segments, _ = recognise("--hints", path, *options, *cls.clips)
        for segment in segments:
            segment.pop("at")
        return [[s for s in segments if s["final"] and s["file"] == i]
                for i in range(len(cls.clips))]

    def figures(self, finals):
        """Names found, and word errors, of all clips."""
        found = errors = 0
        for (name, _, text), segments in zip(self.sentences, finals):
            heard = wer.fold(" ".join(s["text"] for s in segments))
            wanted = wer.fold(name)
            found += any(heard[i:i + len(wanted)] == wanted for i in range(len(heard)))
            errors += wer.errors(wer.fold(text), heard)
        return found, errors

    def test_names_are_found(self):
        found, errors = self.figures(self.without)
        hinted_found, hinted_errors = self.figures(self.recognise(self.NAMES))
        self.assertGreaterEqual(hinted_found, found + len(self.clips) // 3)
        self.assertLess(hinted_errors, errors)

    def test_names_are_found_among_500(self):
        pairs = [f"{a} {b}" for a in self.decoys[40:70] for b in self.decoys[12:34]]
        found, _ = self.figures(self.without)
        among_found, _ = self.figures(self.recognise([*self.decoys, *pairs][:492] + self.NAMES))
        self.assertGreaterEqual(among_found, found + len(self.clips) // 4)

    def test_names_that_are_not_said_do_no_harm(self):
        decoys = self.recognise(self.decoys)
        self.assertLessEqual(self.figures(decoys)[1], self.figures(self.without)[1] + 2)
        for segments in decoys:
            heard = wer.fold(" ".join(s["text"] for s in segments))
            for decoy in self.decoys:
                self.assertFalse(set(wer.fold(decoy)) <= set(heard), decoy)

    def test_hints_of_which_nothing_is_left_change_nothing(self):
        """To the last digit of a confidence; with hints the beam is three wide."""
        self.assertEqual(self.recognise(["", "   "]), self.recognise([], "--beam", "3"))

    def test_hostile_hints_are_harmless(self):
        hints = ["", " ", "\t", "a" * 5000, "\u266a", "\ufffd" * 40, "-", "...", "<<ST_1>>", "<unk>",
                 "\u2581", "the", "a", "I", "."]
        errors = self.figures(self.recognise(hints))[1]
        self.assertLessEqual(errors, self.figures(self.without)[1] + 2)


class Silence(unittest.TestCase):
    def test_no_text_from_what_is_not_speech(self):
        with tempfile.TemporaryDirectory(prefix="sidetone-nonspeech-") as directory:
            run(os.path.join(TESTS, "tools", "nonspeech"), directory)
            files = [os.path.join(directory, name) for name in sorted(os.listdir(directory))]
            self.assertGreater(len(files), 30)
            segments, _ = recognise("--partials", *files)
            self.assertEqual([(os.path.basename(files[s["file"]]), s["text"]) for s in segments],
                             [])


class Installation(unittest.TestCase):
    def setUp(self):
        self.models = tempfile.mkdtemp(prefix="sidetone-models-")
        for name in FILES:
            os.symlink(os.path.join(programs.models, name), os.path.join(self.models, name))
        self.beckett = os.path.join(self.models, "beckett.wav")

    def tearDown(self):
        shutil.rmtree(self.models)

    def convert(self):
        return subprocess.run([programs.convert, self.models], capture_output=True, text=True,
                              check=False)

    def test_the_decoder_is_converted_and_gives_word_times(self):
        before, _ = recognise(self.beckett, models=self.models)
        self.assertEqual({s["word_times"] for s in before}, {"estimated"})
        done = self.convert()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(sorted(os.listdir(self.models)), sorted([*FILES, "decoder_words.ort"]))
        after, _ = recognise(self.beckett, models=self.models)
        self.assertEqual({s["word_times"] for s in after}, {"measured"})
        self.assertEqual(text_of(before), text_of(after))

    def test_a_decoder_that_cannot_be_converted_leaves_no_file(self):
        os.unlink(os.path.join(self.models, "decoder_model_merged.ort"))
        shutil.copy(os.path.join(programs.models, "encoder_model.ort"),
                    os.path.join(self.models, "decoder_model_merged.ort"))
        done = self.convert()
        self.assertEqual(done.returncode, 1)
        self.assertIn("not the one this was written for", done.stderr)
        self.assertEqual(sorted(os.listdir(self.models)), sorted(FILES))

    def test_without_a_clip_to_check_on_nothing_is_converted(self):
        os.unlink(self.beckett)
        done = self.convert()
        self.assertEqual(done.returncode, 1)
        self.assertIn("beckett.wav", done.stderr)
        self.assertNotIn("decoder_words.ort", os.listdir(self.models))

    def test_a_broken_converted_decoder_is_passed_over(self):
        with open(os.path.join(self.models, "decoder_words.ort"), "wb") as file:
            file.write(b"\0\0\0\0ORTM" + b"\xff" * 4000)
        segments, _ = recognise(self.beckett, models=self.models)
        self.assertEqual({s["word_times"] for s in segments}, {"estimated"})
        self.assertTrue(text_of(segments))

    def test_a_missing_or_broken_file_is_named(self):
        for name in FILES[:-1]:
            path = os.path.join(self.models, name)
            target = os.readlink(path)
            os.unlink(path)
            with self.assertRaisesRegex(AssertionError, name):
                recognise(self.beckett, models=self.models)
            with open(path, "wb") as file:
                file.write(b"this is no model\n" * 100)
            with self.assertRaisesRegex(AssertionError, name.split(".")[0]):
                recognise(self.beckett, models=self.models)
            os.unlink(path)
            os.symlink(target, path)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recognise", required=True)
    parser.add_argument("--convert", required=True)
    parser.add_argument("--models", required=True)
    parser.add_argument("--sanitized", dest="is_sanitized", action="store_true")
    programs, rest = parser.parse_known_args()
    absent = [name for name in [*FILES, "decoder_words.ort"]
              if not os.path.exists(os.path.join(programs.models, name))]
    if absent:
        sys.exit(f"{programs.models} lacks {', '.join(absent)}: run deploy/quickstart, "
                 "sidetone-convert-decoder, or configure without -Dmodels")
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)
