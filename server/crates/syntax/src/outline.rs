//! Definitions of a text that has no grammar here, found by how their first lines look in most programming languages.
//!
//! A keyword (`class`, `func`, `def` …) or the shape of a function, at the start of a line and followed by what follows a
//! name in code, never by prose. How far a definition reaches is read off the indentation. This is a stand-in that makes
//! names findable and chunks end where functions end; it gives no references, and a language with a query pack never gets here.

use std::sync::LazyLock;

use compact_str::CompactString;
use regex::Regex;
use symseek_base::ByteRange;

use crate::page::Page;
use crate::{Symbol, SymbolIdx, SymbolKind};

/// Lines longer than this are data.
const MAX_LINE: usize = 400;
/// Longest signature, in characters.
const MAX_SIGNATURE: usize = 200;
/// Texts with fewer definitions per line than one in so many are prose or data.
const SPARSE: usize = 400;

/// Modifiers before a definition's keyword, in any language.
const MODIFIERS: &str = r"(?:(?:export|default|public|private|protected|internal|fileprivate|static|final|abstract|sealed|open|override|async|inline|virtual|constexpr|extern|data|case|implicit|lazy|pub|partial|readonly|unsafe|suspend|operator|infix|tailrec|external|mutating|convenience|required|declare|local|noinline|value|annotation|companion|@\w+)\s+)*";

struct Shape {
    regex: Regex,
    kind: SymbolKind,
}

/// In order of preference; the name is the capture `n`.
static SHAPES: LazyLock<Vec<Shape>> = LazyLock::new(|| {
    let shape = |pattern: &str, kind| Shape {
        regex: Regex::new(&pattern.replace("MODS", MODIFIERS))
            .expect("the pattern is a constant, compiled by every test"),
        kind,
    };
    // What may follow a type's name: parameters, bases, a body, or the end of the line.
    let after = r"\s*(?:[<({\[:=]|\b(?:extends|implements|where|derives|with|permits|is|do)\b|$)";
    vec![
        shape(
            &format!(
                r"^\s*MODS(?:class|record|actor)\s+(?:class\s+)?(?:[A-Z][A-Z_]+(?:\([^)]*\))?\s+)*(?P<n>[A-Za-z_]\w*){after}"
            ),
            SymbolKind::Class,
        ),
        shape(
            &format!(r"^\s*MODS(?:interface|protocol|trait)\s+(?P<n>[A-Za-z_]\w*){after}"),
            SymbolKind::Interface,
        ),
        shape(
            r"^\s*MODS(?:typedef\s+)?struct\s+(?P<n>[A-Za-z_]\w*)\s*(?:[<({:]|$)",
            SymbolKind::Struct,
        ),
        shape(
            r"^\s*MODS(?:typedef\s+)?enum\s+(?:class\s+)?(?P<n>[A-Za-z_]\w*)\s*(?:[<({:]|$)",
            SymbolKind::Enum,
        ),
        shape(
            &format!(
                r"^\s*MODS(?:object|module|namespace|extension|defmodule|defprotocol|defimpl|package\s+object)\s+(?P<n>[A-Za-z_][\w.\\:]*){after}"
            ),
            SymbolKind::Module,
        ),
        shape(
            r"^type\s+(?P<n>[A-Za-z_]\w*)(?:\[[^\]]*\])?\s+(?:struct|interface)\b",
            SymbolKind::Struct,
        ),
        shape(
            r"^\s*MODSconst\s+(?P<n>[A-Z]\w*)\s*=\s*(?:packed\s+|extern\s+)?(?:struct|union|enum|opaque|error)\b",
            SymbolKind::Struct,
        ),
        shape(
            r"^\s*MODS(?:newtype|data|instance)\s+(?P<n>[A-Z]\w*)[\w\s']*(?:=|where|$)",
            SymbolKind::Class,
        ),
        shape(
            r"^\s*MODStype\s+(?P<n>[A-Za-z_]\w*)(?:<[^=]*>)?\s*=",
            SymbolKind::TypeAlias,
        ),
        shape(
            r"^func\s+\([^)]*\)\s*(?P<n>[A-Za-z_]\w*)\s*[(\[]",
            SymbolKind::Method,
        ),
        shape(
            r"^\s*MODS(?:func|fun|fn|function\*?|def|defp|defmacro|defmacrop|defguard|sub|proc)\s+(?:<[^>]*>\s*)?(?:self\.)?(?:[A-Za-z_][\w<>?]*[.:])*(?P<n>[A-Za-z_$][\w$]*[?!]?)\s*(?:[<(\[:={;]|do\b|$)",
            SymbolKind::Function,
        ),
        shape(
            r"^\s*MODS(?:init|constructor)\s*[?!]?\(",
            SymbolKind::Constructor,
        ),
        shape(
            r"^\s*MODS(?:const|let|var)\s+(?P<n>[A-Za-z_$][\w$]*)\s*(?::[^=]+)?=\s*(?:async\s*)?(?:function\b|\([^()]*\)\s*(?::[^=]+)?=>|[A-Za-z_$][\w$]*\s*=>)",
            SymbolKind::Function,
        ),
        shape(
            r"^(?:[A-Za-z_][\w.]*\.)(?P<n>[A-Za-z_]\w*)\s*=\s*(?:async\s+)?function\b",
            SymbolKind::Function,
        ),
        shape(r"^#\s*define\s+(?P<n>[A-Za-z_]\w*)\(", SymbolKind::Macro),
        shape(
            r"^(?P<n>[A-Za-z_][\w:-]*)\s*\(\)\s*\{?\s*$",
            SymbolKind::Function,
        ),
        shape(r"^(?P<n>[a-z_][\w']*)\s*::\s*\S", SymbolKind::Function),
        // `static int name(…`, `Type<T> Class::name(…`, `public void name(…`: a return type, a name, parameters, no `;` at the end.
        shape(
            r"^(?:[A-Za-z_][\w:<>,*&\s\[\]]*[\s*&])(?:[A-Za-z_]\w*::)*~?(?P<n>[A-Za-z_]\w*)\s*\([^;]*$",
            SymbolKind::Function,
        ),
        shape(
            r"^\s+(?:(?:public|private|protected|internal|static|final|override|virtual|abstract|async|synchronized|readonly|unsafe|partial|extern|sealed|default)\s+)+(?:<[^>]*>\s*)?(?:[A-Za-z_][\w.<>,?\[\]\s]*\s+)?(?P<n>[A-Za-z_]\w*)\s*(?:<[^>]*>)?\([^;]*$",
            SymbolKind::Method,
        ),
        // `name(a, b) {` inside a class.
        shape(
            r"^\s+(?:async\s+|get\s+|set\s+|\*\s*)?(?P<n>[A-Za-z_$#][\w$]*)\s*\([^()]*\)\s*(?::\s*[^={]+)?\{\s*$",
            SymbolKind::Method,
        ),
    ]
});

/// Words that start statements or types which the shapes above would take for a name or a return type.
const NO_NAMES: [&str; 30] = [
    "if", "else", "for", "while", "switch", "catch", "return", "match", "case", "when", "with",
    "try", "do", "new", "throw", "yield", "await", "using", "foreach", "lock", "assert", "defer",
    "go", "select", "unless", "until", "elif", "delete", "typeof", "in",
];

/// The definitions of a text, containers before their members; empty for prose and data.
pub(crate) fn symbols(page: &Page<'_>) -> Vec<Symbol> {
    let n_lines = page.lines.n_lines();
    let mut found: Vec<Found> = Vec::new();
    for line in 0..n_lines {
        let text = page.line(line);
        if text.len() > MAX_LINE || text.trim_start().starts_with(['*', '/']) {
            continue;
        }
        if let Some((name, kind)) = definition(text.trim_end()) {
            let start = page.lines.line_bytes(line).start;
            found.push(Found {
                selection: ByteRange {
                    start: start + name.start as u32,
                    end: start + name.end as u32,
                },
                kind,
                line,
            });
        }
    }
    if found.len() * SPARSE < n_lines as usize {
        return Vec::new();
    }
    assemble(page, &found)
}

struct Found {
    selection: ByteRange,
    kind: SymbolKind,
    line: u32,
}

fn definition(line: &str) -> Option<(std::ops::Range<usize>, SymbolKind)> {
    let first = line
        .trim_start()
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .next()
        .unwrap_or("");
    if NO_NAMES.contains(&first) {
        return None;
    }
    SHAPES.iter().find_map(|shape| {
        let captures = shape.regex.captures(line)?;
        let name = captures.name("n").map_or_else(
            || {
                let at = line.len() - line.trim_start().len();
                at..at + first.len()
            },
            |name| name.range(),
        );
        // `def match(a)` defines it, `x = match(a)` does not.
        let before = line[..name.start]
            .split_whitespace()
            .next_back()
            .unwrap_or("");
        let is_spelled_out =
            before.starts_with("def") || before.starts_with("fun") || before == "fn";
        let is_name = is_spelled_out || !NO_NAMES.contains(&&line[name.clone()]);
        is_name.then_some((name, shape.kind))
    })
}

fn assemble(page: &Page<'_>, found: &[Found]) -> Vec<Symbol> {
    let mut symbols: Vec<Symbol> = Vec::new();
    let mut open: Vec<(usize, u32)> = Vec::new();
    for definition in found {
        let last = last_line(page, definition.line);
        while open.last().is_some_and(|&(_, end)| end < definition.line) {
            open.pop();
        }
        let container = open.last().map(|&(idx, _)| SymbolIdx(idx as u32));
        let inside_function = container.is_some_and(|idx| {
            matches!(
                symbols[idx.0 as usize].kind,
                SymbolKind::Function | SymbolKind::Method
            )
        });
        if inside_function {
            continue;
        }
        let floor = symbols.last().map_or(0, |symbol| symbol.selection.end);
        let first = comment_start(page, definition.line, page.lines.line(floor));
        // `Phoenix.Router` is known as `Router`.
        let written = definition.selection.slice(page.text);
        let bare = written.rfind(['.', ':', '\\']).map_or(0, |at| at + 1);
        let name = CompactString::from(&written[bare..]);
        let selection = ByteRange {
            start: definition.selection.start + bare as u32,
            end: definition.selection.end,
        };
        let (qualified, kind) = match container {
            Some(idx) => {
                let outer = &symbols[idx.0 as usize];
                let kind = if definition.kind == SymbolKind::Function
                    && outer.kind != SymbolKind::Module
                {
                    SymbolKind::Method
                } else {
                    definition.kind
                };
                (
                    CompactString::from(format!("{}.{written}", outer.qualified)),
                    kind,
                )
            }
            None => (CompactString::from(written), definition.kind),
        };
        let range = page.bytes(first, last);
        let doc = (first < definition.line).then(|| page.bytes(first, definition.line - 1));
        let lines = page.lines.lines(range);
        let is_test = container.is_some_and(|idx| symbols[idx.0 as usize].is_test);
        let signature = signature(page.line(definition.line));
        open.push((symbols.len(), last));
        symbols.push(Symbol {
            name,
            qualified,
            kind,
            container,
            range,
            lines,
            selection,
            doc,
            signature,
            is_test,
        });
    }
    symbols
}

fn signature(line: &str) -> CompactString {
    let line = line.trim().trim_end_matches(['{', ' ']);
    line.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(MAX_SIGNATURE)
        .collect()
}

fn indent(line: &str) -> usize {
    line.bytes()
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .map(|byte| if byte == b'\t' { 4 } else { 1 })
        .sum()
}

/// The last line of the definition that starts at `line`: up to the next line that is indented no deeper, that line included
/// when it only closes what was opened.
fn last_line(page: &Page<'_>, line: u32) -> u32 {
    let own = indent(page.line(line));
    let n_lines = page.lines.n_lines();
    let mut last = line;
    // The head may go on: parameters on lines of their own, the brace of the body on the next line.
    let mut in_head = !page.line(line).trim_end().ends_with(['{', ':', ';', '=']);
    for next in line + 1..n_lines {
        if page.is_blank(next) {
            continue;
        }
        let text = page.line(next);
        let trimmed = text.trim();
        if indent(text) > own
            || trimmed.starts_with('#')
                && text.starts_with('#')
                && own == 0
                && !in_head
                && trimmed.len() > 1
                && is_directive(trimmed)
        {
            last = next;
            in_head &= !trimmed.ends_with(['{', ':', ';']);
            continue;
        }
        if in_head && trimmed.starts_with(['{', ')', '(', ':', '=']) {
            last = next;
            in_head = !trimmed.ends_with('{');
            continue;
        }
        let closes = trimmed.starts_with(['}', ')', ']'])
            || trimmed == "end"
            || trimmed.starts_with("end ")
            || trimmed.starts_with("end;")
            || trimmed.starts_with("end,");
        if closes {
            last = next;
            // `} else {`, `} catch (…) {`: the definition goes on.
            if trimmed.ends_with('{') {
                continue;
            }
        }
        break;
    }
    last
}

/// `#if`, `#endif` … stand at the margin inside C functions.
fn is_directive(line: &str) -> bool {
    ["#if", "#el", "#endif", "# if", "# el", "# endif"]
        .iter()
        .any(|directive| line.starts_with(directive))
}

/// The first line of the comments, attributes and annotations directly above `line`, below `floor`.
fn comment_start(page: &Page<'_>, line: u32, floor: u32) -> u32 {
    let mut first = line;
    while first > 0 && first - 1 > floor {
        let text = page.line(first - 1).trim();
        let is_comment = [
            "//", "/*", "*", "#", "--", "@", "[", ";;", "{-", "-}", "\"\"\"", "template",
        ]
        .iter()
        .any(|mark| text.starts_with(mark));
        if text.is_empty() || !is_comment {
            break;
        }
        first -= 1;
    }
    // The first line of the file may be a comment too.
    if first == 1 && floor == 0 && page.line(0).trim().starts_with("//") {
        first = 0;
    }
    first
}

#[cfg(test)]
mod tests {
    use super::{Page, symbols};
    use symseek_base::LineIndex;

    fn outline(text: &str) -> Vec<String> {
        let lines = LineIndex::new(text);
        let page = Page {
            text,
            lines: &lines,
            depths: &[],
        };
        let line = |symbol: &crate::Symbol| (symbol.lines.start + 1, symbol.lines.end + 1);
        let show = |symbol: &crate::Symbol| {
            format!(
                "{:?} {} {}-{}",
                symbol.kind,
                symbol.qualified,
                line(symbol).0,
                line(symbol).1
            )
        };
        symbols(&page).iter().map(show).collect()
    }

    #[test]
    fn definitions_in_many_languages() {
        let java = "package a;\n\n/** Doc. */\npublic class Gson {\n  private int x = f(1);\n\n  public <T> T fromJson(String json) {\n    if (x) {\n      return null;\n    }\n  }\n}\n";
        assert_eq!(
            outline(java),
            ["Class Gson 3-12", "Method Gson.fromJson 7-11"]
        );
        let go = "package a\n\n// Run runs.\nfunc (c *Command) Run(args []string) error {\n\treturn nil\n}\n\ntype Command struct {\n\tname string\n}\n";
        assert_eq!(outline(go), ["Method Run 3-6", "Struct Command 8-10"]);
        let js = "export default function axios(config) {\n  return 1;\n}\nconst get = async (url) => {\n};\nclass A extends B {\n  constructor(x) {\n  }\n  get(url) {\n  }\n}\n";
        assert_eq!(
            outline(js),
            [
                "Function axios 1-3",
                "Function get 4-5",
                "Class A 6-11",
                "Constructor A.constructor 7-8",
                "Method A.get 9-10"
            ]
        );
        let c = "static int\nfoo(void)\n{\n}\n\nint bar(int a,\n        int b) {\n#ifdef X\n  x();\n#endif\n}\nint declared(int);\n";
        assert_eq!(outline(c), ["Function bar 6-11"]);
        let ruby = "module Rails\n  class App\n    def call?(env)\n      1\n    end\n  end\nend\n";
        assert_eq!(
            outline(ruby),
            [
                "Module Rails 1-7",
                "Class Rails.App 2-6",
                "Method Rails.App.call? 3-5"
            ]
        );
        let lua = "local M = {}\nfunction M.setup(opts)\n  return 1\nend\nlocal function helper()\nend\nM.run = function(x)\nend\n";
        assert_eq!(
            outline(lua),
            [
                "Function setup 2-4",
                "Function helper 5-6",
                "Function run 7-8"
            ]
        );
        let elixir = "defmodule Phoenix.Router do\n  @doc \"x\"\n  def match(a) do\n    a\n  end\n  defp low, do: 1\nend\n";
        assert_eq!(
            outline(elixir)[..2],
            [
                "Module Phoenix.Router 1-7",
                "Function Phoenix.Router.match 2-5"
            ]
        );
        let bash = "#!/bin/bash\nfunction about() {\n  echo\n}\nprompt_git() {\n  x\n}\n";
        assert_eq!(
            outline(bash),
            ["Function about 2-4", "Function prompt_git 5-7"]
        );
    }

    #[test]
    fn prose_and_data_have_no_definitions() {
        let prose = "# Title\n\nThe class of problems is type safe.\nclass struggles arise when\ntype inference is hard.\nfunction follows form here.\n";
        assert!(outline(prose).is_empty(), "{:?}", outline(prose));
        assert!(outline("{\n  \"class\": \"A\",\n  \"type\": \"b\"\n}\n").is_empty());
        assert!(outline("if (x) {\n}\nfor (a of b) {\n}\nreturn foo(a) {\n").is_empty());
    }
}
