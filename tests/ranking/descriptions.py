#!/usr/bin/env python3
"""Makes judged queries out of other people's documented functions in Rust, Python and JavaScript, for `fit.py`, of two kinds:

- *behaviour*: the first sentence of a function's documentation, which is taken out of the source that is searched. A function that says more
  than that keeps the rest, so that some targets are documented and some are not; and only sentences without a word of the function's name.
- *mixture*: the words of a function's name and where it stands (its type or file): `with suffix in NamedTempFile`. Only for names that several
  functions of the tree have, so that the place decides.

The reading of sources is by line and indentation, and shares nothing with the program's own.
"""
import collections, random, re

import packages

RUST_FN = re.compile(r"^(\s*)(?:pub(?:\([^)]*\))?\s+)?(?:default\s+)?(?:const\s+)?(?:async\s+)?(?:unsafe\s+)?(?:extern\s+\"[^\"]*\"\s+)?fn\s+(\w+)")
RUST_TYPE = re.compile(r"^impl\b(?:<.*?>)?\s+(?:[\w:<>', &]+\s+for\s+)?&?(?:'\w+\s+)?(?:mut\s+)?(?:\w+::)*([A-Z]\w+)")
PYTHON_FN = re.compile(r"^(\s*)(?:async\s+)?def\s+(\w+)\s*\(")
PYTHON_TYPE = re.compile(r"^class\s+(\w+)")
SCRIPT_FN = re.compile(r"^(\s*)(?:export\s+)?(?:default\s+)?(?:static\s+)?(?:async\s+)?(?:function\s*\*?\s*(\w+)\s*\(|(\w+)\s*\([^()]*\)\s*\{\s*$|(?:const|let|var|exports\.|module\.exports\.)\s*(\w+)\s*=\s*(?:async\s*)?(?:function\b|\([^()]*\)\s*=>|\w+\s*=>))")
SCRIPT_TYPE = re.compile(r"^(?:export\s+)?(?:default\s+)?class\s+(\w+)")
STOP = set("a an and are as at be by for from has have if in into is it its no not of on or that the this to was when which will with you your".split())
KEYWORDS = set("if for while switch catch return function constructor else do try with new".split())


def humps(name):
    """The words of an identifier, lower-case."""
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)]


def ends(lines, first, indent, language):
    """The last line of the block that begins at `first`; None when it is cut off or has no body."""
    if language == "py":
        last = first
        for at in range(first + 1, len(lines)):
            if lines[at].strip() and len(lines[at]) - len(lines[at].lstrip()) <= len(indent) and not lines[at].lstrip().startswith((")", "]")):
                break
            if lines[at].strip():
                last = at
        return last if last > first else None
    for at in range(first, min(len(lines), first + 400)):
        if re.match(re.escape(indent) + r"\}[;,)]*\s*$", lines[at]):
            return at
        if at == first and re.search(r"[;}]\s*$", lines[at]):
            return None
    return None


def functions(text, language):
    """(name, type around it, lines of its documentation's summary, all lines of its documentation, first and last line)."""
    lines = text.split("\n")
    pattern, of_type = {"rs": (RUST_FN, RUST_TYPE), "py": (PYTHON_FN, PYTHON_TYPE), "js": (SCRIPT_FN, SCRIPT_TYPE)}[language]
    container = ""
    for at, line in enumerate(lines):
        if line and not line[0].isspace():
            found = of_type.match(line)
            container = found.group(1) if found else "" if not line.startswith(("}", ")", "#", "/")) else container
        found = pattern.match(line)
        if not found:
            continue
        name = next(group for group in found.groups()[1:] if group)
        last = ends(lines, at, found.group(1), language)
        if last is None or name in KEYWORDS or len(name) < 4 or name.startswith("__"):
            continue
        yield name, container if found.group(1) else "", *documentation(lines, at, last, language), at, last


def documentation(lines, first, last, language):
    """Line numbers of the first paragraph, and of all."""
    if language == "py":
        at = first
        while at < last and not re.search(r":\s*(#.*)?$", lines[at]):
            at += 1
        at += 1
        if at > last or not re.match(r"\s*[rR]?\"\"\"", lines[at]):
            return [], []
        end = at
        if lines[at].count('"""') < 2:
            end += 1
            while end <= last and '"""' not in lines[end]:
                end += 1
        whole = list(range(at, end + 1))
        bare = lambda it: lines[it].replace('"""', "").strip()
    else:
        at = first - 1
        while at >= 0 and (lines[at].lstrip().startswith(("#[", "@")) and language == "rs" or lines[at].lstrip().startswith("@")):
            at -= 1
        end = at
        if language == "rs":
            while at >= 0 and re.match(r"\s*///", lines[at]):
                at -= 1
        elif at >= 0 and lines[at].rstrip().endswith("*/"):
            while at >= 0 and "/**" not in lines[at]:
                if "/*" in lines[at]:
                    return [], []
                at -= 1
            at -= 1
        whole = list(range(at + 1, end + 1))
        bare = lambda it: re.sub(r"^\s*(///|/\*\*|\*/|\*)|\*/\s*$", "", lines[it]).strip()
    summary = []
    for it in whole:
        if bare(it) and not re.match(r"@\w|#|```|:\w|>>>", bare(it)):
            summary.append(it)
        elif summary:
            break
        elif bare(it):
            return [], whole
    return summary, whole


def sentence(lines, summary, name):
    """What somebody would ask for the function by; None when it would be too short, too long or say its name."""
    text = " ".join(re.sub(r"^\s*(///|/\*\*|\*/|\*)|\*/\s*$", "", lines[it]).replace('"""', "").strip() for it in summary)
    text = re.sub(r"\[([^\]]*)\](\([^)]*\)|\[[^\]]*\])?", r"\1", text).replace("`", "")
    text = re.split(r"(?<=[a-z)])[.:;](?:\s|$)", text.strip(), maxsplit=1)[0].strip().rstrip(".")
    words = re.findall(r"[A-Za-z]+", text)
    content = {word.lower()[:4] for word in words if word.lower() not in STOP and len(word) > 2}
    if not 3 <= len(content) or len(words) > 25 or not text.isascii() or re.search(r"[<>{}=|]|\w_\w|deprecated|docstring|todo|see ", text, re.I):
        return None
    if content & {hump[:4] for hump in humps(name)} - {word[:4] for word in STOP}:
        return None
    return text[0].lower() + text[1:]


def without(lines, chosen, language):
    """The text without the summaries of the chosen functions, and where its old lines lie now."""
    gone, blank = set(), {}
    for summary, whole in chosen:
        if set(whole) == set(summary):
            gone |= set(summary)
            continue
        rest = [it for it in whole if it not in summary]
        has_more = any(re.search(r"[A-Za-z]", re.sub(r"^\s*(///|\*)", "", lines[it])) for it in rest)
        if not has_more:
            gone |= set(whole)
            continue
        for it in summary:
            # The opening and closing marks stay where they stand in the same line.
            marks = "".join(re.findall(r'/\*\*|"""', lines[it]))
            if marks:
                blank[it] = re.match(r"\s*", lines[it]).group() + marks
            else:
                gone.add(it)
    kept = [it for it in range(len(lines)) if it not in gone]
    return "\n".join(blank.get(it, lines[it]) for it in kept), {it: now for now, it in enumerate(kept)}


def main():
    a = packages.arguments(__doc__.split("\n")[0], 60)
    out = packages.Output(a.out)
    for language, of_language in packages.read(a.packages, a.exclude).items():
        read = [(name, [(path, text, list(functions(text, language))) for path, text in files]) for name, files in of_language]
        read = [(name, files) for name, files in read if any(summary for _, _, found in files for _, _, summary, *_ in found)]
        for at, tree in enumerate(packages.trees(read, a.trees, a.tree_bytes)):
            label = f"descriptions-{language}-{at}"
            named = collections.Counter(name for _, files in tree for _, _, found in files for name, *_ in found)
            asked = collections.Counter(
                sentence(text.split("\n"), summary, name) for _, files in tree for _, text, found in files for name, _, summary, *_ in found if summary
            )
            described, placed = [], []
            for package, files in tree:
                draw = random.Random(package)
                mine = []
                for path, text, found in files:
                    lines = text.split("\n")
                    can = [(it, sentence(lines, it[2], it[0])) for it in found if it[2]]
                    can = [(it, query) for it, query in can if query and asked[query] == 1]
                    # Half of what can be asked keeps its documentation, so that its lack tells nothing.
                    chosen = draw.sample(can, (len(can) + 1) // 2)
                    new, now = without(lines, [(it[2], it[3]) for it, _ in chosen], language)
                    out.file(label, f"{package}/{path}", new)
                    for (_, _, _, _, first, last), query in chosen:
                        if first in now and last in now:
                            mine.append({"query": query, "category": "behaviour", "relevant": [{"path": f"{package}/{path}", "start_line": now[first] + 1, "end_line": now[last] + 1}]})
                    stem = path.rsplit("/", 1)[-1].rsplit(".", 1)[0]
                    for name, container, _, _, first, last in found:
                        place = container or ("" if stem in ("lib", "mod", "index", "main", "__init__") else stem)
                        if first in now and last in now and 2 <= named[name] <= 12 and len(humps(name)) > 1 and len(place) > 3 and not set(humps(name)) & set(humps(place)):
                            placed.append((name, place, package, f"{package}/{path}", now[first] + 1, now[last] + 1))
                draw.shuffle(mine)
                described += mine[: a.per_package]
            draw = random.Random(label)
            draw.shuffle(described)
            draw.shuffle(placed)
            tasks = described[: a.per_tree]
            once = collections.Counter((name, place) for name, place, *_ in placed)
            per = collections.Counter()
            for name, place, package, path, first, last in placed:
                if once[name, place] == 1 and per[package] < a.per_package // 2 and len(tasks) < a.per_tree * 3 // 2:
                    per[package] += 1
                    where = draw.choice([place, place, " ".join(humps(place))])
                    query = f"{' '.join(humps(name))} {draw.choice(['in', 'in', 'of', 'for'])} {draw.choice(['', '', 'the '])}{where}"
                    tasks.append({"query": query, "category": "mixture", "relevant": [{"path": path, "start_line": first, "end_line": last}]})
            out.tree(label, language, tree, tasks)


if __name__ == "__main__":
    main()
