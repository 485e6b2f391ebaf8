"""The model card's protocol on repositories that training never saw: documentation -> the function that it was taken from, MRR@10. Unlike bench.py,
which samples the held-out packages, it takes any checkouts, and it can put a sentence encoder beside the table. It trains nothing and tunes nothing.

  python unseen.py CHECKOUT...                                       # BM25, the table, both
  python unseen.py CHECKOUT... --more FOLDER...                      # FOLDERs help languages with fewer than 400 documented functions
  python unseen.py CHECKOUT... --onnx MODEL [--cache VECTORS.npz]    # and an encoder, alone and as the second tier (needs onnxruntime)
  python unseen.py CHECKOUT... --binary symseek                      # and the whole program, each function being a file of its own
  python unseen.py ROOT --list unseen.tsv --trained DIR              # the checkouts ROOT/OWNER+NAME of a list, without functions that training had

A language gives 1,000 queries among 2,000 functions if it has so many documented ones, else 400 among 1,000, else what it has among 1,000; fewer than 100
are left out. "--draw 12" takes twelve of the repositories anew for each seed, which shows how much the figures depend on them. Scores are added as z-scores over all candidates. "fields" is the table read twice: over the text, and over the signature alone, which counts half.
"rerank" adds the encoder's z-scores to those of BM25 + table on that sum's first 20 only."""
import argparse, csv, hashlib, json, os, random, subprocess, tempfile

import numpy as np

import bench, mine
from table import Table
from words import joined, words


def listed(root, path):
    """The checkouts of a list of repositories and revisions, each at ROOT/OWNER+NAME."""
    folders = [os.path.join(root, row["repository"].replace("/", "+")) for row in csv.DictReader(open(path), delimiter="\t")]
    missing = [folder for folder in folders if not os.path.isdir(folder)]
    if missing:
        raise SystemExit("not checked out: " + ", ".join(missing))
    return folders


def trained_on(work):
    """Hashes of all code that train.py mined in DIR, held-out packages' too."""
    folder = os.path.join(work, "mined")
    return {mine.code_hash(json.loads(line)["code"]) for name in sorted(os.listdir(folder)) for line in open(os.path.join(folder, name))}


def functions(folders, known=()):
    """Functions by language, without duplicates and without those of `known` hashes, in a fixed order."""
    out, seen, n_known = {}, set(), 0
    for folder in sorted(folders):
        for r in mine.mine(folder, os.path.basename(os.path.normpath(folder))):
            h = mine.code_hash(r["code"])
            if r["kind"] == "function" and h in known:
                n_known += 1
            elif r["kind"] == "function" and h not in seen:
                seen.add(h)
                out.setdefault(r["language"], []).append(r)
    if known:
        print("left out, because training had the same function:", n_known)
    return out


def sample(rows, seed):
    """-> (functions with the query's own ones first, number of queries)"""
    rows = list(rows)
    random.Random(seed).shuffle(rows)
    docs, documented, rest = set(), [], []
    for r in rows:
        if r["doc"] and r["doc"].lower() not in docs:
            docs.add(r["doc"].lower())
            documented.append(r)
        else:
            rest.append(r)
    queries, candidates = (1000, 2000) if len(documented) >= 1000 else (400, 1000)
    chosen = documented[:queries]
    asked = {r["doc"].lower() for r in chosen}
    rest = [r for r in rest + documented[queries:] if r["doc"].lower() not in asked]
    random.Random(seed).shuffle(rest)
    return chosen + rest[:candidates - len(chosen)], len(chosen)


class Encoder:
    """A sentence encoder in the ONNX format with its pooling inside, one thread, batches of one, 256 tokens, identifiers split into words."""

    def __init__(self, folder, cache):
        import onnxruntime
        from tokenizers import Tokenizer
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.log_severity_level = 1, 3
        self.session = onnxruntime.InferenceSession(os.path.join(folder, "model.onnx"), options, providers=["CPUExecutionProvider"])
        self.inputs = {x.name for x in self.session.get_inputs()}
        self.tokenizer = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(256)
        self.cache = cache
        self.known = dict(zip(*(lambda z: (z["keys"].tolist(), z["vectors"]))(np.load(cache)))) if cache and os.path.exists(cache) else {}

    def embed(self, texts):
        keys = [hashlib.md5(joined(t).encode()).hexdigest() for t in texts]
        for key, text in zip(keys, texts):
            if key not in self.known:
                ids = np.array([self.tokenizer.encode(joined(text)).ids], np.int64)
                feed = dict(input_ids=ids, attention_mask=np.ones_like(ids), token_type_ids=np.zeros_like(ids))
                v = self.session.run(None, {k: x for k, x in feed.items() if k in self.inputs})[0][0]
                self.known[key] = (v / np.linalg.norm(v)).astype(np.float32)
        if self.cache:
            np.savez(self.cache, keys=np.array(list(self.known)), vectors=np.array(list(self.known.values())))
        return np.array([self.known[k] for k in keys])


def reranked(first, second, n=20):
    """`first`, with the z-scores of `second` added to its own among its best n; the others keep their order behind them."""
    out = first - 1000
    rows = np.arange(len(first))[:, None]
    best = np.argsort(-first, axis=1, kind="stable")[:, :n]
    out[rows, best] = bench.z(first[rows, best]) + bench.z(second[rows, best])
    return out


ENDINGS = {language: ending for ending, language in reversed(mine.EXTENSIONS.items())} | {"cpp": "cpp"}


def program(binary, rows, count):
    """-> the reciprocal rank of each query's function, as the program finds it among files that each hold one function and say nothing by their names."""
    order = random.Random(0).sample(range(len(rows)), len(rows))
    with tempfile.TemporaryDirectory() as root:
        where = {}
        for place, at in enumerate(order):
            path = f"m{place // 50:02}/f{place:04}.{ENDINGS[rows[at]['language']]}"
            os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
            with open(os.path.join(root, path), "w") as f:
                f.write(("<?php\n" if path.endswith(".php") else "") + rows[at]["code"] + "\n")
            where[path] = at
        asked = "".join(r["doc"].replace("\n", " ") + "\n" for r in rows[:count])
        run = subprocess.run([binary, "--cache-dir", os.path.join(root, ".cache"), "eval-serve", root, "--limit", "30"], input=asked, capture_output=True, text=True, check=True)
    ranks = []
    for at, line in enumerate(run.stdout.splitlines()[1:]):
        files = list(dict.fromkeys(where.get(hit["path"]) for hit in json.loads(line)["results"]))[:10]
        ranks.append(1 / (files.index(at) + 1) if at in files else 0.0)
    return np.array(ranks)


def measure(rows, count, table, encoder, binary=None):
    """-> {measure: MRR@10}; "hard": the queries that share no word with the function's name."""
    queries, codes = [r["doc"] for r in rows[:count]], [r["code"] for r in rows]
    scores = dict(bm25=bench.bm25_scores(queries, codes), table=table.embed(queries) @ table.embed(codes).T)
    # The same table by fields: the direction of the whole text plus half that of the signature.
    fields = table.embed(codes) + 0.5 * table.embed([r["signature"] for r in rows])
    fields /= np.maximum(np.linalg.norm(fields, axis=1, keepdims=True), 1e-9)
    scores["fields"] = table.embed(queries) @ fields.T
    scores["bm25+fields"] = bench.z(scores["bm25"]) + bench.z(scores["fields"])
    scores["bm25+table"] = bench.z(scores["bm25"]) + bench.z(scores["table"])
    scores["bm25+1.5table"] = bench.z(scores["bm25"]) + 1.5 * bench.z(scores["table"])
    if encoder:
        scores["encoder"] = encoder.embed(queries) @ encoder.embed(codes).T
        scores["bm25+encoder"] = bench.z(scores["bm25"]) + bench.z(scores["encoder"])
        scores["all"] = scores["bm25+table"] + bench.z(scores["encoder"])
        scores["rerank"] = reranked(scores["bm25+table"], scores["encoder"])
        scores["rerank_1.5"] = reranked(scores["bm25+1.5table"], scores["encoder"])
        scores["rerank_fields"] = reranked(scores["bm25+fields"], scores["encoder"])
    hard = np.array([not set(words(r["doc"])) & set(words(r["name"])) for r in rows[:count]])
    out = {k: bench.mrr10(s) for k, s in scores.items()}
    out.update({"hard_" + k: bench.mrr10(s, hard) for k, s in scores.items()})
    if binary:
        ranks = program(binary, rows, count)
        out.update(program=float(ranks.mean()), hard_program=float(ranks[hard].mean()) if hard.any() else float("nan"))
    return out, int(hard.sum())


def drawn(rows, count, seed):
    """The functions of `count` repositories."""
    names = sorted({r["package"] for r in rows})
    chosen = set(random.Random(seed).sample(names, min(count, len(names))))
    return [r for r in rows if r["package"] in chosen]


def show(label, figures):
    print(label, " ".join(f"{k} {v:.3f}" if isinstance(v, float) else f"{k} {v}" for k, v in figures.items()), flush=True)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("folders", nargs="+", metavar="CHECKOUT", help="one repository each")
    p.add_argument("--more", nargs="+", default=[], metavar="FOLDER")
    p.add_argument("--list", help="the folder given holds the repositories of this list")
    p.add_argument("--trained", metavar="DIR", help="where train.py worked: functions that it mined are left out")
    p.add_argument("--draw", type=int, help="repositories of a language to draw for each seed, instead of all")
    p.add_argument("--model", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "model"))
    p.add_argument("--onnx")
    p.add_argument("--cache")
    p.add_argument("--binary", help="the program, to be measured as a whole")
    p.add_argument("--seeds", type=int, default=1, help="samples to take the mean of")
    p.add_argument("--json", help="also write the figures here")
    a = p.parse_args()
    table, encoder = Table(a.model), Encoder(a.onnx, a.cache) if a.onnx else None
    folders = listed(a.folders[0], a.list) if a.list else a.folders
    known = trained_on(a.trained) if a.trained else ()
    by_language, more, result = functions(folders, known), functions(a.more), {}
    for language in sorted(set(by_language) | set(more)):
        rows = by_language.get(language, [])
        if sum(bool(r["doc"]) for r in rows) < 400:
            rows = rows + more.get(language, [])
        runs = []
        for seed in range(a.seeds):
            chosen, count = sample(drawn(rows, a.draw, seed) if a.draw else rows, seed)
            if count >= 100:
                runs.append(measure(chosen, count, table, encoder, a.binary))
                if a.draw:
                    show(f"  {language} draw {seed}", runs[-1][0])
        if runs:
            figures = {k: float(np.nanmean([m[k] for m, _ in runs])) if any(n for _, n in runs) or "hard" not in k else float("nan") for k in runs[0][0]}
            result[language] = dict(queries=count, candidates=len(chosen), hard=runs[0][1], repositories=len({r["package"] for r in chosen[:count]}), **figures)
            show(language, result[language])
    others = [m for language, m in result.items() if language not in ("py", "rs")]
    if others:
        print(f"mean of {len(others)} others", " ".join(f"{k} {np.nanmean([m[k] for m in others]):.3f}" for k in others[0] if isinstance(others[0][k], float)))
    if a.json:
        json.dump(result, open(a.json, "w"), indent=1)


main()
