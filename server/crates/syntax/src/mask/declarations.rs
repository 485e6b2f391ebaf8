//! Macros and attributes around declarations: recognised by spelling and place, and hidden.

use super::{Blank, Filling, Masker, NUMBER, STRING, WORD};
use symseek_base::ByteRange;

/// Words that may stand before a declaration's type.
const SPECIFIERS: &[&[u8]] = &[
    b"static",
    b"extern",
    b"inline",
    b"virtual",
    b"explicit",
    b"constexpr",
    b"typedef",
    b"friend",
    b"const",
    b"volatile",
    b"register",
    b"mutable",
    b"thread_local",
    b"struct",
    b"class",
    b"union",
    b"enum",
    b"return",
    b"else",
    b"case",
    b"goto",
    b"new",
    b"delete",
    b"using",
    b"typename",
    b"operator",
    b"throw",
    b"do",
    b"public",
    b"private",
    b"protected",
    b"namespace",
];
/// Words of built-in types.
const TYPE_WORDS: &[&[u8]] = &[
    b"void",
    b"char",
    b"short",
    b"int",
    b"long",
    b"float",
    b"double",
    b"signed",
    b"unsigned",
    b"bool",
    b"_Bool",
    b"auto",
];
/// Words that open a scope of declarations.
const HEADS: &[&[u8]] = &[b"class", b"struct", b"union", b"enum"];
/// Words before `:` that end no statement.
const ACCESS: &[&[u8]] = &[
    b"public",
    b"private",
    b"protected",
    b"signals",
    b"slots",
    b"Q_SIGNALS",
    b"Q_SLOTS",
];

impl Masker<'_> {
    fn kind(&self, idx: usize) -> u8 {
        self.tokens.get(idx).map_or(0, |token| token.kind)
    }

    fn word(&self, idx: usize) -> &[u8] {
        self.tokens
            .get(idx)
            .filter(|token| token.kind == WORD)
            .map_or(b"", |&token| self.name(token))
    }

    fn is(&self, idx: usize, words: &[&[u8]]) -> bool {
        words.contains(&self.word(idx))
    }

    fn is_macro_at(&self, idx: usize) -> bool {
        self.tokens
            .get(idx)
            .is_some_and(|&token| self.is_macro(token))
    }

    /// After the bracket that closes the one at `idx`; `idx` itself when there is none there or it stays open.
    fn after_parens(&self, idx: usize) -> usize {
        if self.kind(idx) != b'(' {
            return idx;
        }
        let mut depth = 0;
        // Arguments of a macro are short; a bracket that stays open must not be looked for in the whole text.
        for at in idx..self.tokens.len().min(idx + 4096) {
            match self.tokens[at].kind {
                b'(' => depth += 1,
                b')' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return at + 1;
            }
        }
        idx
    }

    fn hide(&mut self, first: usize, end: usize) {
        let (start, end) = (self.tokens[first].start, self.tokens[end - 1].end);
        self.blank(start, end);
    }

    /// Finds macros by where they stand among the words of a declaration.
    pub(super) fn declarations(&mut self) {
        // Whether the scopes around hold declarations; a function's body does not.
        let mut scopes: Vec<bool> = Vec::new();
        let mut statement = 0;
        let mut parens = 0_u32;
        let mut idx = 0;
        while idx < self.tokens.len() {
            let in_declarations = scopes.last().copied().unwrap_or(true);
            let mut next = idx + 1;
            match self.kind(idx) {
                b'{' => {
                    scopes.push(in_declarations && self.opens_declarations(statement, idx));
                    parens = 0;
                    statement = next;
                }
                b'}' => {
                    scopes.pop();
                    parens = 0;
                    statement = next;
                }
                b';' if parens == 0 => statement = next,
                b':' if self.is(idx - usize::from(idx > 0), ACCESS) => statement = next,
                b'(' => {
                    self.pointer_to_function(idx);
                    parens += 1;
                }
                b')' => {
                    parens = parens.saturating_sub(1);
                    if parens == 0 && in_declarations {
                        next = self.after_parameters(statement, idx);
                    }
                }
                WORD if parens == 0 => {
                    if self.is(idx, HEADS) {
                        self.after_head(idx);
                    }
                    if in_declarations && self.unknown_specifier(statement, idx) {
                        let token = self.tokens[idx];
                        self.blanks.push(Blank {
                            range: ByteRange::new(token.start, token.end),
                            with: Filling::Specifier,
                        });
                        statement = next;
                    } else if self.is_macro_at(idx) {
                        if self.begins(statement, idx) {
                            let end = self.export(idx, in_declarations);
                            if end > idx {
                                // The statement goes on as if the macro were not there.
                                if idx == statement {
                                    statement = end;
                                }
                                next = end;
                            }
                        } else if in_declarations {
                            next = self.inside(statement, idx);
                        }
                    }
                }
                WORD if self.is_macro_at(idx) && idx > statement => self.pointer_attribute(idx),
                _ => {}
            }
            idx = next;
        }
    }

    /// `local void f(`, where `local` is defined as `static`: of a plain word and two words of a type or a type and a name,
    /// the first is no type.
    fn unknown_specifier(&self, statement: usize, idx: usize) -> bool {
        let plain = |at: usize| {
            self.kind(at) == WORD && !self.is(at, SPECIFIERS) && !self.is(at, TYPE_WORDS)
        };
        if idx != statement || !plain(idx) || self.is_macro_at(idx) {
            return false;
        }
        if self.is(idx + 1, TYPE_WORDS) || (self.is(idx + 1, HEADS) && self.kind(idx + 2) == WORD) {
            return true;
        }
        let mut at = idx + 1;
        if self.word(at) == b"const" && plain(at + 1) && plain(at + 2) {
            at += 1;
        }
        // A macro in second place is the calling convention of a declaration.
        if !plain(at) || self.is_macro_at(at) {
            return false;
        }
        let same_line = !self.text[self.tokens[idx].end..self.tokens[at].start].contains(&b'\n');
        match self.kind(at + 1) {
            b'*' => same_line && plain(at + 2),
            WORD if self.is_macro_at(at + 1) => plain(at + 2) && !self.is_macro_at(at + 2),
            WORD if self.is_macro_at(at + 2) => {
                self.kind(at + 3) == b'(' && self.kind(at + 4) == b'('
            }
            WORD => {
                plain(at + 1)
                    && !self.is_macro_at(at + 1)
                    && matches!(self.kind(at + 2), b'(' | b';' | b'=' | b'[')
            }
            _ => false,
        }
    }

    /// `char FAR *name`: a word between type and `*`.
    fn pointer_attribute(&mut self, idx: usize) {
        let before = idx - 1;
        let after_type = self.kind(before) == WORD && !self.is(before, SPECIFIERS);
        if after_type && self.kind(idx + 1) == b'*' {
            self.hide(idx, idx + 1);
        }
    }

    /// Whether `{` at `idx` opens a namespace, a linkage block or a type's body.
    fn opens_declarations(&self, statement: usize, idx: usize) -> bool {
        if idx == statement {
            return false;
        }
        let words = statement..idx;
        if words.clone().any(|at| self.word(at) == b"namespace") {
            return true;
        }
        if self.kind(idx - 1) == STRING && self.word(statement) == b"extern" {
            return true;
        }
        let after_parameters = self.kind(idx - 1) == b')'
            || (self.is(idx - 1, &[b"const", b"noexcept", b"override", b"final"])
                && idx >= 2
                && self.kind(idx - 2) == b')');
        !after_parameters
            && words.clone().any(|at| self.is(at, &HEADS[..3]))
            && !words.clone().any(|at| self.kind(at) == b'=')
    }

    /// Whether only specifiers and a template's head stand between the start of the statement and `idx`.
    fn begins(&self, statement: usize, idx: usize) -> bool {
        let mut at = statement;
        while at < idx {
            if self.word(at) == b"template" && self.kind(at + 1) == b'<' {
                let mut depth = 0_i32;
                at += 1;
                while at < idx {
                    depth += i32::from(self.kind(at) == b'<') - i32::from(self.kind(at) == b'>');
                    at += 1;
                    if depth == 0 {
                        break;
                    }
                }
            } else if self.is(at, &SPECIFIERS[..13]) || self.kind(at) == STRING {
                at += 1;
            } else {
                return false;
            }
        }
        at == idx
    }

    /// `class EXPORT Name {`, `struct ALIGN(8) Name : Base`.
    fn after_head(&mut self, idx: usize) {
        let mut first = idx + 1;
        if self.is(idx, &[b"enum"]) && self.is(first, &[b"class", b"struct"]) {
            first += 1;
        }
        let mut at = first;
        while self.is_macro_at(at) {
            let end = self.after_parens(at + 1);
            if self.kind(end) != WORD {
                break;
            }
            at = end;
        }
        let mut after = at + 1;
        while self.kind(after) == b':'
            && self.kind(after + 1) == b':'
            && self.kind(after + 2) == WORD
        {
            after += 3;
        }
        let defines = matches!(self.kind(after), b'{' | b'<')
            || (self.kind(after) == b':' && self.kind(after + 1) != b':')
            || self.word(after) == b"final";
        if at > first && defines {
            self.hide(first, at);
        }
    }

    /// `API int f(void);`, `BEGIN_DECLS` and `DECLARE(x)` before a declaration, `Q_OBJECT` before `public:`. Answers where
    /// the declaration goes on.
    fn export(&mut self, idx: usize, in_declarations: bool) -> usize {
        let end = self.after_parens(idx + 1);
        let has_arguments = end > idx + 1;
        if has_arguments && !in_declarations {
            return idx;
        }
        let token = self.tokens[idx];
        let Some(&following) = self.tokens.get(end) else {
            // At the end of the text: `END_DECLS`.
            if in_declarations {
                self.hide(idx, end);
                return end;
            }
            return idx;
        };
        let next_line = self.text[self.tokens[end - 1].end..following.start].contains(&b'\n');
        // `} FAR name;`: between the body of a type and its name.
        if idx > 0 && self.kind(idx - 1) == b'}' && !has_arguments && following.kind == WORD {
            let same_line = !self.text[self.tokens[idx - 1].end..token.start].contains(&b'\n');
            if same_line && matches!(self.kind(end + 1), b';' | b',') {
                self.hide(idx, end);
                return end;
            }
        }
        let is_type = self.kind(end + 1) == WORD
            || matches!(self.kind(end + 1), b'*' | b'&' | b'<')
            || (self.kind(end + 1) == b':' && self.kind(end + 2) == b':' && has_arguments);
        let is_access =
            self.is(end, ACCESS) && (self.kind(end + 1) == b':' || self.kind(end + 2) == b':');
        let two_words = following.kind == WORD && is_type && self.kind(end + 1) != b'=';
        // `MACRO(x)` alone on its line, before another.
        let alone = in_declarations
            && next_line
            && following.kind == WORD
            && (has_arguments || self.is_macro_at(end));
        // `DISALLOW(x)` at the end of a class.
        let last = in_declarations && has_arguments && next_line && following.kind == b'}';
        if !(two_words || is_access || alone || last) {
            return idx;
        }
        // A name that is a type: `UINT count, *rest`.
        if !has_arguments
            && !next_line
            && two_words
            && self.kind(end + 1) != WORD
            && !in_declarations
        {
            return idx;
        }
        let starts_other = self.is(end, HEADS)
            || self.is(end, ACCESS)
            || self.is(end, &[b"namespace", b"template", b"typedef", b"using"]);
        let range = ByteRange::new(token.start, self.tokens[end - 1].end);
        self.blanks.push(Blank {
            range,
            with: if starts_other || alone || next_line && has_arguments {
                Filling::Spaces
            } else {
                Filling::Specifier
            },
        });
        end
    }

    /// A macro inside a declaration: `int WINAPI f(`, `int n GUARDED_BY(lock);`, `f OF((int n));`. Answers where to go on.
    fn inside(&mut self, statement: usize, idx: usize) -> usize {
        let next = idx + 1;
        if idx == statement {
            return next;
        }
        let before = idx - 1;
        // `f OF((int n))`: the inner brackets are the parameters.
        if self.kind(before) == WORD && self.kind(next) == b'(' && self.kind(next + 1) == b'(' {
            let end = self.after_parens(next);
            if end > next
                && self.kind(end - 2) == b')'
                && matches!(self.kind(end), b';' | b'{' | b',')
            {
                self.hide(idx, next + 1);
                self.hide(end - 1, end);
                return next + 1;
            }
        }
        let after_type = matches!(self.kind(before), b'*' | b'&' | b'>')
            || (self.kind(before) == WORD && !self.is(before, SPECIFIERS));
        if !after_type {
            return next;
        }
        self.pointer_attribute(idx);
        // A calling convention or the like before the name.
        let opens = b"([;=".contains(&self.kind(next + 1))
            || (self.kind(next + 1) == b':' && self.kind(next + 2) == b':')
            || (self.is_macro_at(next + 1) && self.kind(next + 2) == b'(');
        if self.kind(next) == WORD && opens {
            self.hide(idx, next);
            return next;
        }
        // An attribute after the name: two words at least come before it.
        let named = before > statement
            && self.kind(before) == WORD
            && (matches!(self.kind(before - 1), b'*' | b'&' | b'>')
                || (self.kind(before - 1) == WORD && !self.is(before - 1, SPECIFIERS)));
        let end = self.after_parens(next);
        if named && end > next && matches!(self.kind(end), b';' | b'=' | b'{' | b',') {
            self.hide(idx, end);
            return end;
        }
        next
    }

    /// `typedef BOOL (WINAPI *NAME)(…)`.
    fn pointer_to_function(&mut self, open: usize) {
        let star = open + 2;
        if self.is_macro_at(open + 1)
            && self.kind(star) == b'*'
            && self.kind(star + 1) == WORD
            && self.kind(star + 2) == b')'
            && self.kind(star + 3) == b'('
        {
            self.hide(open + 1, star);
        }
    }

    /// What stands between parameters and body: attributes (`f() NOEXCEPT;`), or declarations of the parameters in the old
    /// style. Answers where to go on.
    fn after_parameters(&mut self, statement: usize, close: usize) -> usize {
        let mut at = close + 1;
        while self.is(at, &[b"const", b"noexcept", b"override", b"final"]) {
            at += 1;
        }
        let first = at;
        while self.is_macro_at(at) {
            at = self.after_parens(at + 1);
            while self.is(at, &[b"const", b"noexcept", b"override", b"final"]) {
                at += 1;
            }
        }
        if at > first && matches!(self.kind(at), b';' | b'{' | b'=') && close > statement {
            self.hide(first, at);
            return at;
        }
        if !self.is_cpp
            && self.kind(close + 1) == WORD
            && let Some(brace) = self.old_style(statement, close)
        {
            self.hide(close + 1, brace);
            return brace;
        }
        close + 1
    }

    /// The `{` after `f(a, b) int a; char *b;`.
    fn old_style(&self, statement: usize, close: usize) -> Option<usize> {
        let mut open = close;
        while open > statement && self.kind(open) != b'(' {
            open -= 1;
        }
        let names = open + 1..close;
        let plain = names.clone().all(|at| matches!(self.kind(at), WORD | b','));
        if names.is_empty()
            || !plain
            || self.kind(open.checked_sub(1)?) != WORD
            || open - 1 < statement
        {
            return None;
        }
        for at in close + 1..self.tokens.len().min(close + 400) {
            match self.kind(at) {
                b'{' => return (self.kind(at - 1) == b';').then_some(at),
                WORD | NUMBER | b',' | b';' | b'*' | b'[' | b']' | b'(' | b')' => {}
                _ => return None,
            }
        }
        None
    }
}
