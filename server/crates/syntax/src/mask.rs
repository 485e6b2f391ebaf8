//! Same-length masking of C and C++ before the parse: macros and conditional branches that hide or break declarations are
//! replaced by spaces, so that the grammar sees what stands around them.
//!
//! No macro is expanded and no definition is looked up; what a name is, is told by its spelling (`FOO_API`) and by where it
//! stands. Offsets and lines stay, so that everything after the parse reads the text as it was written. What is masked has
//! no symbols and references of its own. A text that needs no mask costs one pass over its tokens.

use crate::Language;
use symseek_base::ByteRange;

/// The parts of a text that the parser must not see, in order and apart from each other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Mask {
    blanks: Vec<Blank>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Blank {
    range: ByteRange,
    /// `inline` stands where the range begins: a declaration then begins with its export macro, and the comment above is its.
    specifier: bool,
}

impl Mask {
    /// What to mask in `text`; empty for languages without a preprocessor.
    pub(crate) fn of(language: Language, text: &str) -> Self {
        let is_cpp = match language.name() {
            "c" => false,
            "cpp" => true,
            _ => return Self::default(),
        };
        let mut masker = Masker {
            text: text.as_bytes(),
            tokens: Vec::new(),
            blanks: Vec::new(),
            is_cpp,
        };
        masker.lex();
        masker.tokens.retain(|token| token.live);
        masker.declarations();
        let mut blanks = masker.blanks;
        blanks
            .sort_unstable_by_key(|blank| (blank.range.start, std::cmp::Reverse(blank.range.end)));
        let mut end = 0;
        blanks.retain(|blank| {
            let apart = blank.range.start >= end && !blank.range.is_empty();
            if apart {
                end = blank.range.end;
            }
            apart
        });
        Self { blanks }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.blanks.is_empty()
    }

    /// The text as the parser sees it: as long as `text`, with the same line breaks.
    pub(crate) fn apply(&self, text: &str) -> Vec<u8> {
        let mut bytes = text.as_bytes().to_vec();
        for blank in &self.blanks {
            let hidden = &mut bytes[blank.range.start as usize..blank.range.end as usize];
            for byte in hidden
                .iter_mut()
                .filter(|byte| !matches!(byte, b'\n' | b'\r'))
            {
                *byte = b' ';
            }
            if blank.specifier && hidden.len() >= SPECIFIER.len() {
                hidden[..SPECIFIER.len()].copy_from_slice(SPECIFIER);
            }
        }
        bytes
    }

    /// Moves the parts along with an edit. An edit that touches one drops it, so that the mask no longer equals that of the
    /// new text.
    pub(crate) fn edit(&mut self, start: u32, old_end: u32, new_end: u32) {
        self.blanks.retain_mut(|blank| {
            if blank.range.end < start {
                return true;
            }
            if blank.range.start <= old_end {
                return false;
            }
            blank.range.start = blank.range.start - old_end + new_end;
            blank.range.end = blank.range.end - old_end + new_end;
            true
        });
    }
}

/// A specifier that any declaration may begin with.
const SPECIFIER: &[u8] = b"inline";

#[derive(Debug, Clone, Copy)]
struct Token {
    start: usize,
    end: usize,
    /// The character of a punctuation mark, [`WORD`], [`NUMBER`] or [`STRING`].
    kind: u8,
    /// Not in a branch that is masked.
    live: bool,
}

const WORD: u8 = b'w';
const NUMBER: u8 = b'0';
const STRING: u8 = b'"';

/// One `#if … #endif` while it is open.
struct Group {
    branches: Vec<Branch>,
}

struct Branch {
    /// The `#if`, `#elif` or `#else` line.
    directive: ByteRange,
    /// Its first token.
    first: usize,
}

struct Masker<'a> {
    text: &'a [u8],
    tokens: Vec<Token>,
    blanks: Vec<Blank>,
    is_cpp: bool,
}

// Tokens and conditional branches ------------------------------------------------------------------

impl Masker<'_> {
    fn byte(&self, at: usize) -> u8 {
        self.text.get(at).copied().unwrap_or(0)
    }

    fn push(&mut self, start: usize, end: usize, kind: u8) {
        self.tokens.push(Token {
            start,
            end,
            kind,
            live: true,
        });
    }

    /// Reads the whole text; judges every conditional where it ends, inner ones before outer ones.
    fn lex(&mut self) {
        let mut groups: Vec<Group> = Vec::new();
        let mut at = 0;
        let mut at_line_start = true;
        while at < self.text.len() {
            let byte = self.text[at];
            let start = at;
            match byte {
                b'\n' => {
                    at_line_start = true;
                    at += 1;
                    continue;
                }
                _ if byte.is_ascii_whitespace() => {
                    at += 1;
                    continue;
                }
                b'\\' => at += 1,
                b'/' if self.byte(at + 1) == b'/' => {
                    at = self.line_end(at);
                    continue;
                }
                b'/' if self.byte(at + 1) == b'*' => {
                    at = self.comment_end(at);
                    continue;
                }
                b'#' if at_line_start => {
                    at = self.directive_end(at);
                    self.directive(start, at, &mut groups);
                    continue;
                }
                b'R' if self.byte(at + 1) == b'"' => {
                    at = self.raw_string_end(at);
                    self.push(start, at, STRING);
                }
                b'"' | b'\'' => {
                    at = self.quoted_end(at);
                    self.push(start, at, STRING);
                }
                b'0'..=b'9' => {
                    // `1'000` and `0x1F`.
                    while matches!(self.byte(at), b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'.')
                        || (self.byte(at) == b'\'' && self.byte(at + 1).is_ascii_hexdigit())
                    {
                        at += 1;
                    }
                    self.push(start, at, NUMBER);
                }
                _ if is_word_byte(byte) => {
                    while is_word_byte(self.byte(at)) {
                        at += 1;
                    }
                    self.push(start, at, WORD);
                }
                _ => {
                    at += 1;
                    self.push(start, at, byte);
                }
            }
            at_line_start = false;
        }
    }

    fn line_end(&self, at: usize) -> usize {
        memchr::memchr(b'\n', &self.text[at..]).map_or(self.text.len(), |offset| at + offset)
    }

    fn comment_end(&self, at: usize) -> usize {
        memchr::memmem::find(&self.text[at + 2..], b"*/")
            .map_or(self.text.len(), |offset| at + offset + 4)
    }

    /// To the end of the line that no `\` carries on.
    fn directive_end(&self, mut at: usize) -> usize {
        while at < self.text.len() {
            match self.text[at] {
                b'\n' => break,
                b'\\' if self.byte(at + 1) == b'\n' => at += 2,
                b'\\' if self.byte(at + 1) == b'\r' => at += 3,
                b'/' if self.byte(at + 1) == b'*' => at = self.comment_end(at),
                _ => at += 1,
            }
        }
        at.min(self.text.len())
    }

    /// A string or character; one that does not end on its line ends there.
    fn quoted_end(&self, at: usize) -> usize {
        let quote = self.text[at];
        let mut end = at + 1;
        while end < self.text.len() {
            match self.text[end] {
                b'\\' => end += 2,
                b'\n' => return end,
                byte if byte == quote => return end + 1,
                _ => end += 1,
            }
        }
        self.text.len()
    }

    /// `R"tag(…)tag"`.
    fn raw_string_end(&self, at: usize) -> usize {
        let open = at + 2;
        let Some(paren) = memchr::memchr(b'(', &self.text[open..]).filter(|&len| len <= 16) else {
            return self.quoted_end(at + 1);
        };
        let mut close = vec![b')'];
        close.extend_from_slice(&self.text[open..open + paren]);
        close.push(b'"');
        memchr::memmem::find(&self.text[open + paren..], &close).map_or(self.text.len(), |offset| {
            open + paren + offset + close.len()
        })
    }

    fn directive(&mut self, start: usize, end: usize, groups: &mut Vec<Group>) {
        let range = ByteRange::new(start, end);
        let branch = Branch {
            directive: range,
            first: self.tokens.len(),
        };
        let (name, _) = self.condition(range);
        match name {
            b"if" | b"ifdef" | b"ifndef" => groups.push(Group {
                branches: vec![branch],
            }),
            b"elif" | b"else" | b"elifdef" | b"elifndef" => {
                if let Some(group) = groups.last_mut() {
                    group.branches.push(branch);
                }
            }
            b"endif" => {
                if let Some(group) = groups.pop() {
                    self.judge(&group, range);
                }
            }
            _ => {}
        }
    }

    /// The directive's name, and what comes after it.
    fn condition(&self, directive: ByteRange) -> (&[u8], &[u8]) {
        let line = &self.text[directive.start as usize + 1..directive.end as usize];
        let line = line.trim_ascii_start();
        let len = line
            .iter()
            .position(|&byte| !is_word_byte(byte))
            .unwrap_or(line.len());
        (&line[..len], line[len..].trim_ascii())
    }

    /// Decides what a conditional shows to the parser. One whose branches are whole statements stays. Otherwise its
    /// lines go, and all branches but one.
    fn judge(&mut self, group: &Group, endif: ByteRange) {
        let n_tokens = self.tokens.len();
        let ends = group.branches[1..]
            .iter()
            .map(|next| next.first)
            .chain([n_tokens]);
        let branches: Vec<(usize, usize)> = group
            .branches
            .iter()
            .zip(ends)
            .map(|(branch, end)| (branch.first, end))
            .collect();
        let (name, condition) = self.condition(group.branches[0].directive);
        let for_cpp =
            name != b"ifndef" && memchr::memmem::find(condition, b"__cplusplus").is_some();
        let never = name == b"if" && condition == b"0";
        let lasts: Vec<u8> = branches
            .iter()
            .filter_map(|&(first, end)| self.tokens[first..end].iter().rfind(|token| token.live))
            .map(|token| token.kind)
            .collect();
        let balanced = branches
            .iter()
            .all(|&(first, end)| self.is_balanced(first, end));
        let is_list = balanced && !lasts.is_empty() && lasts.iter().all(|&last| last == b',');
        let goes_on = branches.iter().any(|&(first, end)| {
            let token = self.tokens[first..end].iter().find(|token| token.live);
            token.is_some_and(|&token| self.name(token) == b"else")
        });
        let whole = !goes_on
            && lasts.iter().all(|last| b";}:".contains(last))
            && self.is_boundary(branches[0].0);
        if balanced && (whole || lasts.is_empty()) {
            return;
        }
        // The branch to keep; `None` keeps all.
        let kept = if is_list || (branches.len() == 1 && !never && (balanced || !for_cpp)) {
            None
        } else {
            let skipped = usize::from(never || (for_cpp && !balanced));
            let full = |&(first, end): &(usize, usize)| {
                self.tokens[first..end].iter().any(|token| token.live)
            };
            Some(
                branches
                    .iter()
                    .skip(skipped)
                    .position(full)
                    .map_or(usize::MAX, |idx| idx + skipped),
            )
        };
        for (idx, branch) in group.branches.iter().enumerate() {
            let after = group
                .branches
                .get(idx + 1)
                .map_or(endif.start, |next| next.directive.start);
            if kept.is_some_and(|kept| kept != idx) {
                self.blank(branch.directive.start as usize, after as usize);
                let (first, end) = branches[idx];
                for token in &mut self.tokens[first..end] {
                    token.live = false;
                }
            } else {
                self.blank(
                    branch.directive.start as usize,
                    branch.directive.end as usize,
                );
            }
        }
        self.blank(endif.start as usize, endif.end as usize);
    }

    /// Whether every bracket of a branch is opened and closed in it.
    fn is_balanced(&self, first: usize, end: usize) -> bool {
        let (mut braces, mut parens) = (0_i32, 0_i32);
        for token in self.tokens[first..end].iter().filter(|token| token.live) {
            match token.kind {
                b'{' => braces += 1,
                b'}' => braces -= 1,
                b'(' => parens += 1,
                b')' => parens -= 1,
                _ => {}
            }
            if braces < 0 || parens < 0 {
                return false;
            }
        }
        braces == 0 && parens == 0
    }

    /// Whether a statement may begin at this token: what comes before is complete, or a macro alone.
    fn is_boundary(&self, idx: usize) -> bool {
        let mut before = self.tokens[..idx].iter().rev().filter(|token| token.live);
        let Some(mut last) = before.next() else {
            return true;
        };
        if last.kind == b')' {
            let mut depth = 1;
            for token in before.by_ref() {
                depth += i32::from(token.kind == b')') - i32::from(token.kind == b'(');
                if depth == 0 {
                    break;
                }
            }
            match before.next() {
                Some(token) => last = token,
                None => return false,
            }
            if !self.is_macro(*last) {
                return false;
            }
        }
        match last.kind {
            b';' | b'{' | b'}' | b':' => true,
            WORD if self.is_macro(*last) => before
                .next()
                .is_none_or(|token| b";{}:".contains(&token.kind)),
            _ => false,
        }
    }

    fn blank(&mut self, start: usize, end: usize) {
        self.blanks.push(Blank {
            range: ByteRange::new(start, end),
            specifier: false,
        });
    }

    /// A name spelled like a macro: upper case, longer than a type parameter.
    fn is_macro(&self, token: Token) -> bool {
        let name = self.name(token);
        token.kind == WORD
            && name.len() > 1
            && name
                .iter()
                .all(|byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'_'))
            && name.iter().any(u8::is_ascii_uppercase)
    }

    fn name(&self, token: Token) -> &[u8] {
        &self.text[token.start..token.end]
    }
}

// Declarations -------------------------------------------------------------------------------------

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
    fn declarations(&mut self) {
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
                            specifier: true,
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
            specifier: !(starts_other || alone || next_line && has_arguments),
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

fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::Mask;
    use crate::Language;

    fn check(language: &str, text: &str, expect: &str) {
        let language = Language::by_alias(language).expect("a language of that name");
        let masked = Mask::of(language, text).apply(text);
        let masked = String::from_utf8(masked).expect("masking keeps characters whole");
        assert_eq!(masked.len(), text.len());
        let lines: Vec<&str> = masked.lines().map(str::trim_end).collect();
        assert_eq!(lines.join("\n").trim_end(), expect.trim_end());
    }

    #[test]
    fn export_macros_become_specifiers() {
        check("c", "FOO_API int f(void);", "inline  int f(void);");
        check(
            "cpp",
            "class FOO_EXPORT Bar : Base {};",
            "class            Bar : Base {};",
        );
        check(
            "c",
            "DWORD count;\nstruct TABLE rows;",
            "DWORD count;\nstruct TABLE rows;",
        );
        check("c", "int WINAPI run(void);", "int        run(void);");
        check(
            "c",
            "internal void f(int);\nlocal x;",
            "inline   void f(int);\nlocal x;",
        );
        check(
            "c",
            "extern int HIDDEN table[];",
            "extern int        table[];",
        );
        check(
            "c",
            "char FAR *f(char FAR *s);",
            "char     *f(char     *s);",
        );
        check(
            "c",
            "typedef struct { int a; } FAR node;",
            "typedef struct { int a; }     node;",
        );
    }

    #[test]
    fn attributes_after_a_declarator_go() {
        check("c", "int f(int n) WARN((x));", "int f(int n)          ;");
        check(
            "cpp",
            "struct S { int n GUARDED_BY(mu); };",
            "struct S { int n               ; };",
        );
        check(
            "c",
            "void f(void) { if (x) FREE(x); }",
            "void f(void) { if (x) FREE(x); }",
        );
        check("c", "int f OF((int n));", "int f    (int n) ;");
    }

    #[test]
    fn branches_that_break_a_declaration_leave_one() {
        let text = "int\n#ifdef W\na(int x)\n#else\nb(void)\n#endif\n{ }\n";
        check("c", text, "int\n\na(int x)\n\n\n\n{ }");
        let whole = "#ifdef W\nint a;\n#else\nint b;\n#endif";
        check("c", whole, whole);
        let linkage =
            "#ifdef __cplusplus\nextern \"C\" {\n#endif\nint a;\n#ifdef __cplusplus\n}\n#endif";
        check("c", linkage, "\n\n\nint a;");
    }

    #[test]
    fn old_style_parameters_go() {
        check(
            "c",
            "int f(a, b)\n  int a;\n  char *b;\n{ }",
            "int f(a, b)\n\n\n{ }",
        );
        check(
            "c",
            "int f(int a);\nint b;\nint c[] = { 1 };",
            "int f(int a);\nint b;\nint c[] = { 1 };",
        );
    }

    #[test]
    fn an_edit_moves_or_drops_a_mask() {
        let language = Language::by_alias("c").expect("c");
        let text = "int x;\nFOO_API int f(void);";
        let mut mask = Mask::of(language, text);
        mask.edit(4, 5, 8);
        assert_eq!(mask, Mask::of(language, &text.replace('x', "xyzw")));
        mask.edit(12, 12, 13);
        assert!(mask.is_empty());
    }
}
