//! Words that stand near each other in the built-in table, as lists made ahead by `train/synonyms.py`: comparing a word with all others
//! when it is asked for would take half a millisecond. Knows words, not texts; what they are used for is decided by search.

use std::sync::OnceLock;

/// One line per word: the word, then its neighbours, the nearest first. Sorted by bytes.
static LISTS: &str = include_str!("../model/synonyms.txt");

/// The neighbours of a word; none for a word that the table does not hold.
pub(crate) fn of(word: &str) -> Vec<&'static str> {
    static LINES: OnceLock<Vec<&'static str>> = OnceLock::new();
    let lines = LINES.get_or_init(|| LISTS.lines().collect());
    let head = |line: &&'static str| line.split(' ').next().unwrap_or("");
    let found = lines.binary_search_by(|line| head(line).cmp(word));
    found.map_or_else(|_| Vec::new(), |at| lines[at].split(' ').skip(1).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_word_is_found_with_others_than_itself() {
        let mut n_words = 0;
        for line in LISTS.lines() {
            let (word, rest) = line.split_once(' ').expect(line);
            let found = of(word);
            assert_eq!(found.join(" "), rest);
            assert!(!found.is_empty() && !found.contains(&word), "{line}");
            n_words += 1;
        }
        assert!(n_words > 5_000, "{n_words}");
        assert!(of("").is_empty() && of("zzzzz").is_empty());
    }

    #[test]
    fn near_words_are_near() {
        assert!(of("changed").contains(&"modified"));
        assert!(of("biggest").contains(&"largest"));
    }
}
