//! Reads a query file (`.scm`) into pattern trees. Knows the syntax only: no grammar, no meaning of captures.
//!
//! It reads the part of the tree-sitter query language that can be matched top-down from one node: nested node
//! patterns, fields, negated fields, alternations, `?`, a leading anchor, captures and predicates. The files stay
//! valid tree-sitter queries: a test compiles them with tree-sitter itself (it does not compare the matches).

use super::PackError;

/// A node pattern as written.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    pub(super) shape: Shape,
    pub(super) captures: Vec<String>,
    pub(super) field: Option<String>,
    pub(super) optional: bool,
    /// A `.` stood before it: it must be the first named child.
    pub(super) first: bool,
    pub(super) line: usize,
}

#[derive(Debug, Clone)]
pub(super) enum Shape {
    /// `(kind …)`, `(_)` when the kind is `_`.
    Node {
        kind: String,
        children: Vec<Pattern>,
        absent: Vec<String>,
    },
    /// `"text"`.
    Token(String),
    /// `[a b]`.
    Any(Vec<Pattern>),
}

/// `(#name? args…)`.
#[derive(Debug, Clone)]
pub(super) struct Predicate {
    pub(super) name: String,
    pub(super) args: Vec<Arg>,
    pub(super) line: usize,
}

#[derive(Debug, Clone)]
pub(super) enum Arg {
    Capture(String),
    Text(String),
}

/// One top-level pattern with its predicates.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub(super) pattern: Pattern,
    pub(super) predicates: Vec<Predicate>,
}

/// Reads a whole file. `file` names it in errors.
pub(super) fn parse(file: &str, source: &str) -> Result<Vec<Rule>, PackError> {
    let mut reader = Reader {
        file,
        source,
        at: 0,
        predicates: Vec::new(),
    };
    let mut rules = Vec::new();
    while reader.peek().is_some() {
        let pattern = reader.pattern(0)?;
        rules.push(Rule {
            pattern,
            predicates: std::mem::take(&mut reader.predicates),
        });
    }
    Ok(rules)
}

struct Reader<'a> {
    file: &'a str,
    source: &'a str,
    at: usize,
    predicates: Vec<Predicate>,
}

/// Patterns nest this deep at most.
const MAX_DEPTH: usize = 32;

impl Reader<'_> {
    fn error(&self, message: impl Into<String>) -> PackError {
        PackError {
            file: self.file.to_owned(),
            line: self.line(),
            message: message.into(),
        }
    }

    fn line(&self) -> usize {
        self.source[..self.at].matches('\n').count() + 1
    }

    /// The next byte that is neither space nor comment.
    fn peek(&mut self) -> Option<u8> {
        let bytes = self.source.as_bytes();
        while let Some(&byte) = bytes.get(self.at) {
            if byte == b';' {
                self.at = memchr::memchr(b'\n', &bytes[self.at..])
                    .map_or(bytes.len(), |offset| self.at + offset);
            } else if byte.is_ascii_whitespace() {
                self.at += 1;
            } else {
                return Some(byte);
            }
        }
        None
    }

    fn accept(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        if found {
            self.at += 1;
        }
        found
    }

    fn word(&mut self) -> Result<String, PackError> {
        self.peek();
        let rest = &self.source[self.at..];
        let end = rest
            .find(|c: char| !(c.is_alphanumeric() || "_.-?!/".contains(c)))
            .unwrap_or(rest.len());
        if end == 0 {
            return Err(self.error("expected a name"));
        }
        self.at += end;
        Ok(rest[..end].to_owned())
    }

    fn text(&mut self) -> Result<String, PackError> {
        let rest = &self.source[self.at + 1..];
        let mut text = String::new();
        let mut chars = rest.char_indices();
        while let Some((offset, c)) = chars.next() {
            match c {
                '"' => {
                    self.at += offset + 2;
                    return Ok(text);
                }
                '\\' => match chars.next() {
                    Some((_, 'n')) => text.push('\n'),
                    Some((_, 't')) => text.push('\t'),
                    Some((_, other)) => text.push(other),
                    None => break,
                },
                c => text.push(c),
            }
        }
        Err(self.error("a string does not end"))
    }

    fn pattern(&mut self, depth: usize) -> Result<Pattern, PackError> {
        if depth > MAX_DEPTH {
            return Err(self.error("patterns nest too deep"));
        }
        self.peek();
        let line = self.line();
        let mut pattern = match self.peek() {
            Some(b'(') => {
                self.at += 1;
                if matches!(self.peek(), Some(b'(' | b'[')) {
                    // A group: one pattern and its predicates.
                    let inner = self.pattern(depth + 1)?;
                    while self.peek() == Some(b'(') {
                        self.predicate()?;
                    }
                    if !self.accept(b')') {
                        return Err(self.error("a group holds one pattern and predicates only"));
                    }
                    inner
                } else {
                    Pattern {
                        shape: self.node(depth)?,
                        captures: Vec::new(),
                        field: None,
                        optional: false,
                        first: false,
                        line,
                    }
                }
            }
            Some(b'[') => {
                self.at += 1;
                let mut any = Vec::new();
                while !self.accept(b']') {
                    any.push(self.pattern(depth + 1)?);
                }
                Pattern {
                    shape: Shape::Any(any),
                    captures: Vec::new(),
                    field: None,
                    optional: false,
                    first: false,
                    line,
                }
            }
            Some(b'"') => Pattern {
                shape: Shape::Token(self.text()?),
                captures: Vec::new(),
                field: None,
                optional: false,
                first: false,
                line,
            },
            _ => return Err(self.error("expected a pattern")),
        };
        match self.peek() {
            Some(b'?') => {
                self.at += 1;
                pattern.optional = true;
            }
            Some(b'*' | b'+') => return Err(self.error("`*` and `+` are not supported")),
            _ => {}
        }
        while self.accept(b'@') {
            let name = self.word()?;
            pattern.captures.push(name);
        }
        Ok(pattern)
    }

    fn node(&mut self, depth: usize) -> Result<Shape, PackError> {
        let kind = self.word()?;
        let (mut children, mut absent) = (Vec::new(), Vec::new());
        loop {
            let first = self.accept(b'.');
            match self.peek() {
                Some(b')') if first => {
                    return Err(self.error("an anchor at the end is not supported"));
                }
                Some(b')') => {
                    self.at += 1;
                    return Ok(Shape::Node {
                        kind,
                        children,
                        absent,
                    });
                }
                Some(b'!') => {
                    self.at += 1;
                    absent.push(self.word()?);
                }
                Some(b'(') if self.is_predicate() => self.predicate()?,
                Some(b'(' | b'[' | b'"') => {
                    if first && !children.is_empty() {
                        return Err(self.error("an anchor between siblings is not supported"));
                    }
                    let mut child = self.pattern(depth + 1)?;
                    child.first = first;
                    children.push(child);
                }
                Some(_) => {
                    let field = self.word()?;
                    if !self.accept(b':') {
                        return Err(self.error(format!("expected `:` after {field}")));
                    }
                    let mut child = self.pattern(depth + 1)?;
                    child.field = Some(field);
                    child.first = first;
                    children.push(child);
                }
                None => return Err(self.error("a pattern does not end")),
            }
        }
    }

    fn is_predicate(&mut self) -> bool {
        self.source[self.at + 1..].trim_start().starts_with('#')
    }

    fn predicate(&mut self) -> Result<(), PackError> {
        let line = self.line();
        if !self.accept(b'(') || !self.accept(b'#') {
            return Err(self.error("expected a predicate"));
        }
        let name = self.word()?;
        let mut args = Vec::new();
        loop {
            match self.peek() {
                Some(b')') => break,
                Some(b'@') => {
                    self.at += 1;
                    args.push(Arg::Capture(self.word()?));
                }
                Some(b'"') => args.push(Arg::Text(self.text()?)),
                Some(_) => args.push(Arg::Text(self.word()?)),
                None => return Err(self.error("a predicate does not end")),
            }
        }
        self.at += 1;
        self.predicates.push(Predicate { name, args, line });
        Ok(())
    }
}
