//! Whether a query says what is done (`drop what is too old`) rather than what something is about (`cache eviction`, `how caches are
//! emptied`): a function does it, files are about it. The first word tells, by a list; nothing of the query's grammar is looked at beyond that.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Verbs with which commits, comments and instructions begin, in their base form, and some adverbs that come before them. Left out are those that
/// begin topics as often: `test`, `stream`, `index`, `group`, `log`, `map`. `don` is what is left of `don't`.
static VERBS: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("verbs.txt").split_whitespace().collect());

/// In fewer words something is named.
const FEWEST_WORDS: usize = 3;

/// The first word is such a verb, in its base form, with an `s` or as a past tense, and no name of code like `read_to_end`.
pub(crate) fn begins_with_verb(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let first = words.next().unwrap_or_default();
    let first = first.trim_matches(|c: char| !c.is_alphanumeric());
    let first = first.split(['\'', '’']).next().unwrap_or_default();
    if words.count() + 1 < FEWEST_WORDS || !first.chars().all(|c| c.is_ascii_alphabetic()) {
        return false;
    }
    let word = first.to_ascii_lowercase();
    let without = |ending: &str| word.strip_suffix(ending);
    let is_verb = |base: Option<&str>| base.is_some_and(|base| VERBS.contains(base));
    let is_verb_with_y =
        |stem: Option<&str>| stem.is_some_and(|stem| VERBS.contains(&*format!("{stem}y")));
    // `dropped`: the consonant is doubled.
    let undoubled = without("ed").and_then(|stem| stem.get(..stem.len().saturating_sub(1)));
    is_verb(Some(&word))
        || is_verb(without("s"))
        || is_verb(without("es"))
        || is_verb(without("ed"))
        || is_verb(without("ed").and_then(|_| without("d")))
        || is_verb(undoubled)
        || is_verb_with_y(without("ies"))
        || is_verb_with_y(without("ied"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_done_and_what_it_is_about() {
        for done in [
            "drop what is too old",
            "Drops what is too old",
            "dropped what is too old",
            "don't wait for the last one",
            "copies the rest",
            "copied the rest",
            "`use` the first",
            "correctly count wide characters",
            "pushes a frame",
            "freed more than once",
        ] {
            assert!(begins_with_verb(done), "{done}");
        }
        for about in [
            "cache eviction",
            "how caches are emptied",
            "test runner worker pool",
            "the parser drops comments",
            "parser for dates",
            "dropping tables",
            "",
            "404",
            "für alle Fälle",
            "READ_ONLY_VIEW",
            "read_to_end of a socket",
            "parse arguments",
        ] {
            assert!(!begins_with_verb(about), "{about}");
        }
    }

    #[test]
    fn the_list_is_sorted_and_holds_nothing_twice() {
        let listed: Vec<&str> = include_str!("verbs.txt").split_whitespace().collect();
        assert!(listed.is_sorted_by(|a, b| a < b));
    }
}
