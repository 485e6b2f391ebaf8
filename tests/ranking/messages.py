#!/usr/bin/env python3
"""Makes judged queries of kind *error* out of other people's source: finds the statements that raise or log a message in Rust, Python
and JavaScript, puts made-up values in the place of what is inserted, writes in front of it what logs write there, and notes the lines of
the statement as the target. Writes trees to search, `repos.json` and `annotations/`, as `fit.py --messages` and the harness read them.

A message whose words stand in
another statement of its tree, too, is left out: it would have two right answers. The reading of sources here shares nothing with the
program's own (`server/crates/search/src/message.rs`): it looks for the statements that take a message, that one for literals anywhere.
"""
import collections, random, re

import packages

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


def spelled(pieces):
    return " ".join(re.findall(r"\w+", " ".join(pieces).lower()))


def messages_of(text, language):
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
    a = packages.arguments(__doc__.split("\n")[0], 60)
    out = packages.Output(a.out)
    for language, of_language in packages.read(a.packages, a.exclude).items():
        with_messages = []
        for name, files in of_language:
            files = [(relative, text, list(messages_of(text, language))) for relative, text in files]
            if any(messages for _, _, messages in files):
                with_messages.append((name, files))
        for at, tree in enumerate(packages.trees(with_messages, a.trees, a.tree_bytes)):
            label = f"messages-{language}-{at}"
            seen = collections.Counter(spelled(pieces) for _, files in tree for _, _, messages in files for pieces, *_ in messages)
            tasks = []
            for name, files in tree:
                draw = random.Random(name)
                mine = []
                for relative, text, messages in files:
                    out.file(label, f"{name}/{relative}", text)
                    for pieces, marks, start, end in messages:
                        if seen[spelled(pieces)] == 1:
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
            out.tree(label, language, tree, tasks[: a.per_tree])


if __name__ == "__main__":
    main()
