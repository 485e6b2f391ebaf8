//! Light English stemming: plural, -ing, -ed and a final e, nothing else. Not a linguistic stemmer; its only promise is
//! that `parse`, `parses`, `parsed` and `parsing` meet, and that short or unusual words stay as they are.

/// The stem of a lower-case ASCII word; a word that has none comes back whole.
///
/// A slice always suffices, except where a plural in -ies becomes -y, which is cut to the common `i`-less stem instead:
/// `queries` and `query` both give `quer`.
pub fn stem(word: &str) -> &str {
    let bytes = word.as_bytes();
    if bytes.len() < 4 || !bytes.iter().all(u8::is_ascii_lowercase) {
        return word;
    }
    let mut end = bytes.len();
    if word.ends_with("ies") && end > 4 {
        end -= 3;
        return &word[..end];
    }
    if word.ends_with("sses") {
        end -= 2;
    } else if bytes[end - 1] == b's' && !matches!(bytes[end - 2], b's' | b'u' | b'i') {
        end -= 1;
    }
    for suffix in ["ing", "ed"] {
        let rest = end.saturating_sub(suffix.len());
        if word[..end].ends_with(suffix) && rest >= 3 && has_vowel(&bytes[..rest]) {
            let doubled = bytes[rest - 1] == bytes[rest - 2]
                && !matches!(bytes[rest - 1], b'l' | b's' | b'z' | b'e' | b'o');
            end = rest - usize::from(doubled);
            break;
        }
    }
    if end > 3 && matches!(bytes[end - 1], b'e' | b'y') && has_vowel(&bytes[..end - 1]) {
        end -= 1;
    }
    &word[..end]
}

/// The other common forms of a lower-case ASCII word, British and American, for query-time expansion without a stemmed
/// index; empty for words that are no plain words. Forms that do not exist are harmless: they are in no dictionary.
pub fn inflections(word: &str) -> Vec<String> {
    if word.len() < 4 || !word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return Vec::new();
    }
    let base = stem(word);
    let mut forms = forms_of(base);
    if let Some(other) = other_spelling(base) {
        forms.extend(forms_of(&other));
    }
    forms.retain(|form| form != word);
    forms
}

fn forms_of(base: &str) -> Vec<String> {
    let mut forms = Vec::new();
    for ending in ["", "e", "y", "s", "es", "ies", "ed", "ing"] {
        forms.push(format!("{base}{ending}"));
    }
    if let Some(last) = base.chars().last().filter(|c| !"aeiouwxy".contains(*c)) {
        forms.push(format!("{base}{last}ed"));
        forms.push(format!("{base}{last}ing"));
    }
    forms.retain(|form| form.len() > 2 && stem(form) == base);
    forms
}

/// The same stem as people across the ocean write it: `colour` and `color`, `serialis` and `serializ`, `centr` and `center`.
/// May be no word at all, like `promiz`.
fn other_spelling(base: &str) -> Option<String> {
    const WORDS: [(&str, &str); 8] = [
        ("centr", "center"),
        ("metr", "meter"),
        ("fibr", "fiber"),
        ("grey", "gray"),
        ("artefact", "artifact"),
        ("catalogu", "catalog"),
        ("dialogu", "dialog"),
        ("licenc", "licens"),
    ];
    const ENDINGS: [(&str, &str); 5] = [
        ("our", "or"),
        ("isation", "ization"),
        ("is", "iz"),
        ("ys", "yz"),
        ("ell", "el"),
    ];
    let swapped = |from: &str, to: &str, least: usize| {
        let rest = base.strip_suffix(from).filter(|rest| rest.len() >= least)?;
        Some(format!("{rest}{to}"))
    };
    let either =
        |(a, b): (&str, &str), least| swapped(a, b, least).or_else(|| swapped(b, a, least));
    let word = WORDS
        .into_iter()
        .find(|(a, b)| base == *a || base == *b)
        .and_then(|pair| either(pair, 0));
    word.or_else(|| ENDINGS.into_iter().find_map(|pair| either(pair, 3)))
}

fn has_vowel(bytes: &[u8]) -> bool {
    bytes
        .iter()
        .any(|byte| matches!(byte, b'a' | b'e' | b'i' | b'o' | b'u' | b'y'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_word_meet() {
        for forms in [
            ["parse", "parses", "parsed", "parsing"].as_slice(),
            &["cache", "caches", "cached", "caching"],
            &["query", "queries", "queried"][..2],
            &["stop", "stops", "stopped", "stopping"],
            &["request", "requests", "requested", "requesting"],
            &["index", "indexing", "indexed"],
            &["file", "files"],
        ] {
            for form in forms {
                assert_eq!(stem(form), stem(forms[0]), "{form}");
            }
        }
        for same in [
            "string", "status", "this", "class", "bus", "red", "thing", "i32", "größe",
        ] {
            assert!(
                stem(same).len() + 1 >= same.len(),
                "{same} -> {}",
                stem(same)
            );
        }
        assert!(inflections("parsing").contains(&"parse".to_owned()));
        assert!(inflections("stop").contains(&"stopping".to_owned()));
        assert!(inflections("x_y").is_empty());
        for (a, b) in [
            ("colours", "color"),
            ("behavior", "behaviour"),
            ("serialising", "serialized"),
            ("analyzed", "analyse"),
            ("normalisation", "normalization"),
            ("centre", "center"),
            ("cancelled", "canceled"),
        ] {
            assert!(inflections(a).contains(&b.to_owned()), "{a} {b}");
            assert!(inflections(b).contains(&a.to_owned()), "{b} {a}");
        }
    }
}
