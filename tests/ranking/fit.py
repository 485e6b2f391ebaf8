#!/usr/bin/env python3
"""Fits `server/crates/search/src/weights.json` on the development sets and on generated ones, with cross-validation by groups of
repositories.

    fit.py --harness ndcg.py --binary symseek --params params.json --made messages descriptions asked commits [--write weights.json] [--drop FEATURE …]

`ndcg.py` is the team's retrieval harness: it knows the queries, their targets and where the checkouts lie (`EVAL_DATA`).
Needs NumPy and SciPy. Nothing else in the repository needs this script.

The binary is asked with `eval-serve --features` for every query; it answers the candidates of the legs with what ranking
measured of each. A candidate's score is the sum of its features, each times `always + literal * when literal + (without vectors) * alone
+ described * when described + action * when it says what is done`; the weights minimise the mean over repositories of -log(share of the softmax that falls on a target), which rewards targets near the top,
plus an L2 penalty, in units of each feature's spread, around the prior (both legs, equally). The first pass is fitted on all candidates, without the features of the second;
the second on those that the first puts among the best `--inspected`, with all features. Then NDCG@10 is computed as the harness does, after the
program's own diversification. Cross-validation leaves out one group of repositories after another: its figures are those to believe.

The sets judged by hand are few repositories of two kinds of question each. What `messages.py` and `descriptions.py` make of packages
knows nothing of what people ask, what `asked.py` lays out was asked by a language model, and what `commits.py` makes was said of a change, but they are more
repositories and more kinds of question: they hold weights back from what is true of the judged repositories only, and count `MADE` beside each.
"""
import argparse, hashlib, importlib.util, json, os, pathlib, pickle, subprocess, sys, tempfile

import numpy
from scipy.optimize import minimize


def harness(path):
    sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
    spec = importlib.util.spec_from_file_location("harness", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def ask(binary, params, root, mode, queries):
    """The answers of one `eval-serve`, one per query."""
    command = [binary, "eval-serve", root, "--mode", mode, "--features", "--limit", "5000", "--params", params]
    text = "".join(query + "\n" for query in queries)
    run = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    return lines[1:]


class Query:
    """One query with its candidates: features[n, N], targets[n_targets, n] (which candidate covers which target)."""

    def __init__(self, set_name, mode, task, answer, matcher, names):
        self.alone = float(mode == "lexical")
        self.set, self.repo, self.category, self.text = set_name, task["repo"], task["category"], task["query"]
        self.reading = answer.get("reading", "words")
        results = answer["results"]
        self.n_targets = len(task["targets"])
        self.features = numpy.array([r["features"] for r in results], dtype=numpy.float64).reshape(len(results), len(names))
        self.scores = numpy.array([r["score"] for r in results])
        self.shares = [1.0, answer["literal"], self.alone, answer["described"], answer["action"]]
        self.targets = numpy.array(
            [[matcher.path(r["path"], t[0]) and matcher.span(r, t) for r in results] for t in task["targets"]], dtype=bool
        ).reshape(self.n_targets, len(results))
        paths = sorted({r["path"] for r in results})
        self.files = numpy.array([paths.index(r["path"]) for r in results], dtype=int)

    @property
    def learns(self):
        """Names and relations are answered by the graph first; weights decide over words."""
        return self.reading == "words" and self.targets.any()

    def matrix(self, rows=slice(None)):
        features = self.features[rows]
        return numpy.hstack([share * features for share in self.shares])

    def ndcg(self, scores, diversity):
        order = numpy.argsort(-scores, kind="stable")
        if diversity:
            seen, lowered = {}, scores.copy()
            for at in order:
                n_better = seen.get(self.files[at], 0)
                lowered[at] -= diversity * n_better
                seen[self.files[at]] = n_better + 1
            order = numpy.argsort(-lowered, kind="stable")
        order = order[:10]
        ranks = set()
        for target in self.targets:
            at = numpy.flatnonzero(target[order])
            if len(at):
                ranks.add(at[0])
        ideal = sum(1 / numpy.log2(i + 2) for i in range(min(10, self.n_targets)))
        return sum(1 / numpy.log2(rank + 2) for rank in ranks) / ideal if self.n_targets else 0.0


MODES = ("full", "lexical")


def collect(h, binary, params, names, made):
    queries = []
    for set_name, match in (("functions", "strict"), ("public", "suffix")):
        folder = pathlib.Path(h.HERE) / set_name
        specs = h.load_specs(folder / "repos.json")
        for repo, tasks in h.load_tasks(folder / "annotations", specs).items():
            checkout = os.path.join(h.EVAL_DATA, "repos", repo)
            root = os.path.join(checkout, specs[repo].get("benchmark_root") or "")
            matcher = h.Matcher(os.path.realpath(root), os.path.realpath(checkout), match == "strict")
            queries += of_tree(binary, params, names, set_name, root, tasks, matcher)
    for folder in map(pathlib.Path, made):
        for tree, tasks in h.load_tasks(folder / "annotations", h.load_specs(folder / "repos.json")).items():
            root = os.path.realpath(folder / "trees" / tree)
            queries += of_tree(binary, params, names, f"{MADE_NAME}{folder.name}", root, tasks, h.Matcher(root, root, True))
    return queries


def of_tree(binary, params, names, set_name, root, tasks, matcher):
    """The judged queries of one tree with their candidates, asked with vectors and without."""
    queries = []
    for mode in MODES:
        answers = ask(binary, params, os.path.realpath(root), mode, [task["query"] for task in tasks])
        for task, answer in zip(tasks, answers, strict=True):
            shown = set_name if mode == "full" else f"{set_name}, words alone"
            queries.append(Query(shown, mode, task, answer, matcher, names))
    return queries


class Data:
    """Candidates of many queries in one matrix: the loss of all of them and its gradient in a few products."""

    def __init__(self, rows, spread):
        """`rows`: (query, its candidates that count, importance). Columns are divided by their `spread`."""
        matrices, lengths, targets, importances, of_query = [], [], [], [], []
        n = 0
        for query, chosen, importance in rows:
            covered = query.targets[:, chosen]
            covered = covered[covered.any(axis=1)]
            if not len(covered):
                continue
            matrices.append((query.matrix(chosen) / spread).astype(numpy.float32))
            for target in covered:
                targets.append(n + numpy.flatnonzero(target))
                importances.append(importance / len(covered))
                of_query.append(len(lengths))
            lengths.append(covered.shape[1])
            n += lengths[-1]
        self.matrix = numpy.vstack(matrices)
        self.query_of = numpy.repeat(numpy.arange(len(lengths)), lengths)
        self.starts = numpy.concatenate([[0], numpy.cumsum(lengths)[:-1]])
        self.targets = numpy.concatenate(targets)
        self.n_targets = numpy.array([len(target) for target in targets])
        self.target_starts = numpy.concatenate([[0], numpy.cumsum(self.n_targets)[:-1]])
        self.importances = numpy.array(importances)
        self.importance_of = numpy.bincount(of_query, weights=self.importances, minlength=len(lengths))[self.query_of]

    def loss(self, weights):
        scores = TEMPERATURE * (self.matrix @ weights.astype(numpy.float32)).astype(numpy.float64)
        scores -= numpy.maximum.reduceat(scores, self.starts)[self.query_of]
        share = numpy.exp(scores)
        share /= numpy.add.reduceat(share, self.starts)[self.query_of]
        on_target = share[self.targets]
        mass = numpy.add.reduceat(on_target, self.target_starts) + 1e-12
        total = -(self.importances * numpy.log(mass)).sum()
        gradient = share * self.importance_of
        numpy.add.at(gradient, self.targets, -numpy.repeat(self.importances / mass, self.n_targets) * on_target)
        return total, TEMPERATURE * (self.matrix.T @ gradient.astype(numpy.float32)).astype(numpy.float64)


def spreads(rows):
    """How much each feature differs between the candidates of one query, for all of its weights. The penalty on a weight is in
    these units: without them it would press most on features of small numbers (a depth, a share), whatever they tell."""
    variance = numpy.mean([query.features[chosen].var(axis=0) for query, chosen, _ in rows if len(query.features)], axis=0)
    return numpy.tile(numpy.maximum(numpy.sqrt(variance), 0.02), N_NUMBERS)


# What agrees with the query in text or meaning never speaks against a candidate, whatever the judged queries say: those who judge
# avoid the words of the code, those who ask do not.
AGREEING = ("lexical", "vector", "coverage", "name vector", "code coverage", "phrase", "message")
# What agrees in names and places, or by its file, may count less for descriptions and literal text, but nothing less than not at all otherwise.
MOSTLY_AGREEING = ("name", "name asked", "path", "stem", "stem asked", "folder asked", "defines", "file lexical", "file vector",
                   "file coverage", "both legs", "called")


def at_least_nothing(names):
    """[4N]: whether a weight may not be below 0."""
    always = [name in AGREEING + MOSTLY_AGREEING for name in names]
    return numpy.concatenate([always] + [[name in AGREEING for name in names]] * (N_NUMBERS - 1))


def fit(rows, legs, penalty, free, bounded, start=None):
    """Weights [4N] that minimise the loss, those that are `bounded` not below 0; `legs` are the places of the two that start, and are
    held, near `PRIOR`, unless there are weights to start with."""
    spread = spreads(rows)
    spread[legs] = 1.0 / PRIOR
    prior = numpy.zeros(len(free))
    prior[legs] = 1.0
    if start is not None:
        prior = start * spread
    data = Data(rows, spread)

    def loss(free_weights):
        weights = prior.copy()
        weights[free] = free_weights
        total, gradient = data.loss(weights)
        distance = weights - prior
        return total + penalty * distance @ distance, (gradient + 2 * penalty * distance)[free]

    bounds = [(0.0, None) if positive else (None, None) for positive in bounded[free]]
    found = minimize(loss, prior[free], jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 400, "ftol": 1e-7})
    weights = prior.copy()
    weights[free] = found.x
    return weights / spread


class Ranker:
    """Weights of both passes, fitted on the queries that learn; every repository of a set counts equally."""

    def __init__(self, queries, legs, penalties, free, bounded, n_inspected, kept=None):
        self.n_inspected = n_inspected
        learning = [query for query in queries if query.learns]
        n_of = {}
        for query in learning:
            n_of[query.set, query.repo] = n_of.get((query.set, query.repo), 0) + 1
        n_repos = {s: len([1 for (set_name, _) in n_of if set_name == s]) for (s, _) in n_of}

        def rows(chosen):
            importance = {key: counts(key[0]) / n / n_repos[key[0]] for key, n in n_of.items()}
            return [(query, chosen(query), importance[query.set, query.repo]) for query in learning]

        if kept is not None:
            self.first = kept[0]
            self.second = fit(rows(lambda query: self.best(query)[0]), legs, penalties[1], free[1], bounded, kept[1])
            return
        self.first = fit(rows(lambda query: slice(None)), legs, penalties[0], free[0], bounded)
        # Words alone get no second pass in the program, but they teach it what text is worth: without them it fits worse.
        self.second = fit(rows(lambda query: self.best(query)[0]), legs, penalties[1], free[1], bounded)
        n = len(self.second) // N_NUMBERS
        # What never came so far taught the second pass nothing: it keeps what the first learned.
        met = numpy.any([query.features[self.best(query)[0]].any(axis=0) for query in learning], axis=0)
        self.second = numpy.where(numpy.tile(met, N_NUMBERS), self.second, self.first)
        self.second[2 * n : 3 * n] = 0.0

    def best(self, query):
        scores = query.matrix() @ self.first
        return numpy.argsort(-scores, kind="stable")[: self.n_inspected], scores

    def score(self, query):
        """As the program scores: without vectors there is no second pass."""
        best, scores = self.best(query)
        if query.alone:
            return scores
        scores = scores - FAR
        scores[best] = query.matrix(best) @ self.second
        return scores


FAR = 1000.0  # below everything that was inspected
TEMPERATURE = 1.5
# What a generated set counts beside one judged by hand: those that people or a model asked more than those that a script makes.
MADE = {"messages": 0.1, "descriptions": 0.15, "asked": 0.3, "commits": 0.3}
MADE_NAME = "made "  # before the names of generated sets
N_NUMBERS = 5  # a feature's weights in one pass
PRIOR = 0.6  # what a leg is taken to be worth before anything is known


def counts(set_name):
    """What a set counts; without vectors as with them."""
    if not set_name.startswith(MADE_NAME):
        return 1.0
    return MADE.get(set_name.removeprefix(MADE_NAME).split(",")[0], 0.1)


def report(queries, score, diversity, label):
    """Prints the macro mean per set and kind of query."""
    per = {}
    for query in queries:
        value = query.ndcg(query.scores if not query.learns else score(query), diversity if query.learns else 0.0)
        for kind in (query.category, "all"):
            per.setdefault((query.set, kind), {}).setdefault(query.repo, []).append(value)
    kinds = {}
    for (set_name, kind), repos in per.items():
        if kind == "all":
            kinds[set_name, kind] = numpy.mean([numpy.mean(values) for values in repos.values()])
        else:
            kinds[set_name, kind] = numpy.mean([value for values in repos.values() for value in values])
    def short(set_name):
        return set_name.removeprefix(MADE_NAME)[0] + ("w" if "," in set_name else "")

    shown = "  ".join(f"{short(set_name)}.{kind} {value:.3f}" for (set_name, kind), value in sorted(kinds.items()))
    print(f"{label}: {shown}", flush=True)
    return kinds


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--harness", required=True)
    p.add_argument("--binary", required=True)
    p.add_argument("--params", required=True, help="retrieval parameters as `eval-serve --params` takes them; {} are the shipped ones")
    p.add_argument("--made", nargs="*", default=[], help="folders that `messages.py`, `descriptions.py`, `asked.py` and `commits.py` wrote: their queries join the fit")
    p.add_argument("--write", help="where the weights go")
    p.add_argument("--diversity", type=float, default=0.4)
    p.add_argument("--inspected", type=int, default=40, help="candidates that get a second look")
    p.add_argument("--penalties", type=float, nargs=2, default=[0.03, 0.06], help="on the weights of the first and of the second pass")
    p.add_argument("--drop", nargs="*", default=[], help="features that stay at nothing")
    p.add_argument("--only", nargs="*", default=[], help="features of the second pass that are fitted; all other weights stay those of weights.json")
    p.add_argument("--groups", type=int, default=6, help="of repositories, of which cross-validation leaves out one after another")
    p.add_argument("--unbounded", action="store_true", help="let what agrees with the query speak against a candidate")
    p.add_argument("--no-validation", action="store_true", help="fit on all, quickly")
    p.add_argument("--ablate", action="store_true", help="leave out one feature after another")
    p.add_argument("--cache", help="where to keep the candidates between two runs")
    a = p.parse_args()
    weights_file = pathlib.Path(__file__).resolve().parents[2] / "server/crates/search/src/weights.json"
    known = json.loads(weights_file.read_text())
    names = list(known)
    if a.cache and os.path.exists(a.cache):
        queries = pickle.load(open(a.cache, "rb"))
    else:
        # Every candidate is inspected, so that the second pass can be fitted on whatever the first will choose.
        with tempfile.NamedTemporaryFile("w", suffix=".json") as params:
            json.dump(json.loads(pathlib.Path(a.params).read_text()) | {"inspected": 1_000_000}, params)
            params.flush()
            queries = collect(harness(a.harness), a.binary, params.name, names, a.made)
        if a.cache:
            pickle.dump(queries, open(a.cache, "wb"))
    legs = [names.index("lexical"), names.index("vector")]
    bounded = numpy.zeros(N_NUMBERS * len(names), dtype=bool) if a.unbounded else at_least_nothing(names)
    plain = numpy.zeros(N_NUMBERS * len(names))
    plain[legs] = 1.0
    # Features of the second pass stand last in the program's list, from this one on.
    n_first = names.index("name vector")

    def free_without(dropped):
        kept = numpy.array([name not in dropped for name in names])
        return numpy.tile(kept & (numpy.arange(len(names)) < n_first), N_NUMBERS), numpy.tile(kept, N_NUMBERS)

    # Without vectors there is no second pass, so that its third numbers stay at nothing.
    only = numpy.tile([name in a.only for name in names], N_NUMBERS)
    only[2 * len(names) : 3 * len(names)] = False
    kept = numpy.array([known[name] for name in names]).transpose(1, 2, 0).reshape(2, -1)

    def fitted(queries, dropped):
        if a.only:
            return Ranker(queries, legs, a.penalties, (None, only & free_without(dropped)[1]), bounded, a.inspected, kept)
        return Ranker(queries, legs, a.penalties, free_without(dropped), bounded, a.inspected)

    def validated(dropped):
        by_group = [fitted([query for query in queries if group(query) != left_out], dropped) for left_out in range(a.groups)]
        return lambda query: by_group[group(query)].score(query)

    def group(query):
        return int(hashlib.sha256(query.repo.encode()).hexdigest(), 16) % a.groups

    ranker = fitted(queries, a.drop)
    report(queries, lambda query: query.matrix() @ plain, a.diversity, "legs alone")
    report(queries, lambda query: query.matrix() @ ranker.first, a.diversity, "first pass, fitted on all")
    report(queries, ranker.score, a.diversity, "fitted on all")
    if not a.no_validation:
        report(queries, validated(a.drop), a.diversity, "cross-validated")
    n = len(names)
    rows = numpy.stack([each.reshape(N_NUMBERS, n).T for each in (ranker.first, ranker.second)], axis=1)
    for name, passes in zip(names, rows):
        print(f"    {name:<16} " + " | ".join(" ".join(f"{number:8.3f}" for number in numbers) for numbers in passes))
    if a.ablate:
        for name in names:
            if name not in a.drop and name not in ("lexical", "vector"):
                report(queries, validated([*a.drop, name]), a.diversity, f"  without {name}")
    if a.write:
        text = [", ".join("[" + ", ".join(f"{round(number, 3) + 0.0:.3f}" for number in numbers) + "]" for numbers in passes) for passes in rows]
        lines = [f"  {json.dumps(name)}: [{passes}]" for name, passes in zip(names, text)]
        pathlib.Path(a.write).write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
