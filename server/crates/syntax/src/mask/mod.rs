//! Same-length masking before the parse. C and C++: macros and conditional branches that hide or break declarations are
//! replaced by spaces, so that the grammar sees what stands around them. Kotlin: bodies of one line get the `;` that their
//! grammar misses, and an annotation at the very end, which its scanner cannot take, is hidden.
//!
//! No macro is expanded and no definition is looked up; what a name is, is told by its spelling (`FOO_API`) and by where it
//! stands. Offsets and lines stay, so that everything after the parse reads the text as it was written. What is masked has
//! no symbols and references of its own. A text that needs no mask costs one pass over its tokens.

mod branches;
mod declarations;
mod kotlin;

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
    with: Filling,
}

/// What the parser sees instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Filling {
    Spaces,
    /// `inline` where the range begins: a declaration then begins with its export macro, and the comment above is its.
    Specifier,
    /// `;` for a space.
    Semicolon,
}

impl Mask {
    /// What to mask in `text`; empty for languages without a preprocessor.
    pub(crate) fn of(language: Language, text: &str) -> Self {
        let is_cpp = match language.name() {
            "c" => false,
            "cpp" => true,
            "kotlin" => {
                let mut blanks = kotlin::one_line_bodies(text.as_bytes());
                blanks.extend(kotlin::open_annotation(text.as_bytes()));
                return Self { blanks };
            }
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
            match blank.with {
                Filling::Specifier if hidden.len() >= SPECIFIER.len() => {
                    hidden[..SPECIFIER.len()].copy_from_slice(SPECIFIER);
                }
                Filling::Semicolon => hidden.fill(b';'),
                _ => {}
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
    fn comments_inside_a_macro_go() {
        check(
            "c",
            "#define F(a) \\\n  do { /* why */ g(\"/* no */\"); \\\n  } while (0) /* end */",
            "#define F(a) \\\n  do {           g(\"/* no */\"); \\\n  } while (0) /* end */",
        );
        check("c", "#define N 3 /* kept */", "#define N 3 /* kept */");
        check(
            "c",
            "#define N 3 // a /* b */ c",
            "#define N 3 // a /* b */ c",
        );
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
    fn one_line_bodies_of_kotlin_end_in_a_semicolon() {
        check(
            "kotlin",
            "class A { val x = 1 }\nclass B { companion object { fun f() {} } }",
            "class A { val x = 1;}\nclass B { companion object { fun f() {};};}",
        );
        for whole in [
            "enum class E { A, }\nobject O { }\nobject P {}",
            "class A {\n  val x = 1 }",
            "val a = \"class A { $x }\"; val b = 'c' // class C { x }",
            "val a = \"\"\"class A { ${\"}\"} }\"\"\" /* class B { x } */",
            "fun f() { g(X::class) { it } }",
        ] {
            check("kotlin", whole, whole);
        }
        check(
            "kotlin",
            "val a = \"${f(\"}\") { object : A { val b = 1 } } }\"; object O { val y = 1 }",
            "val a = \"${f(\"}\") { object : A { val b = 1;} } }\"; object O { val y = 1;}",
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
