"""Source trees to rows {package, language, kind, name, signature, doc, code}: functions and types with their documentation
taken out of the code. Reads and parses; executes nothing."""
import ast, hashlib, json, os, re

import tree_sitter_rust
from tree_sitter import Language, Parser

RUST = Parser(Language(tree_sitter_rust.language()))
MAX_FILE, MAX_CODE = 400_000, 4_000
SKIP = re.compile(r"(^|/)(tests?|testing|benches|examples?|fixtures|vendor|third_party|_vendor|vendored|_?extern|migrations|docs?|node_modules)/"
                  r"|(^|/)(test_[^/]*|[^/]*_tests?|tests|conftest)\.(py|rs)$|_pb2(_grpc)?\.py$|generated|bindings\.rs$")
DOC_END = re.compile(r"(:param|:return|:rtype|:type|@param|Args:|Arguments:|Parameters|Returns:?|Yields|Raises|Examples?:?|>>>|#|```|\.\. |---|===)")
DOC_REFUSED = re.compile(r"(see |todo|fixme|deprecated|noqa|test|returns? (self|none)\.?$|internal|same as|like )", re.I)
RUST_TYPES = {"struct_item", "enum_item", "trait_item", "union_item", "macro_definition"}


def first_paragraph(doc):
    out = []
    for line in doc.strip().split("\n"):
        line = line.strip()
        if (not line and out) or DOC_END.match(line):
            break
        if line:
            out.append(line)
    text = re.sub(r"\[`?([^\]`]+)`?\](\([^)]*\)|\[[^\]]*\])?", r"\1", " ".join(out))
    return re.sub(r":[a-z:]+:`~?([^`]+)`", r"\1", text).replace("`", "")[:400]


def usable(doc):
    n = len(doc.split())
    return (3 <= n <= 60 and not DOC_REFUSED.match(doc) and sum(c.isascii() for c in doc) >= 0.97 * len(doc)
            and sum(c.isalpha() or c == " " for c in doc) >= 0.75 * len(doc))


def dedent(lines, indent):
    return "\n".join(x[indent:] if not x[:indent].strip() else x for x in lines)


def python_items(source):
    text = source.decode("utf8")
    lines = text.split("\n")
    for n in ast.walk(ast.parse(text)):
        if not isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) or n.name.lower().startswith("test"):
            continue
        doc, a, e = ast.get_docstring(n) or "", n.lineno - 1, n.end_lineno
        body = lines[a:e]
        if doc:
            d = n.body[0]
            if d.lineno - 1 <= a:
                continue
            body = lines[a:d.lineno - 1] + lines[d.end_lineno:e]
        body = [x for x in body if x.strip()]
        if len(body) >= 3:
            kind = "type" if isinstance(n, ast.ClassDef) else "function"
            yield kind, n.name, body[0].strip(), doc, dedent(body, len(body[0]) - len(body[0].lstrip()))


def rust_items(source):
    stack = [RUST.parse(source).root_node]
    while stack:
        n = stack.pop()
        name = n.child_by_field_name("name")
        if n.type == "mod_item" and name and name.text in (b"tests", b"test"):
            continue
        if name and (n.type == "function_item" or n.type in RUST_TYPES):
            docs, test, p = [], False, n.prev_sibling
            while p is not None and p.type in ("line_comment", "attribute_item", "block_comment"):
                t = p.text.decode("utf8", "replace").rstrip("\n")
                if p.type == "line_comment" and t.startswith("///"):
                    docs.append(re.sub(r"^/// ?", "", t))
                elif p.type == "attribute_item" and "test" in t:
                    test = True
                p = p.prev_sibling
            lines = [x for x in n.text.decode("utf8", "replace").split("\n") if x.strip() and not x.strip().startswith("///")]
            identifier = name.text.decode("utf8", "replace")
            if not test and not identifier.startswith("test") and len(lines) >= 3:
                code = lines[0] + "\n" + dedent(lines[1:], n.start_point[1])
                yield "function" if n.type == "function_item" else "type", identifier, lines[0].strip(), "\n".join(reversed(docs)), code
        stack.extend(n.children)


def code_hash(code):
    return hashlib.md5(re.sub(r"\s+", "", code).encode()).digest()[:8]


def files(folder):
    for d, subdirs, names in os.walk(folder):
        subdirs[:] = sorted(x for x in subdirs if not x.startswith("."))
        for f in sorted(names):
            path = os.path.relpath(os.path.join(d, f), folder)
            if f.endswith((".py", ".rs")) and not SKIP.search(path):
                b = open(os.path.join(d, f), "rb").read(MAX_FILE + 1)
                if len(b) <= MAX_FILE:
                    yield path, b


def mine(folder, package, path_skip=None):
    """All rows of one source tree, in a fixed order. Files that do not parse are left out."""
    rows = []
    for path, source in files(folder):
        if path_skip and path_skip.search(path):
            continue
        language = path[-2:]
        try:
            items = list(python_items(source) if language == "py" else rust_items(source))
        except (SyntaxError, ValueError, RecursionError, UnicodeDecodeError):
            continue
        for kind, name, signature, doc, code in items:
            if len(code) < 60:
                continue
            doc = first_paragraph(doc) if doc else ""
            rows.append(dict(package=package, language=language, kind=kind, name=name, signature=signature,
                             doc=doc if doc and usable(doc) else "", code=code[:MAX_CODE]))
    return rows


def mine_to_file(job):
    folder, package, out = job
    if not os.path.exists(out):
        rows = mine(folder, package)
        with open(out + ".part", "w") as f:
            f.writelines(json.dumps(r) + "\n" for r in rows)
        os.rename(out + ".part", out)
    return out
