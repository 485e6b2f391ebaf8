"""Rows of all sources, mined once per package, and what may not be learned from."""
import concurrent.futures, hashlib, json, os, random, re, sysconfig

import mine, sources

STDLIB_SKIP = ("site-packages", "test", "idlelib", "lib2to3", "turtledemo", "ensurepip")


def stdlib_copy(work):
    """The standard library of the interpreter that runs this, by links, without its tests and what is installed into it."""
    lib, dest = sysconfig.get_paths()["stdlib"], os.path.join(work, "src", "stdlib-python")
    if not os.path.isdir(dest):
        os.makedirs(dest)
        for n in sorted(os.listdir(lib)):
            if n not in STDLIB_SKIP and not n.startswith("config-"):
                if n.endswith(".py"):
                    os.symlink(os.path.join(lib, n), os.path.join(dest, n))
                elif os.path.isdir(os.path.join(lib, n)):
                    os.makedirs(os.path.join(dest, n))
                    for f in sorted(os.listdir(os.path.join(lib, n))):
                        if f.endswith(".py"):
                            os.symlink(os.path.join(lib, n, f), os.path.join(dest, n, f))
    return dest


def excluded_hashes(work, repos):
    """Hashes of every function in the repositories that judge the product, when they are laid out in `repos`."""
    if not repos or not os.path.isdir(repos):
        print("no evaluation repositories to check against; package names alone keep them out")
        return set()
    cache = os.path.join(work, "excluded.json")
    if not os.path.exists(cache):
        found = set()
        for name in sorted(os.listdir(repos)):
            found |= {mine.code_hash(r["code"]).hex() for r in mine.mine(os.path.join(repos, name), name)}
        json.dump(sorted(found), open(cache, "w"))
    return set(json.load(open(cache)))


def rows(work, processes, exclude_repos=None):
    """-> (training rows, held-out rows), each without duplicates; held-out code is never in training."""
    jobs, roles = [], []
    os.makedirs(os.path.join(work, "mined"), exist_ok=True)
    trees = sources.fetch(work) + [(dict(registry="stdlib", name="python", role="train"), stdlib_copy(work))]
    for r, folder in trees:
        package = f"{r['registry']}:{r['name']}"
        jobs.append((folder, package, os.path.join(work, "mined", os.path.basename(folder) + ".jsonl")))
        roles.append(r["role"])
    with concurrent.futures.ProcessPoolExecutor(processes) as pool:
        list(pool.map(mine.mine_to_file, jobs))
    banned = excluded_hashes(work, exclude_repos)
    out, seen, dropped = {"heldout": [], "train": []}, set(), 0
    for role in ("heldout", "train"):
        for (_, _, path), its_role in zip(jobs, roles):
            if its_role == role:
                for line in open(path):
                    r = json.loads(line)
                    h = mine.code_hash(r["code"])
                    if h.hex() in banned:
                        dropped += 1
                    elif h not in seen:
                        seen.add(h)
                        out[role].append(r)
    if banned:
        print("dropped, because an evaluation repository has the same function:", dropped)
    return out["train"], out["heldout"]


def sentences(work, trained, count, per_package=300):
    """Sentences of 5 to 25 words from the documentation of many packages, each also in `trained`, in a fixed random order."""
    rng, by_package, heldout = random.Random(5), {}, {f"{r['registry']}:{r['name']}" for r in sources.read_tsv() if r["role"] == "heldout"}
    folder = os.path.join(work, "mined")
    for name in sorted(os.listdir(folder)):
        for line in open(os.path.join(folder, name)):
            r = json.loads(line)
            if r["package"] in heldout:
                break
            if 5 <= len(r["doc"].split()) <= 25:
                by_package.setdefault(r["package"], set()).add(r["doc"])
    out = set()
    for package in sorted(by_package):
        found = sorted(by_package[package])
        rng.shuffle(found)
        out.update(found[:per_package])
    out = sorted(out)
    rng.shuffle(out)
    return [x for x in out[:count] if x in trained]


def bench_sets(heldout, seed=7):
    """Per language: documentation of 1,000 functions, searched among 2,000 functions that contain their own; 200 among 1,000 for
    the languages that have one to three held-out packages. A language with fewer than 100 such functions is left out."""
    sets = {}
    for language in sorted({r["language"] for r in heldout}):
        rng = random.Random(seed)
        functions = [r for r in heldout if r["language"] == language and r["kind"] == "function"]
        few = language not in ("py", "rs")   # other languages have few held-out packages: 200 queries among 1,000 functions
        if few:
            queries, candidates, per_package = 200, 1000, 200
        else:
            queries, candidates, per_package = 1000, 2000, 100
        per, documented, rest, docs = {}, [], [], set()
        rng.shuffle(functions)
        for r in functions:
            # No Rust or Python package gives more than a tenth of the queries, and no two queries are the same sentence.
            if r["doc"] and r["doc"] not in docs and per.get(r["package"], 0) < per_package:
                per[r["package"]] = per.get(r["package"], 0) + 1
                docs.add(r["doc"]); documented.append(r)
            else:
                rest.append(r)
        chosen = documented[:queries]
        if len(chosen) < 100:
            continue
        rest = [r for r in rest + documented[queries:] if r["doc"] not in docs or r in chosen]
        pool = chosen + rest[:candidates - len(chosen)]
        sets[language] = dict(queries=[r["doc"] for r in chosen], names=[r["name"] for r in chosen], codes=[r["code"] for r in pool],
                              signatures=[r["signature"] for r in pool])
    return sets
