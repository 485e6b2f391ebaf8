//! Text to words: the half of the static model's tokeniser that is code. The other half is its vocabulary.
//!
//! The rules are those of `train/words.py`, character by character; `model/golden.jsonl` proves it. Every character has
//! one class: space (blanks, control characters, `_`, Unicode spaces), upper (A-Z), digit (0-9), lower (a-z and
//! everything else beyond ASCII), mark (other ASCII). A word is a run of uppers that no lower follows, a run of lowers
//! with at most one upper before it, or a run of digits. It keeps its first 64 characters, with A-Z made a-z. Unicode
//! is folded by the vocabulary, not here.

use std::ops::ControlFlow;

/// Characters that a word keeps.
const MAX_WORD: usize = 64;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Gap,
    Upper,
    Lower,
    Digit,
}

/// Class of every ASCII character; spaces and marks end words alike.
const ASCII: [Class; 128] = {
    let mut classes = [Class::Gap; 128];
    let mut byte = 0;
    while byte < 128 {
        classes[byte] = match byte as u8 {
            b'A'..=b'Z' => Class::Upper,
            b'a'..=b'z' => Class::Lower,
            b'0'..=b'9' => Class::Digit,
            _ => Class::Gap,
        };
        byte += 1;
    }
    classes
};

/// Calls `each` with every word of the text, lower-cased, until it breaks.
pub(crate) fn for_each_word<B>(
    text: &str,
    mut each: impl FnMut(&str) -> ControlFlow<B>,
) -> ControlFlow<B> {
    let mut buffer = String::with_capacity(MAX_WORD);
    let mut at = 0;
    while let Some((class, len)) = class_at(text, at) {
        let start = at;
        at += len;
        match class {
            Class::Gap => continue,
            Class::Digit => at = run(text, at, Class::Digit),
            Class::Lower => at = run(text, at, Class::Lower),
            Class::Upper => {
                at = run(text, at, Class::Upper);
                if matches!(class_at(text, at), Some((Class::Lower, _))) {
                    // Of "HTTPServer" the S belongs to "Server".
                    if at - start > 1 {
                        at -= 1;
                    } else {
                        at = run(text, at, Class::Lower);
                    }
                }
            }
        }
        each(cut_and_lowered(&text[start..at], &mut buffer))?;
    }
    ControlFlow::Continue(())
}

fn class_at(text: &str, at: usize) -> Option<(Class, usize)> {
    let byte = *text.as_bytes().get(at)?;
    if let Some(&class) = ASCII.get(byte as usize) {
        return Some((class, 1));
    }
    let character = text[at..].chars().next()?;
    let class = match character {
        '\u{85}'
        | '\u{a0}'
        | '\u{1680}'
        | '\u{2000}'..='\u{200a}'
        | '\u{2028}'
        | '\u{2029}'
        | '\u{202f}'
        | '\u{205f}'
        | '\u{3000}' => Class::Gap,
        _ => Class::Lower,
    };
    Some((class, character.len_utf8()))
}

/// End of the run of one class that starts at `at`.
fn run(text: &str, mut at: usize, wanted: Class) -> usize {
    while let Some((class, len)) = class_at(text, at) {
        if class != wanted {
            break;
        }
        at += len;
    }
    at
}

fn cut_and_lowered<'a>(word: &'a str, buffer: &'a mut String) -> &'a str {
    let end = if word.len() <= MAX_WORD {
        word.len()
    } else {
        word.char_indices()
            .nth(MAX_WORD)
            .map_or(word.len(), |(end, _)| end)
    };
    let word = &word[..end];
    if !word.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return word;
    }
    buffer.clear();
    buffer.push_str(word);
    buffer.make_ascii_lowercase();
    buffer
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(text: &str) -> Vec<String> {
        let mut words = Vec::new();
        let _ = for_each_word(text, |word| {
            words.push(word.to_owned());
            ControlFlow::<()>::Continue(())
        });
        words
    }

    #[test]
    fn examples() {
        for (text, expected) in [
            ("", ""),
            ("== -> ::", ""),
            ("HTTPServer", "http server"),
            ("parseXMLDoc2json", "parse xml doc 2 json"),
            ("SCREAMING_SNAKE_CASE __init__", "screaming snake case init"),
            ("ABc aB AbC A", "a bc a b ab c a"),
            ("Größe ÄNDERN", "größe Ä ndern"),
            ("a\u{a0}b\u{3000}c\u{200b}d", "a b c\u{200b}d"),
            ("0xDEADBEEFg", "0 x deadbee fg"),
            ("中文字符x1", "中文字符x 1"),
        ] {
            assert_eq!(words(text).join(" "), expected, "{text:?}");
        }
        assert_eq!(words(&"é".repeat(70)), ["é".repeat(64)]);
        assert_eq!(
            words(&format!("{}b", "A".repeat(70))),
            ["a".repeat(64), "ab".to_owned()]
        );
    }

    #[test]
    fn can_stop_early() {
        let mut n = 0;
        let flow = for_each_word("a b c d", |_| {
            n += 1;
            if n == 2 {
                ControlFlow::Break("stop")
            } else {
                ControlFlow::Continue(())
            }
        });
        assert_eq!((flow, n), (ControlFlow::Break("stop"), 2));
    }

    proptest! {
        #[test]
        fn any_text_gives_clean_words(text in "\\PC{0,80}") {
            for word in words(&text) {
                prop_assert!(!word.is_empty() && word.chars().count() <= MAX_WORD);
                prop_assert!(!word.chars().any(|c| c.is_ascii_uppercase() || c.is_ascii_punctuation() || c == ' '));
            }
        }

        #[test]
        fn words_are_words_of_themselves(text in "[A-Za-z0-9_ .é-]{0,60}") {
            for word in words(&text) {
                prop_assert_eq!(words(&word), vec![word]);
            }
        }
    }
}
