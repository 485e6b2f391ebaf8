//! What the name index knows about the letters of a name: its folded form, its letter mask and its humps.
//!
//! Folding keeps every byte offset, so that a place in the folded form is the same place in the name.

/// The name in lower case, byte for byte as long as the name: a letter whose lower case has another length stays.
pub(super) fn fold_into(name: &str, out: &mut Vec<u8>) {
    if name.is_ascii() {
        let start = out.len();
        out.extend_from_slice(name.as_bytes());
        out[start..].make_ascii_lowercase();
        return;
    }
    let mut buffer = [0; 4];
    for letter in name.chars() {
        let mut lower = letter.to_lowercase();
        let folded = match (lower.next(), lower.next()) {
            (Some(only), None) if only.len_utf8() == letter.len_utf8() => only,
            _ => letter,
        };
        out.extend_from_slice(folded.encode_utf8(&mut buffer).as_bytes());
    }
}

/// [`fold_into`] a new buffer.
pub(super) fn fold(name: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(name.len());
    fold_into(name, &mut out);
    out
}

/// One bit per letter of a folded text: `a`-`z`, `0`-`9` and `_` have their own, all other bytes share the rest.
pub(super) fn letter_mask(folded: &[u8]) -> u64 {
    folded.iter().fold(0, |mask, &byte| mask | letter_bit(byte))
}

/// The bit of one folded byte in [`letter_mask`].
pub(super) fn letter_bit(byte: u8) -> u64 {
    1 << match byte {
        b'a'..=b'z' => byte - b'a',
        b'0'..=b'9' => 26 + (byte - b'0'),
        b'_' => 36,
        other => 37 + other % 27,
    }
}

/// One bit per byte (of the first 64) where a hump begins: the first letter, a letter after a separator, a capital after a
/// small letter or digit, and the last capital of a run before a small letter (`HTTPServer`: `H`, `S`).
pub(super) fn hump_bits(name: &str) -> u64 {
    let bytes = name.as_bytes();
    let mut bits = 0;
    for at in 0..bytes.len().min(64) {
        let here = bytes[at];
        if !is_word(here) {
            continue;
        }
        let starts = match at.checked_sub(1).map(|before| bytes[before]) {
            None => true,
            Some(before) if !is_word(before) => true,
            Some(before) if here.is_ascii_uppercase() => {
                !before.is_ascii_uppercase()
                    || bytes.get(at + 1).is_some_and(u8::is_ascii_lowercase)
            }
            Some(_) => false,
        };
        if starts {
            bits |= 1 << at;
        }
    }
    bits
}

/// Part of a word, as against a separator such as `_` or `-`.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || !byte.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn humps(name: &str) -> String {
        let bits = hump_bits(name);
        name.bytes()
            .enumerate()
            .filter(|(at, _)| bits & (1 << at) != 0)
            .map(|(_, byte)| byte as char)
            .collect()
    }

    #[test]
    fn humps_begin_words() {
        assert_eq!(humps("poll_next"), "pn");
        assert_eq!(humps("HashMap"), "HM");
        assert_eq!(humps("HTTPServer"), "HS");
        assert_eq!(humps("__init__"), "i");
        assert_eq!(humps("utf8ToUtf16"), "uTU");
    }

    #[test]
    fn folding_keeps_offsets() {
        for name in ["Straße", "İstanbul", "ÄÖÜ", "MixedCase_9"] {
            assert_eq!(fold(name).len(), name.len(), "{name}");
        }
        assert_eq!(fold("ÄB"), "äb".as_bytes());
    }
}
