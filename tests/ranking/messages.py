#!/usr/bin/env python3
"""Makes judged queries of kind *error* out of other people's source: finds the statements that raise or log a message in Rust, Python
and JavaScript, puts made-up values in the place of what is inserted, writes in front of it what logs write there, and notes the lines of
the statement as the target. Writes trees to search, `repos.json` and `annotations/`, as `fit.py --messages` and the harness read them.

Packages are shared out to trees by a hash of their name, so that leaving out a tree leaves out whole packages. A message whose words stand in
another statement of its tree, too, is left out: it would have two right answers. The reading of sources here shares nothing with the
program's own (`server/crates/search/src/message.rs`): it looks for the statements that take a message, that one for literals anywhere.
"""
import argparse, collections, hashlib, json, pathlib, random, re, shutil

QUOTED = r'"(?:[^"\\]|\\.)*"'
SINGLE = r"'(?:[^'\\\n]|\\.)*'"
PYTHON = r'(?:[fFrRbB]{0,2}(?:"(?:[^"\\\n]|\\.)*"|' + SINGLE + "))"
SCRIPT = r"(?:" + r'"(?:[^"\\\n]|\\.)*"' + "|" + SINGLE + r"|`(?:[^`\\]|\\.)*`)"
INSERTED = r"[\w.\[\]()]{1,60}"
STATEMENTS = {
    "rs": re.compile(
        r"(?:\b(?:panic|unreachable|bail|anyhow|ensure|assert|format|format_err|error|warn|info|debug|eprintln|println|write|writeln)!\s*\(\s*"
        r"(?:[^\";{}]{0,60},\s*)?|#\[error\(\s*|\.expect\(\s*|Error::\w+\(\s*)(" + QUOTED + ")", re.S),
    "py": re.compile(r"\b(?:\w*(?:Error|Exception|Warning)|warn|warning|error|info|debug|exception|fail|print)\(\s*(" + PYTHON + r"(?:\s*" + PYTHON + ")*)", re.S),
    "js": re.compile(r"\b(?:\w*Error|warn|error|log|fail|reject|abort|debug|invariant|assert)\(\s*(" + SCRIPT + r"(?:\s*\+\s*(?:" + INSERTED + r"\s*\+\s*)?" + SCRIPT + ")*)", re.S),
}
LITERALS = {"rs": QUOTED, "py": PYTHON, "js": SCRIPT}
INSERTS = {
    "rs": re.compile(r"\{[^{}]*\}"),
    "py": re.compile(r"\{[^{}]*\}|%(?:\(\w+\))?[-+#0-9.]*[sdrifgxX]"),
    "js": re.compile(r"\$\{[^{}]*\}|%[sdoj]"),
}
VALUES = ["42", "3", "0x1f", "2.5", "'items'", '"utf-8"', "/etc/hosts", "src/lib.rs", "Foo", "my_field", "None", "true", "x86_64", "user@host", "a1b2c3", "-1", "[1, 2]"]
PREFIXES = {
    "rs": ["", "", "error: ", "thread 'main' panicked at src/main.rs:12:5: ", "2026-11-23T10:00:00Z ERROR app::run: "],
    "py": ["", "", "ValueError: ", "RuntimeError: ", "2026-11-23 10:00:00,123 ERROR [worker-2] "],
    "js": ["", "", "Error: ", "Uncaught TypeError: ", "[2026-11-23T10:00:00.000Z] ERROR (app/31): "],
}
ASIDE = re.compile(r"(^|/)(tests?|testing|examples?|benches|benchmarks?|__tests__|docs?|vendor|umd|esm|browser|.*\.min\.js|.*\.d\.ts|.*test[^/]*|conftest\.py)(/|$)")
MAX_FILE = 400_000


def pieces_of(expression, language):
    """The fixed parts of a message, in order, between what is inserted."""
    pieces, marks = [""], 0
    rest = expression
    for found in re.finditer(LITERALS[language], expression, re.S):
        literal = found.group().lstrip("fFrRbB")
        between = expression[len(expression) - len(rest) : found.start()]
        if between.strip(" \n\t+"):
            pieces.append("")
            marks += 1
        inside = re.sub(r"\\\n\s*", "", literal[1:-1])
        inside = inside.replace('\\"', '"').replace("\\'", "'").replace("\\n", " ").replace("\\t", " ")
        if language != "js":
            inside = inside.replace("{{", "\x01").replace("}}", "\x02")
        parts = INSERTS[language].split(inside)
        pieces[-1] += parts[0]
        pieces.extend(parts[1:])
        marks += len(parts) - 1
        rest = expression[found.end() :]
    return [piece.replace("\x01", "{").replace("\x02", "}") for piece in pieces], marks


def messages_of(path, text, language):
    for found in STATEMENTS[language].finditer(text):
        start_of_line = text.rfind("\n", 0, found.start()) + 1
        if re.match(r"\s*(//|#[^\[]|\*)", text[start_of_line : found.start() + 1]):
            continue
        pieces, marks = pieces_of(found.group(1), language)
        fixed = " ".join(pieces)
        words = re.findall(r"[A-Za-z]{3,}", fixed)
        if len(words) < 3 or len(fixed) > 160 or "\\" in fixed or "\n" in fixed or "  " in fixed.strip():
            continue
        start = text.count("\n", 0, found.start(1)) + 1
        end = start + found.group(1).count("\n")
        yield pieces, marks, start, end


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--packages", nargs="+", required=True, help="folders whose folders are packages: cargo's registry sources, node_modules, site-packages")
    p.add_argument("--exclude", help="owner/name lines: packages made of these repositories are left out")
    p.add_argument("--out", required=True)
    p.add_argument("--trees", type=int, default=4, help="trees for each language")
    p.add_argument("--per-tree", type=int, default=60, help="messages of a tree, at most")
    p.add_argument("--per-package", type=int, default=8)
    p.add_argument("--tree-bytes", type=int, default=6_000_000, help="of source, about")
    a = p.parse_args()
    lines = pathlib.Path(a.exclude).read_text().splitlines() if a.exclude else []
    excluded = {line.strip().lower() for line in lines if "/" in line and not line.startswith("#")}
    names = {line.split("/")[1] for line in excluded}

    def is_excluded(package):
        name = package.name.lower()
        if name in names or re.sub(r"-\d[\w.+-]*$", "", name) in names:
            return True
        about = "".join(f.read_text(errors="replace") for f in (package / "Cargo.toml", package / "package.json") if f.is_file())
        return any(found.removesuffix(".git") in excluded for found in re.findall(r"github\.com[/:]([\w.-]+/[\w.-]+)", about.lower()))

    found = collections.defaultdict(list)
    for folder in a.packages:
        for package in sorted(pathlib.Path(folder).iterdir()):
            if not package.is_dir() or is_excluded(package):
                continue
            files = collections.defaultdict(list)
            for language in STATEMENTS:
                for file in sorted(package.rglob(f"*.{language}")):
                    relative = file.relative_to(package).as_posix()
                    if "node_modules/" in relative or ASIDE.search(relative) or not file.is_file() or file.stat().st_size > MAX_FILE:
                        continue
                    text = file.read_text(errors="replace")
                    if len(text) / (text.count("\n") + 1) > 120:
                        continue
                    files[language].append((relative, text, list(messages_of(relative, text, language))))
            for language, of_language in files.items():
                if any(messages for _, _, messages in of_language):
                    found[language].append((package.name, of_language))

    out = pathlib.Path(a.out)
    shutil.rmtree(out, ignore_errors=True)
    (out / "annotations").mkdir(parents=True)
    specs = []
    for language, packages in found.items():
        packages.sort(key=lambda it: hashlib.sha256(it[0].encode()).digest())
        trees = [[] for _ in range(a.trees)]
        sizes = [0] * a.trees
        for at, (name, files) in enumerate(packages):
            tree = at % a.trees
            size = sum(len(text) for _, text, _ in files)
            if sizes[tree] + size <= a.tree_bytes:
                sizes[tree] += size
                trees[tree].append((name, files))
        for at, tree in enumerate(trees):
            label = f"messages-{language}-{at}"
            seen = collections.Counter(" ".join(re.findall(r"\w+", " ".join(pieces).lower())) for _, files in tree for _, _, messages in files for pieces, *_ in messages)
            tasks = []
            for name, files in tree:
                draw = random.Random(name)
                mine = []
                for relative, text, messages in files:
                    place = out / "trees" / label / name / relative
                    place.parent.mkdir(parents=True, exist_ok=True)
                    place.write_text(text)
                    for pieces, marks, start, end in messages:
                        if seen[" ".join(re.findall(r"\w+", " ".join(pieces).lower()))] == 1:
                            mine.append((pieces, marks, f"{name}/{relative}", start, end))
                with_values = [it for it in mine if it[1]]
                without = [it for it in mine if not it[1]]
                draw.shuffle(with_values)
                draw.shuffle(without)
                for pieces, marks, path, start, end in with_values[: a.per_package] + without[: a.per_package // 4]:
                    message = pieces[0]
                    for piece in pieces[1:]:
                        message += draw.choice(VALUES) + piece
                    query = draw.choice(PREFIXES[language]) + message.strip()
                    tasks.append({"query": query, "category": "error", "relevant": [{"path": path, "start_line": start, "end_line": end}]})
            random.Random(label).shuffle(tasks)
            tasks = tasks[: a.per_tree]
            (out / "annotations" / f"{label}.json").write_text(json.dumps(tasks, indent=1))
            specs.append({"name": label, "language": language, "n_packages": len(tree)})
            print(f"{label}: {len(tree)} packages, {sizes[at] / 1e6:.1f} MB, {len(tasks)} messages")
    (out / "repos.json").write_text(json.dumps(specs, indent=1))


if __name__ == "__main__":
    main()
