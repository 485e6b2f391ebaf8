#!/usr/bin/env python3
"""Trains the table and writes ../model: `python train.py --work DIR` does everything, from the download to the golden file.

Objective: symmetric InfoNCE between documentation and code (names and bodies, comments and what follows them) over bags of
tokens; half of the batches are made of blocks of 128 rows of one package, so that negatives are hard, and half get BM25's scores
added, so that the table learns what words in common do not tell. The table starts at MiniLM's sentence vectors of the tokens (minilm.py).
Gradients are written out by hand (NumPy and Numba): no deep-learning framework, one seed, two threads."""
import argparse, collections, json, multiprocessing, os, random, re, time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "2")   # before NumPy is loaded; fixed, so that two runs add in one order
import numpy as np
import numba as nb
from scipy.sparse import csr_matrix
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

import bench, data, golden, mine, minilm, table
from words import joined

p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
p.add_argument("--work", required=True, help="downloads, caches and logs; a few GB")
p.add_argument("--out", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "model"))
p.add_argument("--exclude-repos", help="folder of checkouts whose functions must not be learned from")
p.add_argument("--threads", type=int, default=2)
p.add_argument("--seed", type=int, default=0)
p.add_argument("--vocabulary", type=int, default=30_000)
p.add_argument("--dims", type=int, default=256)
p.add_argument("--epochs", type=int, default=2)
p.add_argument("--batch", type=int, default=1024)
p.add_argument("--block", type=int, default=128)
p.add_argument("--rate", type=float, default=2e-3)
p.add_argument("--temperature", type=float, default=0.05)
p.add_argument("--dropout", type=float, default=0.15, help="share of distinct tokens left out of each side")
p.add_argument("--package-cap", type=int, default=4000, help="pairs taken from one package at most")
p.add_argument("--code-tokens", type=int, default=256)
p.add_argument("--hard-share", type=float, default=0.5, help="share of pairs in one-package blocks")
p.add_argument("--name-pairs", type=float, default=0.35, help="name in words -> body, per documentation pair")
p.add_argument("--signature-pairs", type=float, default=0.0, help="signature -> body, per documentation pair")
p.add_argument("--comment-pairs", type=float, default=0.3, help="comment -> the lines that follow, per documentation pair")
p.add_argument("--prose-pairs", type=float, default=0.15, help="first paragraph -> rest of the documentation, per documentation pair")
p.add_argument("--commits", help="folder of history.py: a commit's subject -> each function that it changed")
p.add_argument("--context-share", type=float, default=0.5, help="share of documentation pairs whose code side has the file's stem and the container's name, as the product's chunks have")
p.add_argument("--rest-share", type=float, default=0.5, help="share of documentation pairs whose code side has the rest of the documentation")
p.add_argument("--question-share", type=float, default=0.2, help="share of documentation pairs whose query is put as a question")
p.add_argument("--bm25-share", type=float, default=0.5, help="share of batches where BM25's score is added to the table's, so that it learns what BM25 does not find")
p.add_argument("--bm25-weight", type=float, default=1.0, help="1: as in a fusion of z-scores")
p.add_argument("--overlap-share", type=float, default=0.0, help="share of batches whose queries lose words that the code has")
p.add_argument("--overlap-drop", type=float, default=0.5, help="chance of each such word to go")
p.add_argument("--distil-weight", type=float, default=0.5, help="weight of the likeness of sentences to MiniLM's, 0: none")
p.add_argument("--distil-sentences", type=int, default=8_000)
p.add_argument("--distil-batch", type=int, default=256)
p.add_argument("--count-power", type=float, default=0.5, help="a token that occurs n times in a text counts n to this power; the file format knows 1 and 0.5")
p.add_argument("--no-start", action="store_true", help="experiment: random start")
p.add_argument("--dry", action="store_true", help="measure only, write no model")
p.add_argument("--save", help="experiment: keep the float table here")
a = p.parse_args()
nb.set_num_threads(a.threads)
T0 = time.time()


def say(*x):
    print(f"{time.time() - T0:6.0f}s", *x, flush=True)


def build_tokenizer(path, texts):
    t = Tokenizer(models.BPE(unk_token="[UNK]"))
    t.normalizer = normalizers.Sequence([normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase()])
    t.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    trainer = trainers.BpeTrainer(vocab_size=a.vocabulary, special_tokens=["[UNK]"], show_progress=False, min_frequency=3, limit_alphabet=200)
    t.train_from_iterator(texts, trainer)
    t.save(path)


def encode(tokenizer, texts, split=True):
    """-> (int32 tokens of all texts, int64 offsets); [UNK] is left out: it never counts. `split`: the texts are not yet words."""
    lengths, parts = [], []
    for i in range(0, len(texts), 4096):
        for e in tokenizer.encode_batch([joined(t) for t in texts[i:i + 4096]] if split else texts[i:i + 4096], add_special_tokens=False):
            ids = np.array([x for x in e.ids if x], np.int32)
            parts.append(ids); lengths.append(len(ids))
    return np.concatenate(parts), np.concatenate([[0], np.cumsum(lengths)])


@nb.njit(cache=True)
def bags(tokens, starts, lengths, vocabulary):
    """Distinct tokens of each row with their counts, in order of first appearance."""
    out, count, offsets = np.empty(lengths.sum(), np.int32), np.empty(lengths.sum(), np.float32), np.zeros(len(starts) + 1, np.int64)
    at, stamp, n = np.zeros(vocabulary, np.int64), np.full(vocabulary, -1, np.int64), 0
    for i in range(len(starts)):
        for j in range(starts[i], starts[i] + lengths[i]):
            x = tokens[j]
            if stamp[x] != i:
                stamp[x] = i; at[x] = n; out[n] = x; count[n] = 1; n += 1
            else:
                count[at[x]] += 1
        offsets[i + 1] = n
    return out[:n].copy(), count[:n].copy(), offsets


@nb.njit(cache=True)
def drop_shared(q, qc, qo, c, co, vocabulary, chance):
    """Zeroes the count of query tokens that the code has, each with the given chance, but never all of a query."""
    stamp = np.full(vocabulary, -1, np.int64)
    for i in range(len(qo) - 1):
        for j in range(co[i], co[i + 1]):
            stamp[c[j]] = i
        left = 0
        for j in range(qo[i], qo[i + 1]):
            left += stamp[q[j]] != i
        if left < 2:
            continue
        for j in range(qo[i], qo[i + 1]):
            if stamp[q[j]] == i and np.random.random() < chance:
                qc[j] = 0


@nb.njit(cache=True)
def seed_numba(s):
    np.random.seed(s)


@nb.njit(parallel=True, fastmath=True, cache=True)
def forward(E, x, w, offsets, halves):
    n, D = len(offsets) - 1, E.shape[1]
    out = np.zeros((n, D), np.float32)
    for h in nb.prange(halves):
        a0, a1 = h * D // halves, (h + 1) * D // halves
        for i in range(n):
            for j in range(offsets[i], offsets[i + 1]):
                wj, r = w[j], x[j]
                if wj != 0:
                    for d in range(a0, a1):
                        out[i, d] += wj * E[r, d]
    return out


@nb.njit(parallel=True, fastmath=True, cache=True)
def backward(E, x, w, offsets, gu, gE, gW, halves):
    """Adds to gE the gradient of the vectors and to gW[half] that of the log-weights."""
    n, D = len(offsets) - 1, E.shape[1]
    for h in nb.prange(halves):
        a0, a1 = h * D // halves, (h + 1) * D // halves
        for i in range(n):
            for j in range(offsets[i], offsets[i + 1]):
                wj, r = w[j], x[j]
                if wj != 0:
                    s = np.float32(0)
                    for d in range(a0, a1):
                        s += E[r, d] * gu[i, d]
                        gE[r, d] += wj * gu[i, d]
                    gW[h, r] += wj * s


@nb.njit(parallel=True, fastmath=True, cache=True)
def adam(P, m, v, g, touched, rate, c1, c2):
    """Adam on the rows that this step touched; clears their gradient."""
    for k in nb.prange(len(touched)):
        r = touched[k]
        for d in range(P.shape[1]):
            x = g[r, d]
            m[r, d] = np.float32(0.9) * m[r, d] + np.float32(0.1) * x
            v[r, d] = np.float32(0.999) * v[r, d] + np.float32(0.001) * x * x
            P[r, d] -= rate * (m[r, d] * c1) / (np.sqrt(v[r, d] * c2) + np.float32(1e-8))
            g[r, d] = 0


COMMENT = re.compile(r"\s*(//+|#|--|\*|/\*)\s*(\w.*)")
QUESTIONS = ["how does {} work", "how to", "how is it done", "where is the code that", "where does it", "what function", "which code", "how {} does", "function that", "the part of {} that", "{}", "in {}", "how {}"]


def comments(code, rng):
    """One (comment, following lines) of a body, or two empty texts."""
    lines, found = code.split("\n"), []
    i = 1
    while i < len(lines):
        j, text = i, []
        while j < len(lines) and (m := COMMENT.match(lines[j])):
            text.append(m[2]); j += 1
        if text:
            comment = " ".join(text).rstrip("*/ ")
            after = [x for x in lines[j:j + 10] if not COMMENT.match(x)]
            if len(comment.split()) >= 4 and len(after) >= 2 and mine.usable(comment):
                found.append((comment, "\n".join(after)))
        i = max(j, i + 1)
    return rng.choice(found) if found else ("", "")


def joined_all(texts):
    return [joined(t) for t in texts]


def prepare():
    """Tokenizer and token arrays, cached in the work folder."""
    cache, tok_path = os.path.join(a.work, f"tokens-{a.vocabulary}.npz"), os.path.join(a.work, f"tokenizer-{a.vocabulary}.json")
    if not (os.path.exists(cache) and os.path.exists(tok_path) and os.path.exists(os.path.join(a.work, "bench.json"))):
        train, heldout = data.rows(a.work, a.threads, a.exclude_repos)
        say("functions and types", len(train), "documented", sum(bool(r["doc"]) for r in train), "held out", len(heldout))
        languages = collections.Counter((r["language"], bool(r["doc"])) for r in train)
        say("by language, documented / not", {l: (languages[l, True], languages[l, False]) for l in sorted({x for x, _ in languages})})
        json.dump(data.bench_sets(heldout), open(os.path.join(a.work, "bench.json"), "w"))
        del heldout
        rng = random.Random(a.seed)
        rng.shuffle(train)
        per, kept = {}, []
        for r in train:   # the cap is per package, language and "has documentation"; what has none gives only names and comments
            k = (r["package"], r["language"], bool(r["doc"]))
            per[k] = per.get(k, 0) + 1
            if per[k] <= (a.package_cap if r["doc"] else a.package_cap // 8):
                kept.append(r)
        train = kept
        json.dump(data.sentences(a.work, {r["doc"] for r in train}, a.distil_sentences), open(os.path.join(a.work, "sentences.json"), "w"))
        say("kept under the caps", len(train), "documented", sum(bool(r["doc"]) for r in train))
        split = [r["code"][:1600].partition("\n")[::2] for r in train]
        found = [comments(r["code"], rng) for r in train]
        fields = {}
        with multiprocessing.Pool(a.threads) as pool:
            for name, texts in (("doc", [r["doc"] for r in train]), ("rest", [r["rest"] for r in train]), ("name", [r["name"] for r in train]),
                                ("ctx", [r["stem"] + " " + r["scope"] + " " + r["name"] for r in train]), ("sig", [x for x, _ in split]), ("body", [x for _, x in split]),
                                ("com", [x for x, _ in found]), ("next", [x for _, x in found]), ("pkg", [re.sub(r".*[:/]", "", r["package"]) for r in train])):
                fields[name] = [x for part in pool.imap(joined_all, [texts[i:i + 4096] for i in range(0, len(texts), 4096)]) for x in part]
        say("split into words")
        if not os.path.exists(tok_path):
            build_tokenizer(tok_path, (x for i, r in enumerate(train) if r["doc"] and i % 2 == 0 for x in (fields["doc"][i], fields["sig"][i], fields["body"][i])))
            say("tokenizer built")
        tokenizer = Tokenizer.from_file(tok_path)
        for name in list(fields):
            fields[name], fields[name + "_o"] = encode(tokenizer, fields[name], split=False)
        say("encoded")
        fields["package"] = np.unique([r["package"] + r["language"] for r in train], return_inverse=True)[1]
        fields["is_type"] = np.array([r["kind"] == "type" for r in train])
        fields["dunder"] = np.array([r["name"].startswith("__") for r in train])
        fields["doc_id"] = np.unique([r["doc"].lower() for r in train], return_inverse=True)[1]
        fields["name_id"] = np.unique([r["name"].lower() for r in train], return_inverse=True)[1]
        fields["com_id"] = np.unique([x.lower() for x, _ in found], return_inverse=True)[1]
        np.savez(cache, **fields)
    return Tokenizer.from_file(tok_path), tok_path, dict(np.load(cache))


def make_pairs(f, tokenizer, V):
    """-> query bags, code bags, package per pair, identity of the query (equal queries are no negatives of each other)"""
    rng = np.random.default_rng(a.seed)
    n = {k: np.diff(f[k + "_o"]) for k in ("doc", "rest", "name", "sig", "body", "com", "next")}
    documented = np.flatnonzero((n["doc"] > 1) & (n["sig"] + n["body"] > 8))
    plain = ~f["dunder"] & ~f["is_type"]

    def some(mask, share):
        return rng.permutation(np.flatnonzero(mask))[:int(share * len(documented))]
    named = some((n["name"] > 1) & (n["body"] > 8) & plain, a.name_pairs)
    signed = some((n["sig"] > 3) & (n["body"] > 12) & plain, a.signature_pairs)
    commented = some((n["com"] > 3) & (n["next"] > 5), a.comment_pairs)
    prose = some((n["doc"] > 2) & (n["rest"] > 6), a.prose_pairs)
    say("pairs: documentation", len(documented), "names", len(named), "signatures", len(signed), "comments", len(commented), "prose", len(prose))
    questions = [[None if w == "{}" else [x for x in tokenizer.encode(w, add_special_tokens=False).ids] for w in q.split()] for q in QUESTIONS]

    def of(field, i):
        o = f[field + "_o"]
        return f[field][o[i]:o[i + 1]]

    def glue(parts, limit):
        """Rows of several fields, one after the other and cut -> bags"""
        lengths = np.array([min(limit, sum(map(len, p))) for p in parts], np.int64)
        tokens = np.concatenate([np.concatenate(p)[:limit] for p in parts]).astype(np.int32)
        return bags(tokens, np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths, V)

    def asked(i):
        q = [of("doc", i)]
        if rng.random() < a.question_share:
            for w in questions[rng.integers(len(questions))]:
                q.append(of("pkg", i) if w is None else np.array(w, np.int32))
        return q

    def code(i):
        context = [of("ctx", i)] if rng.random() < a.context_share else []
        rest = [of("rest", i)] if rng.random() < a.rest_share else []
        return context + rest + [of("sig", i), of("body", i)]
    parts_q = [glue([asked(i) for i in documented], 128)]
    parts_c = [glue([code(i) for i in documented], a.code_tokens)]
    qid = [f["doc_id"][documented]]
    for rows, field, target, ids, shift in ((named, "name", "body", f["name_id"], 1 << 40), (signed, "sig", "body", np.arange(len(n["sig"])), 1 << 41),
                                            (commented, "com", "next", f["com_id"], 1 << 42), (prose, "doc", "rest", f["doc_id"], 1 << 43)):
        if len(rows):
            parts_q.append(glue([[of(field, i)] for i in rows], 64)); parts_c.append(glue([[of("ctx", i), of(target, i)] if field == "com" else [of(target, i)] for i in rows], a.code_tokens))
            qid.append(ids[rows] + shift)

    package = f["package"][np.concatenate([documented, named, signed, commented, prose])]
    if a.commits:
        rows = [json.loads(line) for name in sorted(os.listdir(a.commits)) if name.endswith(".jsonl") for line in open(os.path.join(a.commits, name))]
        queries, codes = [r["query"] for r in rows], []
        for r in rows:
            context = [r["stem"], r["scope"], r["name"]] if rng.random() < a.context_share else []
            codes.append(" ".join(context + ([r["doc"]] if rng.random() < a.rest_share else []) + [r["code"][:1600]]))
        for texts, parts, limit in ((queries, parts_q, 64), (codes, parts_c, a.code_tokens)):
            tokens, o = encode(tokenizer, texts)
            parts.append(bags(tokens, o[:-1], np.minimum(np.diff(o), limit), V))
        qid.append(np.unique([q.lower() for q in queries], return_inverse=True)[1] + (1 << 44))
        package = np.concatenate([package, np.unique([r["package"] + r["language"] for r in rows], return_inverse=True)[1] + package.max() + 1])
        say("pairs: commits", len(rows))

    def join(parts):
        o, base = [np.zeros(1, np.int64)], 0
        for _, _, off in parts:
            o.append(off[1:] + base); base += off[-1]
        return np.concatenate([x[0] for x in parts]), np.concatenate([x[1] for x in parts]), np.concatenate(o)

    return join(parts_q), join(parts_c), package, np.concatenate(qid)


def batches(package, rng):
    n = len(package)
    order = rng.permutation(n)
    cut = int(n * a.hard_share)
    hard, easy = order[:cut], order[cut:]
    hard = hard[np.argsort(package[hard], kind="stable")]
    blocks = []
    for start, end in zip(*(lambda e: (e[:-1], e[1:]))(np.concatenate([[0], np.flatnonzero(np.diff(package[hard])) + 1, [len(hard)]]))):
        blocks += [hard[i:min(i + a.block, end)] for i in range(start, end, a.block)]
    hard = np.concatenate([blocks[i] for i in rng.permutation(len(blocks))]) if blocks else hard
    out = [x[i:i + a.batch] for x in (hard, easy) for i in range(0, len(x), a.batch)]
    return [out[i] for i in rng.permutation(len(out)) if len(out[i]) >= a.batch // 2]


def pick(bag, rows):
    x, c, o = bag
    lengths = o[rows + 1] - o[rows]
    index = np.repeat(o[rows] - np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths) + np.arange(lengths.sum())
    return x[index], c[index].copy(), np.concatenate([[0], np.cumsum(lengths)])


def normalised(u):
    n = np.sqrt((u * u).sum(1, keepdims=True)) + 1e-6
    return u / n, n


def softmax_loss(S):
    S = S - S.max(1, keepdims=True)
    e = np.exp(S)
    t = e.sum(1, keepdims=True)
    return e / t, float((np.log(t[:, 0]) - np.diag(S)).mean())


def bm25(q, c, idf, average, k1=1.2, b=0.75):
    """BM25 of every query with every code of a batch, over tokens, as z-scores per query, cut so that a sure hit is still learned from."""
    V, (qx, _, qo), (cx, cc, co) = len(idf), q, c
    lengths = np.add.reduceat(cc, co[:-1])
    weight = idf[cx] * cc * (k1 + 1) / (cc + k1 * (1 - b + b * np.repeat(lengths, np.diff(co)) / average))
    s = (csr_matrix((np.ones(len(qx), np.float32), qx, qo), (len(qo) - 1, V)) @ csr_matrix((weight.astype(np.float32), cx, co), (len(co) - 1, V)).T.tocsr()).toarray()
    return np.minimum((s - s.mean(1, keepdims=True)) / (s.std(1, keepdims=True) + np.float32(1e-6)), 4).astype(np.float32)


def train(E, log_w, Q, C, package, qid, evaluate, sentences=None, teacher=None):
    V, D = E.shape
    n = len(C[2]) - 1
    df = np.bincount(C[0], minlength=V)
    idf, average = np.log(1 + (n - df + 0.5) / (df + 0.5)).astype(np.float32), C[1].sum() / n
    rng = np.random.default_rng(a.seed + 1)
    seed_numba(a.seed)
    mE, vE, gE = (np.zeros_like(E) for _ in range(3))
    W1 = log_w.reshape(-1, 1)
    mW, vW = np.zeros_like(W1), np.zeros_like(W1)
    gW = np.zeros((a.threads, V), np.float32)
    total, step, t0 = len(batches(package, np.random.default_rng(0))) * a.epochs, 0, time.time()
    for epoch in range(a.epochs):
        losses, hits = [], []
        for rows in batches(package, rng):
            q, c = pick(Q, rows), pick(C, rows)
            lexical = bm25(q, c, idf, average) if a.bm25_share and rng.random() < a.bm25_share else None
            np.power(q[1], np.float32(a.count_power), out=q[1])
            np.power(c[1], np.float32(a.count_power), out=c[1])
            if a.overlap_share and rng.random() < a.overlap_share:
                drop_shared(q[0], q[1], q[2], c[0], c[2], V, a.overlap_drop)
            w = np.exp(log_w)
            sides = []
            for x, count, o in (q, c):
                wt = w[x] * count
                if a.dropout:
                    wt[rng.random(len(wt), dtype=np.float32) < a.dropout] = 0
                y, n = normalised(forward(E, x, wt, o, a.threads))
                sides.append((x, wt, o, y, n))
            yq, yc = sides[0][3], sides[1][3]
            S = yq @ yc.T / np.float32(a.temperature)
            if lexical is not None:
                S += np.float32(a.bm25_weight) * S.std() * lexical
            same = qid[rows]
            same = same[:, None] == same[None, :]
            np.fill_diagonal(same, False)
            S[same] = -30
            B = len(rows)
            p1, l1 = softmax_loss(S)
            p2, l2 = softmax_loss(S.T)
            hits.append((S.argmax(1) == np.arange(B)).mean())
            losses.append((l1 + l2) / 2)
            G = p1 + p2.T
            G[np.arange(B), np.arange(B)] -= 2
            G *= np.float32(0.5 / B / a.temperature)
            for (x, wt, o, y, n), gy in zip(sides, (G @ yc, G.T @ yq)):
                backward(E, x, wt, o, ((gy - (gy * y).sum(1, keepdims=True) * y) / n).astype(np.float32), gE, gW, a.threads)
            touched = [q[0], c[0]]
            if teacher is not None:   # sentences lie as near to each other as MiniLM has them: meaning beyond what pairs of code teach
                docs = rng.choice(len(teacher), a.distil_batch, replace=False)
                x, count, o = pick(sentences, docs)
                wt = w[x] * np.power(count, np.float32(a.count_power))
                y, n = normalised(forward(E, x, wt, o, a.threads))
                S, T = y @ y.T / np.float32(a.temperature), teacher[docs] @ teacher[docs].T / np.float32(a.temperature)
                for M in (S, T):
                    np.fill_diagonal(M, -30)
                    np.exp(M - M.max(1, keepdims=True), out=M)
                    M /= M.sum(1, keepdims=True)
                G = (S - T) * np.float32(a.distil_weight / len(docs) / a.temperature)
                gy = (G + G.T) @ y
                backward(E, x, wt, o, ((gy - (gy * y).sum(1, keepdims=True) * y) / n).astype(np.float32), gE, gW, a.threads)
                touched.append(x)
            step += 1
            rate = a.rate * min(1, step / 50) * max(0.02, 1 - step / total)
            c1, c2 = np.float32(1 / (1 - 0.9 ** step)), np.float32(1 / (1 - 0.999 ** step))
            touched = np.unique(np.concatenate(touched))
            adam(E, mE, vE, gE, touched, np.float32(rate), c1, c2)
            g1 = np.ascontiguousarray(gW.sum(0).reshape(-1, 1)); gW[:] = 0
            adam(W1, mW, vW, g1, touched, np.float32(rate * 2), c1, c2)
        say(f"epoch {epoch} loss {np.mean(losses):.3f} in-batch hits {np.mean(hits):.3f} train {time.time() - t0:.0f}s", evaluate() if epoch in (0, a.epochs - 1) else "")
    return E * np.exp(log_w)[:, None]


def main():
    a.work = os.path.abspath(a.work)
    os.makedirs(a.work, exist_ok=True)
    tokenizer, tok_path, fields = prepare()
    V = tokenizer.get_vocab_size()
    Q, C, package, qid = make_pairs(fields, tokenizer, V)
    del fields
    start = os.path.join(a.work, f"start-{V}-{a.dims}.npy")
    if a.no_start:
        E = np.random.default_rng(a.seed).normal(0, 0.1, (V, a.dims)).astype(np.float32)
    else:
        if not os.path.exists(start):
            np.save(start, minilm.start_table(a.work, [tokenizer.id_to_token(i) for i in range(V)], a.dims))
            say("start table made")
        E = np.load(start)
    # Weights start as smooth inverse frequency: a / (a + p).
    count = np.bincount(Q[0], Q[1], V) + np.bincount(C[0], C[1], V)
    log_w = np.log(1e-3 / (1e-3 + count / count.sum())).astype(np.float32)
    b = bench.Bench(os.path.join(a.work, "bench.json"))
    bench_ids = {}

    def evaluate(T=None):
        T = E * np.exp(log_w)[:, None] if T is None else T

        def embed(texts):
            key = id(texts)
            if key not in bench_ids:
                x, o = encode(tokenizer, texts)
                bench_ids[key] = bags(x, o[:-1], np.minimum(np.diff(o), table.MAX_TOKENS), V)
            x, c, o = bench_ids[key]
            return normalised(forward(T.astype(np.float32), x, c ** np.float32(a.count_power), o, a.threads))[0]
        return {k: {m: round(v, 4) for m, v in s.items()} for k, s in b.run(embed).items()}

    say("before training", evaluate())
    sentences = teacher = None
    if a.distil_weight:
        texts, teacher = minilm.sentences(a.work)
        x, o = encode(tokenizer, texts)
        sentences = bags(x, o[:-1], np.diff(o), V)
    T = train(E, log_w, Q, C, package, qid, evaluate, sentences, teacher)
    T[0] = 0   # [UNK] never counts
    if a.save:
        np.save(a.save, T)
    if not a.dry:
        os.makedirs(a.out, exist_ok=True)
        table.write(a.out, T, {1.0: 0, 0.5: table.SQRT_COUNTS}[a.count_power])
        with open(os.path.join(a.out, "tokenizer.json"), "w") as f:   # without blanks it is less than half as long
            json.dump(json.load(open(tok_path)), f, ensure_ascii=False, separators=(",", ":"))
        golden.write(a.out, b.sets)
        say("written", a.out)
        for language, m in b.run(table.Table(a.out).embed, full=True).items():
            say(language, json.dumps({k: round(v, 4) for k, v in m.items()}))


main()
