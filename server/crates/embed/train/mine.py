"""Source trees to rows {package, language, stem, scope, kind, name, signature, doc, rest, code}: functions and types with their
documentation taken out of the code. Reads and parses; executes nothing.

Python goes through `ast`, Rust through its tree because documentation lies in attributes and inner comments there; every other
language through one query for its definitions, with the comment that ends on the line above as the documentation."""
import ast, hashlib, importlib, json, os, random, re

from tree_sitter import Language, Parser, Query, QueryCursor

MAX_FILE, MAX_CODE, MAX_FILES = 400_000, 4_000, 1_200
SKIP = re.compile(r"(^|/)(tests?|testing|benches|benchmarks?|examples?|samples?|fixtures|testdata|vendor|third[-_]party|_vendor|vendored|_?extern|migrations|docs?|node_modules|specs?|__tests__|dist|build|debian|androidTest)/"
                  r"|(^|/)(test_[^/]*|[^/]*[_.-](tests?|spec)|[^/]*Tests?|tests|conftest)\.\w+$|_pb2(_grpc)?\.py$|\.pb\.go$|zz_generated|generated|bindings\.rs$|\.min\.js$|\.d\.ts$")
DOC_END = re.compile(r"(:param|:return|:rtype|:type|@\w+|\\(param|return|retval|since|see)|Args:|Arguments:|Parameters|Returns:?|Yields|Raises|Examples?:?|>>>|#|```|\.\. |---|===)")
DOC_REFUSED = re.compile(r"(see |todo|fixme|deprecated|noqa|test|returns? (self|none)\.?$|internal|same as|like |copyright|licen[sc]e|spdx|eslint|nolint|\{?@?inheritdoc|generated)", re.I)
RUST_TYPES = {"struct_item", "enum_item", "trait_item", "union_item", "macro_definition"}

# extension -> language; language -> module, function in it, patterns of definitions (types are those whose name says so).
EXTENSIONS = {"py": "py", "rs": "rs", "js": "js", "mjs": "js", "cjs": "js", "jsx": "js", "ts": "ts", "tsx": "tsx", "c": "c", "h": "cpp", "cc": "cpp", "cpp": "cpp", "cxx": "cpp", "hpp": "cpp", "hh": "cpp",
              "java": "java", "go": "go", "rb": "rb", "php": "php", "hs": "hs", "lua": "lua", "cs": "cs", "kt": "kt", "scala": "scala", "ex": "ex", "exs": "ex", "swift": "swift", "sh": "sh", "bash": "sh", "zig": "zig"}
JS = """[(function_declaration) (generator_function_declaration) (method_definition) (class_declaration)
  (variable_declarator value: [(arrow_function) (function_expression)]) (assignment_expression right: [(arrow_function) (function_expression)])] @item"""
TS = JS[:-len("] @item")] + " (interface_declaration) (abstract_class_declaration) (enum_declaration) (type_alias_declaration)] @item"
C = "[(function_definition) (struct_specifier body: (_)) (enum_specifier body: (_))] @item"
GRAMMARS = {
    "rs": ("tree_sitter_rust", "language", None), "js": ("tree_sitter_javascript", "language", JS),
    "ts": ("tree_sitter_typescript", "language_typescript", TS), "tsx": ("tree_sitter_typescript", "language_tsx", TS),
    "c": ("tree_sitter_c", "language", C), "cpp": ("tree_sitter_cpp", "language", C[:-len("] @item")] + " (class_specifier body: (_))] @item"),
    "java": ("tree_sitter_java", "language", "[(method_declaration) (constructor_declaration) (class_declaration) (interface_declaration) (enum_declaration)] @item"),
    "go": ("tree_sitter_go", "language", "[(function_declaration) (method_declaration) (type_declaration (type_spec))] @item"),
    "rb": ("tree_sitter_ruby", "language", "[(method) (singleton_method) (class) (module)] @item"),
    "php": ("tree_sitter_php", "language_php", "[(function_definition) (method_declaration) (class_declaration) (interface_declaration) (trait_declaration)] @item"),
    "hs": ("tree_sitter_haskell", "language", "[(signature) (data_type) (newtype) (class)] @item"),
    "lua": ("tree_sitter_lua", "language", "[(function_declaration) (assignment_statement (expression_list (function_definition)))] @item"),
    "cs": ("tree_sitter_c_sharp", "language", "[(method_declaration) (constructor_declaration) (class_declaration) (interface_declaration) (struct_declaration) (enum_declaration)] @item"),
    "kt": ("tree_sitter_kotlin", "language", "[(function_declaration) (class_declaration) (object_declaration)] @item"),
    "scala": ("tree_sitter_scala", "language", "[(function_definition) (class_definition) (object_definition) (trait_definition)] @item"),
    "ex": ("tree_sitter_elixir", "language", '((call target: (identifier) @w) @item (#any-of? @w "def" "defp" "defmacro" "defmodule"))'),
    "swift": ("tree_sitter_swift", "language", "[(function_declaration) (class_declaration) (protocol_declaration)] @item"),
    "sh": ("tree_sitter_bash", "language", "(function_definition) @item"),
    "zig": ("tree_sitter_zig", "language", "(function_declaration) @item"),
}
TYPE = re.compile(r"class|struct|enum|interface|trait|object|module|protocol|type|data")
COMMENT_LINE = {"hs": "--", "lua": "--", "rb": "#", "sh": "#", "ex": "#"}
BETWEEN = re.compile(r"\s*(@\w|\[|#\[|template\s*<|@spec|@impl|export\s*$|public$)")   # lines that may stand between documentation and definition
NAME = re.compile(r"[\w$?!]+")
_parsers = {}


def grammar(language):
    if language not in _parsers:
        module, function, patterns = GRAMMARS[language]
        g = Language(getattr(importlib.import_module(module), function)())
        _parsers[language] = Parser(g), Query(g, patterns) if patterns else None
    return _parsers[language]


def clean(line):
    line = re.sub(r"^\s*(/\*+!?|\*+/|\*+(?!\w)|//+[!/]*<?|--+\s?\|?|#+|\{-\s?\|?|;+)\s?", "", line)
    line = re.sub(r"\s*(\*+/|-\})\s*$", "", line)
    line = re.sub(r"\{@\w+ ([^}]*)\}", r"\1", line)
    return re.sub(r"</?\w[^<>]{0,60}>", " ", re.sub(r'<see\w* \w+="([^"]*)"\s*/>', r"\1", line)).replace("\\brief", "").replace("@brief", "").strip()


def first_paragraph(doc):
    out = []
    for line in doc.strip().split("\n"):
        line = line.strip()
        if (not line and out) or DOC_END.match(line):
            break
        if line:
            out.append(line)
    return plain(" ".join(out))[:400]


def plain(text):
    text = re.sub(r"\[`?([^\]`]+)`?\](\([^)]*\)|\[[^\]]*\])?", r"\1", text)
    return re.sub(r":[a-z:]+:`~?([^`]+)`", r"\1", text).replace("`", "")


def rest_of(doc, first):
    """What the documentation says after its first paragraph: the product's chunks hold it, so the code side of a pair may."""
    lines, seen = [x.strip() for x in doc.strip().split("\n")], 0
    for i, line in enumerate(lines):
        if (not line and seen) or DOC_END.match(line):
            return plain("\n".join(x for x in lines[i:] if x))[:600]
        seen += bool(line)
    return ""


def usable(doc):
    n = len(doc.split())
    return (3 <= n <= 60 and not DOC_REFUSED.match(doc) and sum(c.isascii() for c in doc) >= 0.97 * len(doc)
            and sum(c.isalpha() or c == " " for c in doc) >= 0.75 * len(doc))


def dedent(lines, indent):
    return "\n".join(x[indent:] if not x[:indent].strip() else x for x in lines)


def python_items(source):
    text = source.decode("utf8")
    lines = text.split("\n")
    todo = [("", ast.parse(text))]
    while todo:
        scope, parent = todo.pop()
        for n in ast.iter_child_nodes(parent):
            item = isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
            todo.append((n.name if isinstance(n, ast.ClassDef) else scope, n))
            if not item or n.name.lower().startswith("test"):
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
                yield kind, n.name, scope, body[0].strip(), doc, dedent(body, len(body[0]) - len(body[0].lstrip()))


def rust_items(source):
    stack = [("", grammar("rs")[0].parse(source).root_node)]
    while stack:
        scope, n = stack.pop()
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
                yield "function" if n.type == "function_item" else "type", identifier, scope, lines[0].strip(), "\n".join(reversed(docs)), code
        if n.type == "impl_item" and n.child_by_field_name("type"):
            scope = n.child_by_field_name("type").text.decode("utf8", "replace").split("<")[0]
        elif n.type == "trait_item" and name:
            scope = name.text.decode("utf8", "replace")
        stack.extend((scope, c) for c in n.children)


def name_of(n, language):
    """The identifier that a definition introduces, or None."""
    if language == "ex":
        head = next((c for c in n.children if c.type == "arguments"), None)
        head = head and head.text.decode("utf8", "replace")
        m = head and re.match(r"[\w.?!]+", head)
        return m and m[0].split(".")[-1]
    for field in ("name", "left", "declarator"):
        x = n.child_by_field_name(field)
        while x is not None and x.child_by_field_name("declarator") is not None:
            x = x.child_by_field_name("declarator")
        if x is not None:
            found = NAME.findall(x.text.decode("utf8", "replace").split("(")[0])
            return found[-1] if found else None
    for c in n.children:
        if c.type.endswith("identifier") or c.type in ("variable_list", "word", "type_spec"):
            x = c.child_by_field_name("name") or c
            found = NAME.findall(x.text.decode("utf8", "replace").split("(")[0])
            return found[-1] if found else None
    return None


def documentation(lines, row, language):
    """The comment that ends on the line above `row`, without its signs."""
    i, out, mark = row - 1, [], COMMENT_LINE.get(language, "//")
    while i >= 0 and BETWEEN.match(lines[i]) and not (language == "ex" and "@doc" in lines[i]):
        i -= 1
    if i < 0:
        return ""
    if language == "ex":
        if lines[i].strip() in ('"""', "'''"):
            i -= 1
            while i >= 0 and '"""' not in lines[i] and "'''" not in lines[i]:
                out.append(lines[i].strip()); i -= 1
            return "\n".join(reversed(out)) if i >= 0 and ("@doc" in lines[i] or "@moduledoc" in lines[i]) else ""
        m = re.match(r'\s*@doc\s+"(.*)"', lines[i])
        return m[1] if m else ""
    closing, opening = ("-}", "{-") if language == "hs" else ("*/", "/*")
    if lines[i].rstrip().endswith(closing) and language not in ("rb", "sh", "lua"):
        while i >= 0 and row - i < 120:
            out.append(clean(lines[i]))
            if opening in lines[i]:
                return "\n".join(reversed(out)).strip() if lines[i].strip().startswith(opening) else ""
            i -= 1
        return ""
    while i >= 0 and (lines[i].strip().startswith(mark) or (language == "php" and lines[i].strip().startswith("#"))) and not lines[i].startswith("#!"):
        out.append(clean(lines[i])); i -= 1
    return "\n".join(reversed(out)).strip()


def generic_items(source, language):
    parser, query = grammar(language)
    root = parser.parse(source).root_node
    nodes = sorted(QueryCursor(query).captures(root).get("item", []), key=lambda n: (n.start_byte, -n.end_byte))
    text = source.decode("utf8", "replace")
    lines, open_types = text.split("\n"), []
    for n in nodes:
        row, column = n.start_point
        name = name_of(n, language)
        if not name or name.lower().startswith("test") or row >= len(lines):
            continue
        end, is_type = n.end_point[0], bool(TYPE.search(n.type)) or (language == "ex" and n.text[:9] == b"defmodule")
        if language == "hs" and n.type == "signature":
            s = n.next_named_sibling
            while s is not None and s.type in ("function", "bind") and s.text.decode("utf8", "replace").startswith(name):
                end, s = s.end_point[0], s.next_named_sibling
        while open_types and open_types[-1][1] < n.end_byte:
            open_types.pop()
        scope = open_types[-1][0] if open_types else ""
        if is_type:
            open_types.append((name, n.end_byte))
        body = [x for x in lines[row:end + 1] if x.strip()]
        if len(body) < (2 if language == "hs" else 3):
            continue
        indent = len(body[0]) - len(body[0].lstrip())
        signature = next((x.strip() for x in body if not x.strip().startswith(("@", "["))), body[0].strip())
        yield "type" if is_type else "function", name, scope, signature, documentation(lines, row, language), dedent(body, indent)


def code_hash(code):
    return hashlib.md5(re.sub(r"\s+", "", code).encode()).digest()[:8]


def files(folder, limit):
    out = []
    for d, subdirs, names in os.walk(folder):
        subdirs.sort()
        for n in sorted(names):
            p = os.path.join(d, n)
            if n.rpartition(".")[2] in EXTENSIONS and not SKIP.search(os.path.relpath(p, folder)):
                out.append(p)
    foreign = [p for p in out if not p.endswith((".py", ".rs"))]
    if limit and len(foreign) > limit:   # a cap for the few giants; Rust and Python packages are within it anyway
        keep = set(random.Random(len(foreign)).sample(foreign, limit))
        out = [p for p in out if p.endswith((".py", ".rs")) or p in keep]
    return out


def mine(folder, package, registry=None):
    """Rows of a tree. Crates give Rust and wheels Python only, the others whatever they hold."""
    rows = []
    for path in files(folder, MAX_FILES if registry else None):
        language = EXTENSIONS[path.rpartition(".")[2]]
        if {"crate": "rs", "pypi": "py", "stdlib": "py"}.get(registry, language) != language:
            continue
        try:
            if os.path.getsize(path) > MAX_FILE:
                continue
            source = open(path, "rb").read()
            if source.count(b"\n") * 200 < len(source):   # minified or a table of data
                continue
            items = list(python_items(source) if language == "py" else rust_items(source) if language == "rs" else generic_items(source, language))
        except (SyntaxError, ValueError, RecursionError, UnicodeDecodeError, OSError):
            continue
        stem = os.path.splitext(os.path.basename(path))[0]
        for kind, name, scope, signature, doc, code in items:
            if len(code) < 60:
                continue
            first = first_paragraph(doc) if doc else ""
            first = first if first and usable(first) else ""
            rows.append(dict(package=package, language="ts" if language == "tsx" else language, stem=stem, scope=scope, kind=kind, name=name, signature=signature[:300],
                             doc=first, rest=rest_of(doc, first) if first else "", code=code[:MAX_CODE]))
    return rows


def mine_to_file(job):
    folder, package, out = job
    if not os.path.exists(out):
        rows = mine(folder, package, package.split(":")[0])
        with open(out + ".part", "w") as f:
            f.writelines(json.dumps(r) + "\n" for r in rows)
        os.rename(out + ".part", out)
    return out
