"""The protocol of the model card: documentation -> function, 1,000 queries among 2,000 candidates of projects that training
never saw (Rust, Python; 200 among 1,000 for each other language), MRR@10; alone, and fused with BM25 by the sum of per-query z-scores ("fused_1.5": the table's counted one and a half times). "fields" is the table read
twice, over the text and over the signature, which counts half, as in unseen.py. "hard" are the queries that share no word with the function's name.

  python bench.py --work DIR [--model ../model]      (after train.py: it needs DIR/bench.json)"""
import argparse, json, os

import numpy as np
from scipy.sparse import csr_matrix

from words import words


def bm25_scores(queries, codes, k1=1.2, b=0.75):
    vocabulary = {}
    docs = [[vocabulary.setdefault(w, len(vocabulary)) for w in words(c)] for c in codes]
    lengths = np.array([len(d) for d in docs], np.float32)
    m = csr_matrix((np.ones(sum(map(len, docs)), np.float32), (np.repeat(np.arange(len(docs)), [len(d) for d in docs]), np.concatenate(docs))),
                   (len(docs), len(vocabulary)))
    m.sum_duplicates()
    df = np.bincount(m.indices, minlength=len(vocabulary))
    idf = np.log(1 + (len(docs) - df + 0.5) / (df + 0.5)).astype(np.float32)
    rows = np.repeat(np.arange(len(docs)), np.diff(m.indptr))
    m.data = idf[m.indices] * m.data * (k1 + 1) / (m.data + k1 * (1 - b + b * lengths[rows] / lengths.mean()))
    q = [[vocabulary[w] for w in set(words(t)) if w in vocabulary] for t in queries]
    qm = csr_matrix((np.ones(sum(map(len, q)), np.float32), (np.repeat(np.arange(len(q)), [len(x) for x in q]), np.array(sum(q, []), int))), (len(q), len(vocabulary)))
    return (qm @ m.T).toarray()


def z(s):
    return (s - s.mean(1, keepdims=True)) / (s.std(1, keepdims=True) + 1e-9)


def mrr10(s, mask=None):
    """Mean reciprocal rank of candidate i for query i; ties count against us."""
    n = len(s)
    own = s[np.arange(n), np.arange(n)]
    rank = (s >= own[:, None]).sum(1)
    r = np.where(rank <= 10, 1 / np.maximum(rank, 1), 0)
    return float(r.mean() if mask is None else r[mask].mean() if mask.any() else np.nan)


class Bench:
    def __init__(self, path):
        self.sets = json.load(open(path))
        for s in self.sets.values():
            s["bm25"] = bm25_scores(s["queries"], s["codes"])
            # Queries that share no word with the function's name: what vectors are for.
            s["hard"] = np.array([not set(words(q)) & set(words(n)) for q, n in zip(s["queries"], s["names"])])

    def run(self, embed, full=False):
        """embed: list of texts -> f32[n, dims], normalised. -> {language: {measure: MRR@10}}"""
        out = {}
        for language, s in self.sets.items():
            dense = embed(s["queries"]) @ embed(s["codes"]).T
            fused = z(dense) + z(s["bm25"])
            out[language] = dict(bm25=mrr10(s["bm25"]), table=mrr10(dense), fused=mrr10(fused))
            if full:
                h = s["hard"]
                out[language]["fused_1.5"] = mrr10(1.5 * z(dense) + z(s["bm25"]))
                fields = embed(s["codes"]) + 0.5 * embed(s["signatures"])
                fields = embed(s["queries"]) @ (fields / np.maximum(np.linalg.norm(fields, axis=1, keepdims=True), 1e-9)).T
                out[language].update({"fields": mrr10(fields), "fields_hard": mrr10(fields, h), "fused_fields": mrr10(z(fields) + z(s["bm25"])), "fused_1.5_fields": mrr10(1.5 * z(fields) + z(s["bm25"]))})
                out[language].update(n=len(s["queries"]), candidates=len(s["codes"]), n_hard=int(h.sum()), bm25_hard=mrr10(s["bm25"], h), table_hard=mrr10(dense, h), fused_hard=mrr10(fused, h))
        return out


if __name__ == "__main__":
    from table import Table
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--work", required=True)
    p.add_argument("--model", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "model"))
    p.add_argument("--limits", type=int, nargs="+", default=[128, 256, 512, 1024])
    a = p.parse_args()
    table, bench = Table(a.model), Bench(os.path.join(a.work, "bench.json"))
    for limit in a.limits:
        table.max_tokens = limit
        for language, m in bench.run(table.embed, full=True).items():
            print(f"limit {limit:5} {language} " + " ".join(f"{k} {v:.3f}" if isinstance(v, float) else f"{k} {v}" for k, v in m.items()))
