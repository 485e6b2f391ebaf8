//! Tokens of a text, and which of its conditional branches the parser may see: the one that leaves declarations whole.

use super::{Blank, Branch, Filling, Group, Masker, NUMBER, STRING, Token, WORD, is_word_byte};
use symseek_base::ByteRange;

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
    pub(super) fn lex(&mut self) {
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
            b"define" => self.comments_in_macro(start, end),
            _ => {}
        }
    }

    /// A comment ends a macro's value for the grammar, and what comes after it would be code of the file. One that
    /// goes over several lines stays: its line breaks would end the macro as well.
    fn comments_in_macro(&mut self, start: usize, end: usize) {
        let mut at = start;
        while at < end {
            match self.text[at] {
                b'"' | b'\'' => at = self.quoted_end(at),
                b'/' if self.byte(at + 1) == b'/' => return,
                b'/' if self.byte(at + 1) == b'*' => {
                    let close = self.comment_end(at).min(end);
                    let after = &self.text[close..end];
                    let goes_on = after
                        .iter()
                        .any(|&b| !b.is_ascii_whitespace() && b != b'\\');
                    if goes_on && !self.text[at..close].contains(&b'\n') {
                        self.blank(at, close);
                    }
                    at = close;
                }
                _ => at += 1,
            }
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

    pub(super) fn blank(&mut self, start: usize, end: usize) {
        self.blanks.push(Blank {
            range: ByteRange::new(start, end),
            with: Filling::Spaces,
        });
    }

    /// A name spelled like a macro: upper case, longer than a type parameter.
    pub(super) fn is_macro(&self, token: Token) -> bool {
        let name = self.name(token);
        token.kind == WORD
            && name.len() > 1
            && name
                .iter()
                .all(|byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'_'))
            && name.iter().any(u8::is_ascii_uppercase)
    }

    pub(super) fn name(&self, token: Token) -> &[u8] {
        &self.text[token.start..token.end]
    }
}
