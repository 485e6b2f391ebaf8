#!/usr/bin/env python3
"""Makes judged queries out of the history of repositories in Rust and Python, for `fit.py`: the subject of a commit, and the functions that it changed,
as they stand now (*commit*).

    commits.py --clones ROOT --list ../../server/crates/embed/train/unseen.tsv --exclude FILE_OF_OWNER/NAME --out commits

ROOT holds git directories with their history, named OWNER+NAME or OWNER+NAME/repo. A commit counts when it fixes or adds something to at most three
functions of at most three source files and its subject says so in 4 to 14 words; tests, formatting, renaming, documentation and what a robot wrote are left out by their subjects.
What is searched holds no history. The reading of sources is that of `descriptions.py`.
"""
import argparse, collections, csv, pathlib, random, re, subprocess

import descriptions, packages

KINDS = re.compile(r"^(?P<kind>\w+)(\([^)]*\))?!?:\s+")
CHANGES = {"fix", "feat", "feature", "perf", "bugfix", "improve", "bug"}
ASIDE = re.compile(
    r"\b(bump|release|merge|revert|changelog|readme|typos?|fmt|format(ting)?|lints?|clippy|rustfmt|mypy|pyright|ruff|refactor\w*|clean\s?-?up|rename\w*|mov(e|ing)|reorgani[sz]e|dependenc\w+|"
    r"docs?|documentation|docstrings?|comments?|tests?|testing|ci|workflow|upgrade|version|deprecat\w+|copyright|licen[cs]e|dead code|unused|warnings?|review|part \d|follow.?up|wip)\b",
    re.I,
)
HUNK = re.compile(r"^@@ -\S+ \+(\d+)(?:,(\d+))? @@")
MOST_FUNCTIONS = MOST_FILES = 3
MOST_LINES = 150
LANGUAGES = {"Rust": "rs", "Python": "py"}


def git(clone, *arguments):
    run = subprocess.run(["git", "-C", clone, *arguments], capture_output=True)
    return run.stdout.decode("utf-8", "replace") if run.returncode == 0 else ""


def asked(subject):
    """The subject as somebody would ask; None when it tells of nothing that a function does."""
    subject = re.sub(r"\s*\(?#\d+\)?", "", subject).strip().rstrip(".")
    kind = KINDS.match(subject)
    if kind:
        if kind["kind"].lower() not in CHANGES:
            return None
        subject = subject[kind.end() :]
    else:
        subject = re.sub(r"^\[[^\]]*\]\s*|^[\w/.-]+:\s+", "", subject)
    words = re.findall(r"[A-Za-z]{2,}", subject)
    if not 4 <= len(words) <= 14 or not subject.isascii() or ASIDE.search(subject) or re.search(r"https?:|\bPR\b|\bGH-", subject):
        return None
    return subject


def changed(diff):
    """{path: [(first, last) lines of the new text]} of a diff without context."""
    path, out = None, {}
    for line in diff.split("\n"):
        if line.startswith("+++ "):
            path = line[6:] if line.startswith("+++ b/") else None
        elif path and (hunk := HUNK.match(line)):
            first, count = int(hunk[1]), int(hunk[2] or 1)
            out.setdefault(path, []).append((first, first + max(count, 1) - 1))
    return out


def touched(text, language, ranges):
    """(name, container) of the functions of a text in which lines changed; None when some change stands in none of them."""
    found = list(descriptions.functions(text, language))
    out = set()
    for first, last in ranges:
        # The innermost: what begins last.
        inside = [it for it in found if it[4] <= last - 1 and first - 1 <= it[5]]
        if not inside:
            continue
        name, container, *_ = max(inside, key=lambda it: it[4])
        out.add((name, container))
    return out


def queries(clone, language, most, draw):
    """[(query, [(path, first, last)])]: commits whose functions still stand, the youngest 4,000 in a random order."""
    now = {}

    def spans(path):
        if path not in now:
            per = collections.defaultdict(list)
            for name, container, _, _, first, last in descriptions.functions(git(clone, "show", f"HEAD:{path}"), language):
                per[name, container].append((first + 1, last + 1))
            now[path] = per
        return now[path]

    log = git(clone, "log", "--no-merges", "--format=%H%x09%s", "-n", "4000", "HEAD").splitlines()
    commits = [(commit, query) for commit, _, subject in (line.partition("\t") for line in log) if (query := asked(subject))]
    draw.shuffle(commits)
    out, said = [], set()
    for commit, query in commits[: most * 20]:
        if len(out) >= most:
            break
        files = git(clone, "diff-tree", "-r", "--no-commit-id", "--name-only", commit).split("\n")
        sources = [path for path in files if path.endswith("." + language) and not packages.ASIDE.search(path)]
        if not 1 <= len(sources) <= MOST_FILES or query.lower() in said:
            continue
        targets, n_functions = [], 0
        for path, ranges in changed(git(clone, "show", "-U0", "--no-renames", "--format=", commit, "--", *sources)).items():
            for function in touched(git(clone, "show", f"{commit}:{path}"), language, ranges):
                n_functions += 1
                here = spans(path).get(function, [])
                if len(here) == 1 and here[0][1] - here[0][0] < MOST_LINES:
                    targets.append((path, *here[0]))
        if targets and n_functions <= MOST_FUNCTIONS and 2 * len(targets) >= n_functions:
            said.add(query.lower())
            out.append((query, targets))
    return out


def part(sizes, targets, most_bytes):
    """The folder in which the most targets stand and whose sources are not too many."""
    root = ""
    while sum(size for path, size in sizes.items() if path.startswith(root)) > most_bytes:
        inner = collections.Counter(root + path[len(root) :].split("/", 1)[0] + "/" for path in targets if path.startswith(root) and "/" in path[len(root) :])
        if not inner:
            break
        root = inner.most_common(1)[0][0]
    return root


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--clones", required=True, type=pathlib.Path)
    p.add_argument("--list", required=True, help="a table with the columns repository and language")
    p.add_argument("--exclude", help="owner/name lines: these repositories are left out")
    p.add_argument("--out", required=True)
    p.add_argument("--per-tree", type=int, default=20, help="queries of a repository, at most")
    p.add_argument("--tree-bytes", type=int, default=3_000_000, help="of source, at most")
    a = p.parse_args()
    lines = pathlib.Path(a.exclude).read_text().splitlines() if a.exclude else []
    excluded = {line.strip().lower() for line in lines}
    out = packages.Output(a.out)
    for row in csv.DictReader(open(a.list), delimiter="\t"):
        language, label = LANGUAGES.get(row["language"]), row["repository"].replace("/", "+")
        clone = next((it for it in (a.clones / label / "repo", a.clones / label) if it.is_dir()), None)
        if not language or not clone or row["repository"].lower() in excluded:
            continue
        found = queries(clone, language, 5 * a.per_tree, random.Random(label))
        listed = (line.split(None, 4) for line in git(clone, "ls-tree", "-r", "-l", "HEAD").splitlines())
        sizes = {path: int(size) for _, _, _, size, path in listed if size.isdigit() and path.endswith((".rs", ".py", ".md", ".toml")) and int(size) < packages.MAX_FILE}
        root = part(sizes, [path for _, targets in found for path, *_ in targets], a.tree_bytes)
        tasks = [
            {"query": query, "category": "commit", "relevant": [{"path": path, "start_line": first, "end_line": last} for path, first, last in targets]}
            for query, targets in found
            if all(path.startswith(root) and path in sizes for path, *_ in targets)
        ][: a.per_tree]
        if len(tasks) < 4:
            continue
        for path in sizes:
            if path.startswith(root):
                out.file(label, path, git(clone, "show", f"HEAD:{path}"))
        out.tree(label, language, [label], tasks)


if __name__ == "__main__":
    main()
