#!/usr/bin/env python3
"""Compares the definitions our query packs find with those of Universal Ctags, on public packages at pinned versions.

For every packages/LANGUAGE.toml it fetches the packages through the registries' own clients into a cache folder, checks
their sha256, unpacks them, asks ctags and our `facts` example for the definitions in the same files, and prints a row
of figures. README.md beside this file says how the package files are written and what the columns mean. It needs
Python 3.11 or newer and nothing from a registry for itself.
"""

import argparse
import collections
import hashlib
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "symseek-languages"
PACKS = REPOSITORY / "tree-sitter-queries"

# Lines by which the two may disagree on where a definition is: one counts from its name, the other from a modifier,
# an annotation or the return type above it.
TOLERANCE = 3
SAMPLE = 100
SEED = 20240229
# Rounds of the measurement of time; the least of each file counts, because other work on the machine only adds.
ROUNDS = 3

# What ctags' kinds are to us. Recall is measured over functions and types; other kinds are counted only. A package file
# overrides a row under [kinds].
FUNCTION, TYPE, OTHER = "function", "type", "other"
CTAGS_KINDS = {
    FUNCTION: """function func method methodSpec procedure subroutine constructor macro prototype singletonMethod
        accessor generator getter setter delegate guard""",
    TYPE: """class struct union enum interface trait typedef type talias annotation object protocol module record
        implementation alias exception message service table view""",
}
CTAGS_CLASS = {kind: group for group, kinds in CTAGS_KINDS.items() for kind in kinds.split()}
# Which of our kinds count as found, by class. A macro or a value that is a function may carry either kind's name, and a function
# that reads like a value of its owner may be told as one.
OUR_KINDS = {
    FUNCTION: {"function", "method", "constructor", "macro", "property", "field"},
    TYPE: {"class", "struct", "enum", "union", "trait", "interface", "type", "type alias", "impl", "module", "namespace", "macro"},
}

Definition = collections.namedtuple("Definition", "path line name kind qualified end", defaults=(0,))


class Problem(Exception):
    """What is wrong with a package file or a tool, for the user to read."""


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--language", action="append", help="only this language (may be given several times)")
    parser.add_argument("--misses", action="store_true", help="list every definition of ctags that is missed")
    parser.add_argument("--write", action="store_true", help="put the rows into table.md")
    parser.add_argument("--packs", type=pathlib.Path, default=PACKS, help="query packs to use (default: the repository's)")
    parser.add_argument("--cache", type=pathlib.Path, default=CACHE, help=f"where packages are kept (default: {CACHE})")
    options = parser.parse_args()
    tool, ctags = facts_tool(), ctags_program()
    files = sorted((HERE / "packages").glob("*.toml"))
    if options.language:
        files = [HERE / "packages" / f"{language}.toml" for language in options.language]
    rows, failed = {}, False
    for file in files:
        try:
            comparison = compare(Spec(file), options, tool, ctags)
        except Problem as problem:
            print(f"{file.stem}: {problem}", file=sys.stderr)
            failed = True
            continue
        comparison.report(options)
        rows[file.stem] = comparison.row()
    print(table(rows))
    if options.write:
        write_table(rows)
    return 1 if failed else 0


# Packages ------------------------------------------------------------------------------------------------------------


class Spec:
    """A package file: which packages, which files of them, and which misses are explained."""

    def __init__(self, path):
        if not path.exists():
            raise Problem(f"{path} does not exist")
        with path.open("rb") as file:
            try:
                data = tomllib.load(file)
            except tomllib.TOMLDecodeError as error:
                raise Problem(f"{path.name}: {error}") from error
        self.language = path.stem
        self.rows = data.get("rows", [self.language])
        self.ctags = data.get("ctags", self.language)
        self.ctags_options = data.get("ctags_options", [])
        self.packages = data.get("package", [])
        self.kinds = {**CTAGS_CLASS, **data.get("kinds", {})}
        self.misses = {name: Miss(name, entry) for name, entry in data.get("misses", {}).items()}
        self.review = data.get("review")
        registry = tomllib.loads((PACKS / "languages.toml").read_text())["language"]
        known = [row for row in registry if row["name"] in self.rows]
        self.extensions = data.get("extensions", [e for row in known for e in row.get("extensions", [])])
        self.names = {name for row in known for name in row.get("files", [])}

    def wants(self, path):
        return path.name in self.names or any(path.name.endswith(f".{e}") for e in self.extensions)


class Miss:
    """A class of definitions that ctags has and we do not, and why. All conditions that are given must hold."""

    def __init__(self, name, entry):
        if "why" not in entry:
            raise Problem(f"the class of misses {name} does not say why")
        unknown = set(entry) - {"why", "kind", "name", "line", "path", "between"}
        if unknown or len(entry) < 2:
            raise Problem(f"the class of misses {name} needs at least one of kind, name, line, path, between, and nothing else")
        self.name, self.why = name, entry["why"]
        self.kinds = entry.get("kind")
        self.patterns = {key: re.compile(entry[key]) for key in ("name", "line", "path") if key in entry}
        # After the first pattern without the second since: in a heredoc, in a branch of the preprocessor.
        self.between = [re.compile(pattern) for pattern in entry.get("between", [])]

    def holds(self, tag, line, above):
        if self.kinds is not None and tag.kind not in self.kinds:
            return False
        if self.between and not self.is_between(above):
            return False
        texts = {"name": tag.name, "line": line, "path": tag.path}
        return all(pattern.search(texts[key]) for key, pattern in self.patterns.items())

    def is_between(self, above):
        state = 0
        for line in above:
            at = 0
            while found := self.between[state].search(line, at):
                state, at = 1 - state, max(found.end(), at + 1)
        return state == 1


def fetch_crate(name, version, folder, _file):
    run(["cargo", "info", "--quiet", f"{name}@{version}"], cwd=folder)
    home = pathlib.Path(os.environ.get("CARGO_HOME", pathlib.Path.home() / ".cargo"))
    for crate in home.glob(f"registry/cache/*/{name}-{version}.crate"):
        shutil.copy(crate, folder)


def fetch_pypi(name, version, folder, file):
    # A wheel is asked for by its platform, so that every machine gets the same one.
    platform = re.fullmatch(r".*-none-([\w.]+)\.whl", file)
    kind = ["--only-binary", ":all:", *(f"--platform={tag}" for tag in platform[1].split("."))] if platform else ["--no-binary", ":all:"]
    run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", *kind, f"{name}=={version}"], cwd=folder)


def fetch_npm(name, version, folder, _file):
    run(["npm", "pack", "--silent", f"{name}@{version}"], cwd=folder)


def fetch_debian(name, version, folder, _file):
    run(["apt-get", "source", "--quiet", "--download-only", "--tar-only", f"{name}={version}"], cwd=folder)


FETCH = {"crates": fetch_crate, "pypi": fetch_pypi, "npm": fetch_npm, "debian": fetch_debian}


def unpacked(package, cache):
    """The folder that holds a package's files; fetches and unpacks it the first time."""
    name, version, source = (package.get(key) for key in ("name", "version", "source"))
    if source not in FETCH or not name or not version:
        raise Problem(f"a package needs name, version and a source out of {', '.join(FETCH)}")
    label = f"{source}-{re.sub(r'[^A-Za-z0-9.+-]+', '-', name)}-{re.sub(r'[^A-Za-z0-9.+~-]+', '-', version)}"
    archives = cache / "archives" / label
    if not archives.is_dir():
        fresh = cache / "archives" / f"{label}.{os.getpid()}"
        fresh.mkdir(parents=True)
        try:
            FETCH[source](name, version, fresh, package.get("file", ""))
            fresh.rename(archives)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    # A Debian source package comes as several files; the largest is the upstream source unless `file` says otherwise.
    files = [file for file in archives.iterdir() if file.match(package.get("file", "*"))]
    if not files:
        raise Problem(f"{label}: the client left no file")
    archive = max(files, key=lambda file: (file.stat().st_size, file.name))
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    if digest != package.get("sha256"):
        raise Problem(f"{archive.name} has sha256 {digest}, the package file says {package.get('sha256')}")
    folder = cache / "unpacked" / f"{label}-{digest[:12]}"
    if not folder.is_dir():
        fresh = folder.with_name(f"{folder.name}.{os.getpid()}")
        unpack(archive, fresh)
        fresh.rename(folder)
    return folder


def unpack(archive, folder):
    """Writes an archive's plain files; links and names that lead out of the folder are left behind."""
    if archive.suffix in (".zip", ".whl"):
        with zipfile.ZipFile(archive) as contents:
            for entry in contents.infolist():
                if not entry.is_dir():
                    write_inside(folder, entry.filename, contents.open(entry))
        return
    with tarfile.open(archive) as contents:
        for entry in contents:
            if entry.isreg():
                write_inside(folder, entry.name, contents.extractfile(entry))


def write_inside(folder, name, stream):
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts:
        return
    path = folder.joinpath(*parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    with stream, path.open("wb") as file:
        shutil.copyfileobj(stream, file)


def sources(spec, cache):
    """Files of the language in all packages, as paths below the folder of unpacked packages."""
    found = []
    for package in spec.packages:
        folder = unpacked(package, cache)
        only, skip = (re.compile(package[key]) if key in package else None for key in ("only", "skip"))
        for path in sorted(folder.rglob("*")):
            inside = path.relative_to(folder).as_posix()
            wanted = path.is_file() and spec.wants(path)
            if wanted and not (only and not only.search(inside)) and not (skip and skip.search(inside)):
                found.append(path.relative_to(cache / "unpacked").as_posix())
    if not found:
        raise Problem("the packages hold no file of the language")
    return found


# Tools ---------------------------------------------------------------------------------------------------------------


def run(command, cwd, text=None):
    done = subprocess.run([str(part) for part in command], cwd=cwd, input=text, capture_output=True, text=True, errors="replace")
    if done.returncode != 0:
        raise Problem(f"{' '.join(str(part) for part in command[:6])} failed:\n{(done.stderr or done.stdout)[-2000:]}")
    return done.stdout


def facts_tool():
    if os.environ.get("FACTS"):
        return pathlib.Path(os.environ["FACTS"]).resolve()
    build = ["cargo", "build", "--release", "--workspace", "--example", "facts", "--message-format=json-render-diagnostics"]
    done = subprocess.run(build, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
    messages = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    programs = [m["executable"] for m in messages if m.get("target", {}).get("name") == "facts" and m.get("executable")]
    if done.returncode != 0 or not programs:
        sys.exit("the example `facts` does not build")
    return pathlib.Path(programs[-1])


def ctags_program():
    for name in (os.environ.get("CTAGS"), "ctags-universal", "ctags"):
        if name and shutil.which(name):
            version = subprocess.run([name, "--version"], capture_output=True, text=True).stdout
            if "Universal Ctags" in version:
                return shutil.which(name)
    sys.exit("Universal Ctags is not installed")


def facts(tool, mode, packs, files, root, warm=False):
    """What `facts` says about files, one JSON object per line. A file on which it dies is a problem with a name. `warm` reads
    the first file of every process twice and drops the first answer, which pays for loading the grammar and the pack."""
    objects = []
    for start in range(0, len(files), 200):
        batch = files[start : start + 200]
        command = [tool, "--packs", packs, mode]
        try:
            output = run([*command, *(batch[:1] if warm else []), *batch], root)
        except Problem:
            for file in batch:
                try:
                    run([*command, file], root)
                except Problem as problem:
                    raise Problem(f"facts dies on {file}: {problem}") from problem
            raise
        lines = [line for line in output.splitlines() if line.startswith("{")]
        objects += [json.loads(line) for line in lines[1 if warm else 0 :]]
    return objects


def covered(tool, packs, files, root):
    """What `facts --cover` says of each file, with the least time out of several rounds."""
    best = {}
    for _ in range(ROUNDS):
        for entry in facts(tool, "--cover", packs, files, root, warm=True):
            seconds = min(entry["seconds"], best.get(entry["path"], entry)["seconds"])
            best[entry["path"]] = {**entry, "seconds": seconds}
    return list(best.values())


def ctags_tags(ctags, spec, files, root):
    if not spec.ctags:
        return []
    command = [ctags, "--options=NONE", "--quiet", *spec.ctags_options, f"--language-force={spec.ctags}"]
    command += ["--output-format=json", "--fields=+neKE", "--sort=no", "-f", "-", "-L", "-"]
    tags = []
    for line in run(command, root, "\n".join(files)).splitlines():
        if not line.startswith("{"):
            continue
        tag = json.loads(line)
        # Names that ctags invents for what has none are nobody's definitions.
        if tag.get("_type") == "tag" and "anonymous" not in tag.get("extras", "") and "line" in tag:
            scope = tag.get("scope", "")
            tags.append(Definition(tag["path"], tag["line"], tag["name"], tag["kind"], f"{scope}.{tag['name']}" if scope else tag["name"]))
    return tags


# Comparison ----------------------------------------------------------------------------------------------------------


def bare(name):
    """A name without what it belongs to: `f` of `M.f`, `M:f` and `M::f`; blanks in operators do not count."""
    name = re.sub(r"\s+", "", name)
    return re.split(r"[.:\\]", name)[-1] or name


class Index:
    """Definitions by file and bare name."""

    def __init__(self, definitions):
        self.by_name = collections.defaultdict(list)
        for definition in definitions:
            self.by_name[definition.path, bare(definition.name)].append(definition)

    def near(self, definition, kinds=None):
        candidates = self.by_name.get((definition.path, bare(definition.name)), [])
        return any(
            # A later clause or overload lies inside the symbol that holds them all.
            (abs(c.line - definition.line) <= TOLERANCE or c.line <= definition.line <= c.end) and (kinds is None or c.kind in kinds)
            for c in candidates
        )


class Comparison:
    def __init__(self, spec, cover, cuts, tags, ours, lines):
        self.spec, self.cover, self.cuts, self.tags, self.ours, self.lines = spec, cover, cuts, tags, ours, lines
        index = Index(ours)
        self.compared, self.misses = [], []
        self.explained = collections.defaultdict(list)
        for tag in tags:
            group = spec.kinds.get(tag.kind, OTHER)
            if group == OTHER:
                continue
            self.compared.append(tag)
            if index.near(tag, OUR_KINDS[group]):
                continue
            for miss in spec.misses.values():
                if miss.holds(tag, self.line(tag), self.lines[tag.path][: tag.line - 1]):
                    self.explained[f"{miss.name}: {miss.why}"].append(tag)
                    break
            else:
                self.misses.append(tag)
        theirs = Index(tags)
        self.only_ours = [definition for definition in ours if not theirs.near(definition)]

    def line(self, definition):
        lines = self.lines[definition.path]
        return lines[definition.line - 1] if definition.line <= len(lines) else ""

    def recall(self):
        """Before and after the explained classes are set aside, in per cent."""
        n_explained = sum(map(len, self.explained.values()))
        found = len(self.compared) - n_explained - len(self.misses)
        return percent(found, len(self.compared)), percent(found, len(self.compared) - n_explained)

    def precision(self):
        """How many of our definitions are right, in per cent: those that ctags has too, and the reviewed share of the others."""
        share = self.spec.review["right"] / self.spec.review["of"]
        return percent(len(self.ours) - (1 - share) * len(self.only_ours), len(self.ours))

    def report(self, options):
        kinds = collections.Counter(tag.kind for tag in self.tags)
        ours = collections.Counter(definition.kind for definition in self.ours)
        print(f"{self.spec.language}\n  ctags: {counted(kinds)}\n  ours:  {counted(ours)}")
        for why, tags in self.explained.items():
            print(f"  {len(tags)} explained: {why}")
        print(f"  {len(self.misses)} unexplained: {counted(collections.Counter(tag.kind for tag in self.misses))}")
        if options.misses:
            groups = [("", self.misses), *((f" ({why})", tags) for why, tags in self.explained.items())]
            for why, tags in groups:
                for tag in tags:
                    print(f"    {tag.path}:{tag.line}: {tag.kind} {tag.name}{why} | {self.line(tag).strip()[:100]}")
        broken = [entry["path"] for entry in self.cover if entry["errors"]]
        missed = [f"{entry['path']} ({entry['missed']})" for entry in self.cover if entry["missed"]]
        for what, paths in (("with syntax errors", broken), ("with lines in no chunk", missed)):
            if paths:
                print(f"  {len(paths)} {what}: {', '.join(paths[: None if options.misses else 3])}")
        sample = self.sample()
        path = options.cache / f"{self.spec.language}-sample.txt"
        path.write_text("".join(f"{d.path}:{d.line}: {d.kind} {d.qualified} | {self.line(d).strip()[:140]}\n" for d in sample))
        print(f"  {len(sample)} of {len(self.only_ours)} that only we have, for review: {path}")

    def sample(self):
        population = sorted(self.only_ours)
        chosen = random.Random(SEED).sample(population, min(SAMPLE, len(population)))
        return sorted(chosen)

    def row(self):
        before, after = self.recall()
        lines = sum(entry["lines"] for entry in self.cover)
        missed = sum(entry["missed"] for entry in self.cover)
        seconds = sum(entry["seconds"] for entry in self.cover)
        megabytes = sum(entry["bytes"] for entry in self.cover) / 1e6
        review = self.spec.review
        groups = collections.Counter(self.spec.kinds[tag.kind] for tag in self.compared)
        known = bool(self.spec.ctags)
        return [
            self.spec.language,
            " ".join(f"{package['name']} {package['version']}" for package in self.spec.packages),
            len(self.cover),
            lines,
            groups[FUNCTION] if known else "–",
            groups[TYPE] if known else "–",
            f"{before:.2f}" if known else "–",
            f"{after:.2f}" if known else "–",
            len(self.misses) if known else "–",
            len(self.ours),
            len(self.only_ours),
            f"{review['right']}/{review['of']}" if review else "–",
            f"{self.precision():.2f}" if review else "–",
            f"{percent(lines - missed, lines):.2f}",
            sum(1 for entry in self.cover if entry["errors"]),
            f"{megabytes / max(seconds, 1e-9):.1f}",
            sum(entry["cuts"] for entry in self.cuts),
            f"{percent(sum(e['lines'] - e['missed'] for e in self.cuts), sum(e['lines'] for e in self.cuts)):.2f}",
            f"{1e3 * max(entry['seconds'] for entry in [*self.cover, *self.cuts]):.0f}",
        ]


def percent(part, whole):
    return 100.0 * part / whole if whole else 100.0


def counted(counter):
    return ", ".join(f"{count} {kind}" for kind, count in counter.most_common()) or "nothing"


def compare(spec, options, tool, ctags):
    root = options.cache / "unpacked"
    # What a file is, `facts` decides: a C header may turn out to be C++.
    whole = [entry for entry in covered(tool, options.packs.resolve(), sources(spec, options.cache), root) if entry["language"] in spec.rows]
    if not whole:
        raise Problem("no file is taken for the language")
    files = [entry["path"] for entry in whole]
    cuts = facts(tool, "--cut", options.packs.resolve(), files, root)
    tags = ctags_tags(ctags, spec, files, root)
    ours = [Definition(*(entry[key] for key in Definition._fields)) for entry in facts(tool, "--tags", options.packs.resolve(), files, root)]
    lines = {file: (root / file).read_text(errors="replace").split("\n") for file in files}
    return Comparison(spec, whole, cuts, tags, ours, lines)


# Table ---------------------------------------------------------------------------------------------------------------

HEAD = ["language", "packages", "files", "lines", "functions", "types", "recall %", "explained %", "unexplained", "ours", "ours only", "reviewed", "precision %", "covered %", "with errors", "MB/s", "cut texts", "cut covered %", "slowest ms"]
TABLE = HERE / "table.md"


def table(rows):
    body = [[str(cell) for cell in row] for row in rows.values()]
    return "\n".join("| " + " | ".join(row) + " |" for row in [HEAD, ["---"] * len(HEAD), *body])


def write_table(rows):
    """Replaces the rows that were measured and keeps the others."""
    kept = {}
    if TABLE.exists():
        for line in TABLE.read_text().splitlines():
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if line.startswith("|") and cells[0] not in (HEAD[0], "---"):
                kept[cells[0]] = cells
    merged = dict(sorted({**kept, **rows}.items()))
    TABLE.write_text(f"# Definitions found, measured\n\nWritten by `compare.py --write`; [README.md](README.md) says what the columns mean.\n\n{table(merged)}\n")


if __name__ == "__main__":
    sys.exit(main())
