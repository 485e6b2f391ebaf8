//! How a typed pattern matches one name: the classes, and the quality inside a class. Pure functions of two texts.
//!
//! Everything compares folded bytes (see [`super::letters`]); edit distances count bytes, so a non-ASCII letter may count twice.

use super::letters;
use memchr::memmem;

/// How a name matches, best first. A better class always ranks before a worse one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MatchClass {
    /// The name itself.
    Exact,
    /// The name in other case.
    ExactIgnoringCase,
    /// The name begins with the pattern, or fits its wildcards.
    Prefix,
    /// Beginnings of two or more humps, in order: `pn`, `poNe` for `poll_next`, `HM` for `HashMap`.
    Hump,
    /// The pattern stands inside the name.
    Substring,
    /// The letters of the pattern in order with few gaps, or the beginning of the name with a typing error.
    Fuzzy,
}

/// One pattern for one name, prepared for many comparisons.
#[derive(Debug, Clone)]
pub(super) struct Needle {
    raw: Vec<u8>,
    folded: Vec<u8>,
    kind: NeedleKind,
    mask: u64,
    /// Letters of the pattern per bit of the mask.
    counts: Box<[u8; 64]>,
    /// Typing errors allowed.
    edits: u32,
    /// Bit `i` of `occurs[b]` is set where the pattern has byte `b` at `i`.
    occurs: Box<[u64; 256]>,
    finder: memmem::Finder<'static>,
    /// The pattern without separators, with a bit per letter that must begin a hump.
    hump_letters: Vec<(u8, bool)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NeedleKind {
    /// Matches every name: what follows `Type::` before the first letter.
    Any,
    Plain,
    Wildcard,
}

/// A name to compare with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hay<'a> {
    pub(super) name: &'a [u8],
    pub(super) folded: &'a [u8],
    pub(super) mask: u64,
    pub(super) humps: u64,
}

impl Needle {
    pub(super) fn new(text: &str) -> Self {
        let folded = letters::fold(text);
        let kind = if folded.is_empty() {
            NeedleKind::Any
        } else if folded.iter().any(|byte| matches!(byte, b'*' | b'?')) {
            NeedleKind::Wildcard
        } else {
            NeedleKind::Plain
        };
        let mut occurs = Box::new([0; 256]);
        for (at, &byte) in folded.iter().take(64).enumerate() {
            occurs[byte as usize] |= 1 << at;
        }
        let (mut mask, mut counts) = (0, Box::new([0u8; 64]));
        for &byte in folded.iter().filter(|byte| !matches!(byte, b'*' | b'?')) {
            let bit = letters::letter_bit(byte);
            let count = &mut counts[bit.trailing_zeros() as usize];
            *count = count.saturating_add(1);
            mask |= bit;
        }
        Self {
            raw: text.as_bytes().to_vec(),
            kind,
            mask,
            counts,
            edits: match folded.len() {
                0..4 | 65.. => 0,
                4..8 => 1,
                8..65 => 2,
            },
            occurs,
            finder: memmem::Finder::new(&folded).into_owned(),
            hump_letters: hump_letters(text, &folded),
            folded,
        }
    }

    /// The folded pattern, when it has no wildcard and so is found by binary search if it is a prefix.
    pub(super) fn plain_prefix(&self) -> Option<&[u8]> {
        (self.kind == NeedleKind::Plain).then_some(&self.folded)
    }

    /// Whether it asks for anything.
    pub(super) fn says_something(&self) -> bool {
        self.kind != NeedleKind::Any
    }

    /// The class and the quality in [0, 1] of a match.
    pub(super) fn matches(&self, hay: &Hay<'_>) -> Option<(MatchClass, f32)> {
        match self.kind {
            NeedleKind::Any => return Some((MatchClass::Prefix, 0.0)),
            NeedleKind::Wildcard => {
                let fits = self.mask & !hay.mask == 0 && wildcard(&self.folded, hay.folded);
                let ratio = self.raw.len() as f32 / hay.name.len().max(self.raw.len()) as f32;
                return fits.then_some((MatchClass::Prefix, ratio));
            }
            NeedleKind::Plain => {}
        }
        let absent = self.mask & !hay.mask;
        if absent != 0 {
            // A separator in the pattern may stand for a hump; a wrong letter may be a typing error.
            let underscore = letters::letter_bit(b'_');
            let hump = (absent == underscore).then(|| self.hump(hay)).flatten();
            if hump.is_some() || self.n_letters(absent) > self.edits {
                return hump;
            }
            return self.typo(hay);
        }
        if hay.folded.starts_with(&self.folded) {
            return Some(self.prefix(hay));
        }
        self.hump(hay)
            .or_else(|| self.substring(hay))
            .or_else(|| self.fuzzy(hay))
    }

    /// The class and quality of a name that begins with the pattern.
    pub(super) fn prefix(&self, hay: &Hay<'_>) -> (MatchClass, f32) {
        let len = self.raw.len();
        let case = self.case_at(hay, 0);
        if hay.name.len() == len {
            return if hay.name == self.raw {
                (MatchClass::Exact, 1.0)
            } else {
                (MatchClass::ExactIgnoringCase, case)
            };
        }
        let whole_hump = ends_hump(hay, len);
        let quality = 0.6 * self.ratio(hay) + 0.15 * f32::from(whole_hump) + 0.25 * case;
        (MatchClass::Prefix, quality)
    }

    fn hump(&self, hay: &Hay<'_>) -> Option<(MatchClass, f32)> {
        let letters = &self.hump_letters;
        if letters.len() < 2 || hay.humps.count_ones() < 2 {
            return None;
        }
        let anywhere = hump_match(letters, hay, hay.humps);
        if !anywhere {
            return None;
        }
        let from_start = hump_match(letters, hay, hay.humps & hay.humps.wrapping_neg());
        let initials = (0..hay.folded.len().min(64)).filter(|at| hay.humps & (1 << at) != 0);
        let initialism = initials
            .map(|at| hay.folded[at])
            .eq(letters.iter().map(|letter| letter.0));
        let quality =
            0.4 * self.ratio(hay) + 0.35 * f32::from(from_start) + 0.25 * f32::from(initialism);
        Some((MatchClass::Hump, quality))
    }

    fn substring(&self, hay: &Hay<'_>) -> Option<(MatchClass, f32)> {
        let begins_hump = |at: &usize| *at < 64 && hay.humps & (1 << at) != 0;
        let mut found = self.finder.find_iter(hay.folded);
        let first = found.next()?;
        let at = if begins_hump(&first) {
            first
        } else {
            found.find(begins_hump).unwrap_or(first)
        };
        let quality = 0.5 * self.ratio(hay)
            + 0.2 * f32::from(begins_hump(&at))
            + 0.1 * f32::from(ends_hump(hay, at + self.raw.len()))
            + 0.2 * self.case_at(hay, at);
        Some((MatchClass::Substring, quality))
    }

    fn fuzzy(&self, hay: &Hay<'_>) -> Option<(MatchClass, f32)> {
        match (self.subsequence(hay), self.typo(hay)) {
            (Some(a), Some(b)) => Some(if a.1 >= b.1 { a } else { b }),
            (a, b) => a.or(b),
        }
    }

    /// The letters in order: the tightest window that ends at the first possible end, with at most `1 + n / 2` runs and
    /// `3 n + 4` bytes for `n >= 3` letters.
    fn subsequence(&self, hay: &Hay<'_>) -> Option<(MatchClass, f32)> {
        let n = self.folded.len();
        if n < 3 {
            return None;
        }
        let mut wanted = self.folded.iter();
        let mut next = wanted.next();
        let mut end = 0;
        for (at, byte) in hay.folded.iter().enumerate() {
            if next == Some(byte) {
                next = wanted.next();
                end = at;
                if next.is_none() {
                    break;
                }
            }
        }
        if next.is_some() {
            return None;
        }
        let (mut runs, mut last, mut start) = (0, usize::MAX, end);
        let mut wanted = self.folded.iter().rev();
        let mut next = wanted.next();
        for at in (0..=end).rev() {
            if next == Some(&hay.folded[at]) {
                runs += usize::from(last != at + 1);
                last = at;
                start = at;
                next = wanted.next();
                if next.is_none() {
                    break;
                }
            }
        }
        if runs > 1 + n / 2 || end + 1 - start > 3 * n + 4 {
            return None;
        }
        let tight = 1.0 - (runs - 1) as f32 / n as f32;
        let begins = start < 64 && hay.humps & (1 << start) != 0;
        let quality = 0.5 * tight + 0.2 * self.ratio(hay) + 0.2 * f32::from(begins);
        Some((MatchClass::Fuzzy, quality))
    }

    /// The beginning of the name with at most `edits` insertions, deletions, substitutions or swaps of neighbours.
    fn typo(&self, hay: &Hay<'_>) -> Option<(MatchClass, f32)> {
        if self.edits == 0 {
            return None;
        }
        let distance = self.distance(hay.folded);
        (distance <= self.edits).then(|| {
            let quality = 0.8 - 0.25 * distance as f32 + 0.2 * self.ratio(hay);
            (MatchClass::Fuzzy, quality.max(0.0))
        })
    }

    /// Optimal string alignment distance to the nearest beginning of `text`, bit-parallel: Hyyrö, "A bit-vector algorithm
    /// for computing Levenshtein and Damerau edit distances" (2003).
    fn distance(&self, text: &[u8]) -> u32 {
        let n = self.folded.len() as u32;
        let top = 1u64 << (n - 1);
        let (mut vp, mut vn, mut d0, mut before) = (!0u64, 0u64, 0u64, 0u64);
        let (mut score, mut best) = (n, n);
        for &byte in text.iter().take((n + self.edits) as usize) {
            let here = self.occurs[byte as usize];
            let swap = ((!d0 & here) << 1) & before;
            d0 = (((here & vp).wrapping_add(vp)) ^ vp) | here | vn | swap;
            let hp = vn | !(d0 | vp);
            let hn = d0 & vp;
            score += u32::from(hp & top != 0);
            score -= u32::from(hn & top != 0);
            let shifted = (hp << 1) | 1;
            vp = (hn << 1) | !(d0 | shifted);
            vn = shifted & d0;
            before = here;
            best = best.min(score);
        }
        best
    }

    /// How many letters of the pattern fall on these bits.
    fn n_letters(&self, mut bits: u64) -> u32 {
        let mut n = 0;
        while bits != 0 {
            n += u32::from(self.counts[bits.trailing_zeros() as usize]);
            bits &= bits - 1;
        }
        n
    }

    fn ratio(&self, hay: &Hay<'_>) -> f32 {
        (self.raw.len() as f32 / hay.name.len().max(1) as f32).min(1.0)
    }

    /// The part of the letters that have the very case, with the pattern laid at `at`.
    fn case_at(&self, hay: &Hay<'_>, at: usize) -> f32 {
        let same = self.raw.iter().zip(&hay.name[at..]);
        same.filter(|(a, b)| a == b).count() as f32 / self.raw.len() as f32
    }
}

/// Whether a hump, or the name, ends before byte `at`.
fn ends_hump(hay: &Hay<'_>, at: usize) -> bool {
    match hay.name.get(at) {
        None | Some(b'_' | b'-' | b'.') => true,
        Some(_) => at < 64 && hay.humps & (1 << at) != 0,
    }
}

/// The letters of a pattern, each with whether it must begin a hump: capitals (unless the pattern has no small letter, when
/// every letter must), and what follows a separator.
fn hump_letters(text: &str, folded: &[u8]) -> Vec<(u8, bool)> {
    let raw = text.as_bytes();
    let has_upper = raw.iter().any(u8::is_ascii_uppercase);
    let mut after_separator = false;
    let mut letters = Vec::new();
    for (at, &byte) in folded.iter().enumerate() {
        if matches!(byte, b'_' | b'-' | b'.') {
            after_separator = true;
            continue;
        }
        let forced = after_separator || (has_upper && raw[at].is_ascii_uppercase());
        letters.push((byte, forced));
        after_separator = false;
    }
    letters
}

/// Whether the letters can be cut into two or more pieces, each the beginning of a hump, in order, the first at one of
/// `starts`. Sets of places are bits: `one` after a single piece, `more` after several.
fn hump_match(letters: &[(u8, bool)], hay: &Hay<'_>, starts: u64) -> bool {
    // Those of the places that hold the letter.
    let holding = |mut places: u64, letter: u8| {
        let mut found = 0;
        while places != 0 {
            let place = places & places.wrapping_neg();
            if hay.folded.get(place.trailing_zeros() as usize) == Some(&letter) {
                found |= place;
            }
            places ^= place;
        }
        found
    };
    // All places after the first set one.
    let after = |bits: u64| !(bits ^ bits.wrapping_sub(1));
    let mut one = holding(starts, letters[0].0);
    let mut more = 0;
    for &(letter, forced) in &letters[1..] {
        let jump = holding(hay.humps & after(one | more), letter);
        (one, more) = if forced {
            (0, jump)
        } else {
            (holding(one << 1, letter), holding(more << 1, letter) | jump)
        };
        if one | more == 0 {
            return false;
        }
    }
    more != 0
}

/// `*` is any text, `?` any byte; both ends are anchored.
fn wildcard(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                retry = Some((p + 1, t));
                p += 1;
            }
            Some(&byte) if byte == b'?' || byte == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match retry {
                Some((after_star, from)) => {
                    retry = Some((after_star, from + 1));
                    p = after_star;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&byte| byte == b'*')
}
