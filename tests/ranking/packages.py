"""Other people's packages as trees to search, for scripts that make judged queries out of them (`messages.py`, `descriptions.py`).

Packages are shared out to trees by a hash of their name, so that leaving out a tree leaves out whole packages. What is not a package's own
source (tests, examples, bundles, minified text) is left out.
"""
import argparse, hashlib, json, pathlib, re, shutil

ASIDE = re.compile(r"(^|/)(tests?|testing|examples?|benches|benchmarks?|__tests__|docs?|vendor|umd|esm|browser|.*\.min\.js|.*\.d\.ts|.*test[^/]*|conftest\.py)(/|$)")
LANGUAGES = ("rs", "py", "js")
MAX_FILE = 400_000


def arguments(description, per_tree):
    p = argparse.ArgumentParser(description=description)
    p.add_argument("--packages", nargs="+", required=True, help="folders whose folders are packages: cargo's registry sources, node_modules, site-packages")
    p.add_argument("--exclude", help="owner/name lines: packages made of these repositories are left out")
    p.add_argument("--out", required=True)
    p.add_argument("--trees", type=int, default=4, help="trees for each language")
    p.add_argument("--per-tree", type=int, default=per_tree, help="queries of a tree, at most")
    p.add_argument("--per-package", type=int, default=8)
    p.add_argument("--tree-bytes", type=int, default=6_000_000, help="of source, about")
    return p.parse_args()


def read(folders, exclude):
    """{language: [(package, [(path, text)])]}, without packages of excluded repositories."""
    lines = pathlib.Path(exclude).read_text().splitlines() if exclude else []
    excluded = {line.strip().lower() for line in lines if "/" in line and not line.startswith("#")}
    names = {line.split("/")[1] for line in excluded}

    def is_excluded(package):
        name = package.name.lower()
        if name in names or re.sub(r"-\d[\w.+-]*$", "", name) in names:
            return True
        about = "".join(f.read_text(errors="replace") for f in (package / "Cargo.toml", package / "package.json") if f.is_file())
        return any(found.removesuffix(".git") in excluded for found in re.findall(r"github\.com[/:]([\w.-]+/[\w.-]+)", about.lower()))

    found = {language: [] for language in LANGUAGES}
    for folder in folders:
        for package in sorted(pathlib.Path(folder).iterdir()):
            if not package.is_dir() or is_excluded(package):
                continue
            for language in LANGUAGES:
                files = []
                for file in sorted(package.rglob(f"*.{language}")):
                    relative = file.relative_to(package).as_posix()
                    if "node_modules/" in relative or ASIDE.search(relative) or not file.is_file() or file.stat().st_size > MAX_FILE:
                        continue
                    text = file.read_text(errors="replace")
                    if len(text) / (text.count("\n") + 1) <= 120:
                        files.append((relative, text))
                if files:
                    found[language].append((package.name, files))
    return found


def trees(packages, n_trees, tree_bytes):
    """Shares packages out: [[(package, files)]], each tree of so many bytes of source at most."""
    packages = sorted(packages, key=lambda it: hashlib.sha256(it[0].encode()).digest())
    shared, sizes = [[] for _ in range(n_trees)], [0] * n_trees
    for at, (name, files) in enumerate(packages):
        size = sum(len(text) for _, text, *_ in files)
        if sizes[at % n_trees] + size <= tree_bytes:
            sizes[at % n_trees] += size
            shared[at % n_trees].append((name, files))
    return shared


class Output:
    """The folder that is written: `trees/`, `annotations/` and `repos.json`, as `fit.py` and the harness read them."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / "annotations").mkdir(parents=True)
        self.specs = []

    def file(self, tree, path, text):
        place = self.folder / "trees" / tree / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)

    def tree(self, label, language, packages, tasks):
        (self.folder / "annotations" / f"{label}.json").write_text(json.dumps(tasks, indent=1))
        self.specs.append({"name": label, "language": language, "n_packages": len(packages)})
        (self.folder / "repos.json").write_text(json.dumps(self.specs, indent=1))
        print(f"{label}: {len(packages)} packages, {len(tasks)} queries")
