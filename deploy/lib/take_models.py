"""Takes models, runtime and lexicons out of the downloaded wheels: take_models.py WHEELS FOLDER

Every file is checked against its SHA-256 before it is put in place. Wheels that are not there are
left out, so the lexicon comes without the recogniser too. Prints what was taken.
"""
import ast
import hashlib
import json
import pathlib
import sys
import zipfile

FILES = {
    "moonshine_voice": {
        "moonshine_voice.libs/libonnxruntime-13ab8084.so.1": (
            "libonnxruntime.so.1",
            "c0995ae1102b871426e7bddf625451d6c19f12d0b6d79786218cbb77c2de865c"),
        "moonshine_voice/assets/tiny-en/encoder_model.ort": (
            "encoder_model.ort",
            "94e90a4654fc45cdfedb77c4c08e1739f48862998e58fada384b25118134f221"),
        "moonshine_voice/assets/tiny-en/decoder_model_merged.ort": (
            "decoder_model_merged.ort",
            "cf524c4862d36e9e5ab032eddc73637efd822d70e868ac575cf1a46e1e4708a0"),
        "moonshine_voice/assets/tiny-en/tokenizer.bin": (
            "tokenizer.bin",
            "6884b35fd6377d4c4d32336a0bc152f36b64d1e45b6503683cdc238250a8472d"),
        "moonshine_voice/assets/beckett.wav": ("beckett.wav", None),
        "moonshine_voice/assets/two_cities.wav": ("two_cities.wav", None),
    },
    "silero_vad": {
        "silero_vad/data/silero_vad.onnx": (
            "silero_vad.onnx",
            "1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3"),
    },
    "vadersentiment": {
        "vaderSentiment/vader_lexicon.txt": ("vader_lexicon.txt", None),
    },
}


def put(folder, name, data):
    new = folder / (name + ".new")
    new.write_bytes(data)
    new.rename(folder / name)


# ---- personal_names.txt: a class, a tab, a name ----

NAME_LOCALES = ("en", "en_US", "en_GB", "en_IN", "en_IE", "en_NZ")
CITY_LOCALES = ("en", "en-au", "en-ca", "en-gb")


def strings_assigned(source, to):
    """The strings in what a module assigns to names that contain `to`; the module is not run."""
    for node in ast.walk(ast.parse(source)):
        targets = node.targets if isinstance(node, ast.Assign) else []
        if any(isinstance(target, ast.Name) and to in target.id for target in targets):
            yield from (leaf.value for leaf in ast.walk(node.value)
                        if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str))


def faker_names(archive):
    for locale in NAME_LOCALES:
        source = archive.read(f"faker/providers/person/{locale}/__init__.py")
        for kind, variable in (("given", "first_names"), ("surname", "last_names")):
            yield from ((kind, name) for name in strings_assigned(source, variable))


def mimesis_cities(archive):
    for locale in CITY_LOCALES:
        address = json.loads(archive.read(f"mimesis/datasets/{locale}/address.json"))
        yield from (("city", name) for name in address.get("city", []))


def take_names(wheels, folder):
    lines = set()
    for package, read in (("faker", faker_names), ("mimesis", mimesis_cities)):
        for wheel in wheels.glob(package + "-*.whl"):
            with zipfile.ZipFile(wheel) as archive:
                lines.update(f"{kind}\t{name}" for kind, name in read(archive) if len(name) > 1)
    if lines:
        put(folder, "personal_names.txt", ("\n".join(sorted(lines)) + "\n").encode())
        print(f"personal_names.txt: {len(lines)} names")


# ---- files as they are ----

def take(wheel, files, folder):
    with zipfile.ZipFile(wheel) as archive:
        for inside, (name, expected) in files.items():
            data = archive.read(inside)
            actual = hashlib.sha256(data).hexdigest()
            if expected and actual != expected:
                sys.exit(f"{wheel.name}: {inside} has SHA-256 {actual}, expected {expected}")
            put(folder, name, data)


def main(wheels, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name, files in FILES.items():
        for wheel in wheels.glob("*.whl"):
            if wheel.name.lower().startswith(name + "-"):
                take(wheel, files, folder)
                print(f"{wheel.name}: {len(files)} files")
    take_names(wheels, folder)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
