"""Pairs for `train.py --commits`: the subject of a commit, and each function that it changed, as the commit left it.

  python history.py ROOT --list FILE --out DIR        # clones with their history, each at ROOT/OWNER+NAME or ROOT/OWNER+NAME/repo; FILE has the column "repository"

A commit counts when its subject says what some function does (the rule is that of tests/ranking/commits.py) and it added at most 150 lines in at most three
functions of at most three source files. Writes DIR/OWNER+NAME.jsonl; what is there is not made again. It reads objects of git only: nothing of a clone is run."""
import argparse, csv, json, multiprocessing, os, subprocess, sys

import mine

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), *[".."] * 4, "tests", "ranking"))
from commits import MOST_FILES, MOST_FUNCTIONS, MOST_LINES, asked   # noqa: E402

YOUNGEST, MAX_BYTES, MIN_CODE = 12_000, 400_000, 60


def functions(source, path):
    """(kind, name, container, signature, documentation, code) of the functions of a file; none of one that cannot be parsed."""
    language = mine.EXTENSIONS[path.rpartition(".")[2]]
    try:
        found = mine.python_items(source) if language == "py" else mine.rust_items(source) if language == "rs" else mine.generic_items(source, language)
        return [it for it in found if it[0] == "function" and len(it[5]) >= MIN_CODE]
    except (SyntaxError, ValueError, RecursionError, UnicodeDecodeError):
        return []


def commits(clone):
    """(hash, subject, {path: [added lines of each hunk]}) of the youngest commits that are small and change sources."""
    log = subprocess.Popen(["git", "-C", clone, "log", "--no-merges", "--format=%x01%H%x09%s", "-n", str(YOUNGEST), "-p", "-U0", "--no-renames", "--no-color", "HEAD", "--", *[f"*.{e}" for e in mine.EXTENSIONS]],
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    commit, small, path, lines = None, False, None, 0
    for raw in log.stdout:
        if raw.startswith(b"\x01"):
            if commit and small:
                yield commit
            commit_hash, _, subject = raw[1:].decode("utf-8", "replace").rstrip("\n").partition("\t")
            commit, small, path, lines = (commit_hash, subject, {}), True, None, 0
        elif commit and small:
            if raw.startswith(b"+++ "):
                path = raw[4:].decode("utf-8", "replace").strip()
                path = path[2:] if path.startswith("b/") and not mine.SKIP.search(path[2:]) else None
                if path:
                    commit[2].setdefault(path, [])
                small = len(commit[2]) <= MOST_FILES
            elif raw.startswith(b"@@") and path:
                commit[2][path].append([])
            elif raw.startswith(b"+") and path and commit[2][path]:
                lines += 1
                small = lines <= MOST_LINES
                text = raw[1:].decode("utf-8", "replace").strip()
                if len(text) >= 8:   # a bracket alone says not where it stands
                    commit[2][path][-1].append(text)
    if commit and small:
        yield commit
    log.stdout.close()
    log.wait()


class Objects:
    """Contents of files at commits, by one `git cat-file`."""

    def __init__(self, clone):
        self.process = subprocess.Popen(["git", "-C", clone, "cat-file", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def read(self, name):
        self.process.stdin.write(name.encode() + b"\n")
        self.process.stdin.flush()
        head = self.process.stdout.readline().split()
        return self.process.stdout.read(int(head[2]) + 1)[:-1] if len(head) == 3 and head[1] == b"blob" else b""

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def pairs(clone, package, most):
    """Rows like mine.py's with the commit's words as "query", the youngest `most` or a few more."""
    objects, out, said = Objects(clone), [], set()
    for commit, subject, files in commits(clone):
        if len(out) >= most:
            break
        query = asked(subject)
        if not query or query.lower() in said:
            continue
        found, elsewhere = [], 0
        for path, hunks in files.items():
            hunks = [lines for lines in hunks if lines]
            source = objects.read(f"{commit}:{path}") if hunks else b""
            here = functions(source, path) if len(source) <= MAX_BYTES else []
            for lines in hunks:
                around = [it for it in here if all(line in it[5] for line in lines)]
                if not around:
                    elsewhere += 1
                elif (path, innermost := min(around, key=lambda it: len(it[5]))) not in found:
                    found.append((path, innermost))
        if not 1 <= len(found) <= MOST_FUNCTIONS or elsewhere > len(found):
            continue
        said.add(query.lower())
        for path, (_, name, scope, signature, doc, code) in found:
            stem, _, extension = os.path.basename(path).rpartition(".")
            language = {"tsx": "ts"}.get(mine.EXTENSIONS[extension], mine.EXTENSIONS[extension])
            out.append(dict(package=package, language=language, query=query, stem=stem, scope=scope, name=name, signature=signature[:300], doc=mine.first_paragraph(doc) if doc else "", code=code[:mine.MAX_CODE]))
    objects.close()
    return out


def write(job):
    clone, label, path, most = job
    if not os.path.exists(path):
        rows = pairs(clone, "history:" + label, most)
        with open(path + ".part", "w") as f:
            f.writelines(json.dumps(r) + "\n" for r in rows)
        os.replace(path + ".part", path)
        print(label, len(rows), flush=True)


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("root")
    p.add_argument("--list", required=True)
    p.add_argument("--out", required=True)
    p.add_argument("--most", type=int, default=600, help="pairs of a repository")
    p.add_argument("--processes", type=int, default=2)
    a = p.parse_args()
    jobs = []
    for row in csv.DictReader(open(a.list), delimiter="\t"):
        label = row["repository"].replace("/", "+")
        clone = next((c for c in (os.path.join(a.root, label, "repo"), os.path.join(a.root, label)) if os.path.isdir(c)), None)
        if not clone:
            raise SystemExit(f"no clone of {row['repository']} in {a.root}")
        jobs.append((clone, label, os.path.join(a.out, label + ".jsonl"), a.most))
    os.makedirs(a.out, exist_ok=True)
    with multiprocessing.Pool(a.processes) as pool:
        pool.map(write, jobs, chunksize=1)
