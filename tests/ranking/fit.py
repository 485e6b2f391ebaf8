#!/usr/bin/env python3
"""Fits `server/crates/search/src/weights.json` on the development sets, with cross-validation by repository.

    fit.py --harness ndcg.py --binary symseek [--write weights.json] [--params params.json] [--drop FEATURE …]

`ndcg.py` is the team's retrieval harness: it knows the queries, their targets and where the checkouts lie (`EVAL_DATA`).
Needs NumPy and SciPy. Nothing else in the repository needs this script.

The binary is asked with `eval-serve --features` for every query; it answers the candidates of the legs with what ranking
measured of each. A candidate's score is the sum of its features, each times `always + literal * when literal + (without vectors) * alone`; the weights
minimise the mean over repositories of -log(share of the softmax that falls on a target), which rewards targets near the top,
plus an L2 penalty around the prior (both legs, equally). The first pass is fitted on all candidates, without the features of the second;
the second on those that the first puts among the best `--inspected`, with all features. Then NDCG@10 is computed as the harness does, after the
program's own diversification. Cross-validation leaves out one repository after another: its figures are those to believe.
"""
import argparse, importlib.util, json, os, pathlib, pickle, subprocess, sys, tempfile

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
        self.literal = answer.get("literal", 0.0)
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
        return numpy.hstack([features, self.literal * features, self.alone * features])

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


def collect(h, binary, params, names):
    queries = []
    for set_name, match in (("functions", "strict"), ("public", "suffix")):
        folder = pathlib.Path(h.HERE) / set_name
        specs = h.load_specs(folder / "repos.json")
        for repo, tasks in h.load_tasks(folder / "annotations", specs).items():
            checkout = os.path.join(h.EVAL_DATA, "repos", repo)
            root = os.path.join(checkout, specs[repo].get("benchmark_root") or "")
            matcher = h.Matcher(os.path.realpath(root), os.path.realpath(checkout), match == "strict")
            for mode in MODES:
                answers = ask(binary, params, os.path.realpath(root), mode, [task["query"] for task in tasks])
                for task, answer in zip(tasks, answers, strict=True):
                    shown = set_name if mode == "full" else f"{set_name}, words alone"
                    queries.append(Query(shown, mode, task, answer, matcher, names))
    return queries


def fit(data, prior, penalty, free):
    """Weights [3N] that minimise the loss over (matrix [n, 3N], targets [n_targets, n], importance of the query)."""

    def loss(free_weights):
        weights = prior.copy()
        weights[free] = free_weights
        total, gradient = 0.0, numpy.zeros_like(weights)
        for matrix, targets, importance in data:
            scores = TEMPERATURE * (matrix @ weights)
            scores -= scores.max()
            exp = numpy.exp(scores)
            p = exp / exp.sum()
            for target in targets:
                mass = p[target].sum() + 1e-12
                total -= importance / len(targets) * numpy.log(mass)
                on_target = numpy.where(target, p / mass, 0.0)
                gradient += importance / len(targets) * TEMPERATURE * (matrix.T @ (p - on_target))
        distance = weights - prior
        total += penalty * distance @ distance
        gradient += 2 * penalty * distance
        return total, gradient[free]

    found = minimize(loss, prior[free], jac=True, method="L-BFGS-B", options={"maxiter": 300})
    weights = prior.copy()
    weights[free] = found.x
    return weights


class Ranker:
    """Weights of both passes, fitted on the queries that learn; every repository of a set counts equally."""

    def __init__(self, queries, prior, penalty, free, n_inspected):
        self.n_inspected = n_inspected
        learning = [query for query in queries if query.learns]
        n_of = {}
        for query in learning:
            n_of[query.set, query.repo] = n_of.get((query.set, query.repo), 0) + 1
        n_repos = {s: len([1 for (set_name, _) in n_of if set_name == s]) for (s, _) in n_of}
        first, second = [], []

        def learn(data, query, rows):
            targets = query.targets[:, rows]
            targets = targets[targets.any(axis=1)]
            if len(targets):
                data.append((query.matrix(rows), targets, 1.0 / n_of[query.set, query.repo] / n_repos[query.set]))

        for query in learning:
            learn(first, query, slice(None))
        self.first = fit(first, prior, penalty, free[0])
        # Words alone get no second pass in the program, but they teach it what text is worth: without them it fits worse.
        for query in learning:
            learn(second, query, self.best(query)[0])
        self.second = fit(second, prior, penalty, free[1])
        self.second[2 * len(prior) // 3 :] = 0.0

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
    shown = "  ".join(f"{set_name[0]}{'w' if ',' in set_name else ''}.{kind} {value:.3f}" for (set_name, kind), value in sorted(kinds.items()))
    print(f"{label}: {shown}", flush=True)
    return kinds


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--harness", required=True)
    p.add_argument("--binary", required=True)
    p.add_argument("--params", required=True, help="retrieval parameters as `eval-serve --params` takes them; {} are the shipped ones")
    p.add_argument("--write", help="where the weights go")
    p.add_argument("--diversity", type=float, default=0.4)
    p.add_argument("--inspected", type=int, default=40, help="candidates that get a second look")
    p.add_argument("--penalty", type=float, default=0.002)
    p.add_argument("--drop", nargs="*", default=[], help="features that stay at nothing")
    p.add_argument("--no-validation", action="store_true", help="fit on all, quickly")
    p.add_argument("--ablate", action="store_true", help="leave out one feature after another")
    p.add_argument("--cache", help="where to keep the candidates between two runs")
    a = p.parse_args()
    weights_file = pathlib.Path(__file__).resolve().parents[2] / "server/crates/search/src/weights.json"
    names = list(json.loads(weights_file.read_text()))
    if a.cache and os.path.exists(a.cache):
        queries = pickle.load(open(a.cache, "rb"))
    else:
        # Every candidate is inspected, so that the second pass can be fitted on whatever the first will choose.
        with tempfile.NamedTemporaryFile("w", suffix=".json") as params:
            json.dump(json.loads(pathlib.Path(a.params).read_text()) | {"inspected": 1_000_000}, params)
            params.flush()
            queries = collect(harness(a.harness), a.binary, params.name, names)
        if a.cache:
                pickle.dump(queries, open(a.cache, "wb"))
    prior = numpy.zeros(3 * len(names))
    prior[names.index("lexical")] = prior[names.index("vector")] = 1.0
    # Features of the second pass stand last in the program's list, from this one on.
    n_first = names.index("name vector")

    def free_without(dropped):
        kept = numpy.array([name not in dropped for name in names])
        return numpy.tile(kept & (numpy.arange(len(names)) < n_first), 3), numpy.tile(kept, 3)

    def fitted(queries, dropped):
        return Ranker(queries, prior, a.penalty, free_without(dropped), a.inspected)

    def validated(dropped):
        repos = sorted({query.repo for query in queries})
        by_repo = {repo: fitted([query for query in queries if query.repo != repo], dropped) for repo in repos}
        return lambda query: by_repo[query.repo].score(query)

    ranker = fitted(queries, a.drop)
    report(queries, lambda query: query.matrix() @ prior, a.diversity, "legs alone")
    report(queries, lambda query: query.matrix() @ ranker.first, a.diversity, "first pass, fitted on all")
    report(queries, ranker.score, a.diversity, "fitted on all")
    if not a.no_validation:
        report(queries, validated(a.drop), a.diversity, "cross-validated")
    n = len(names)
    rows = numpy.stack([ranker.first.reshape(3, n).T, ranker.second.reshape(3, n).T], axis=1)
    for name, passes in zip(names, rows):
        print(f"    {name:<16} " + " | ".join(" ".join(f"{number:8.3f}" for number in numbers) for numbers in passes))
    if a.ablate:
        for name in names:
            if name not in a.drop and name not in ("lexical", "vector"):
                report(queries, validated([*a.drop, name]), a.diversity, f"  without {name}")
    if a.write:
        text = [", ".join("[" + ", ".join(f"{number:.3f}" for number in numbers) + "]" for numbers in passes) for passes in rows]
        lines = [f"  {json.dumps(name)}: [{passes}]" for name, passes in zip(names, text)]
        pathlib.Path(a.write).write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
