//! File name patterns: `*`, `**`, `?` and `[a-z]`.

/// One pattern, taken apart once.
#[derive(Debug, Clone)]
pub struct Pattern {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq)]
enum Piece {
    Literal(char),
    AnyCharacter,
    Stars { cross_folders: bool },
    Class { negated: bool, ranges: Vec<(char, char)> },
}

impl Pattern {
    /// # Errors
    /// In words, when a bracket is never closed.
    pub fn compile(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text.chars().peekable();
        while let Some(c) = rest.next() {
            pieces.push(match c {
                '?' => Piece::AnyCharacter,
                '*' => {
                    let cross_folders = rest.next_if_eq(&'*').is_some();
                    if cross_folders {
                        rest.next_if_eq(&'/');
                    }
                    Piece::Stars { cross_folders }
                }
                '[' => class(&mut rest).ok_or_else(|| format!("bracket in {text:?} is never closed"))?,
                c => Piece::Literal(c),
            });
        }
        Ok(Self { pieces })
    }

    /// Whether the whole name fits.
    pub fn matches(&self, name: &str) -> bool {
        let name: Vec<char> = name.chars().collect();
        fits(&self.pieces, &name)
    }
}

fn class(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<Piece> {
    let negated = rest.next_if_eq(&'!').is_some();
    let mut ranges = Vec::new();
    loop {
        let low = rest.next()?;
        if low == ']' && !ranges.is_empty() {
            return Some(Piece::Class { negated, ranges });
        }
        let high = if rest.next_if_eq(&'-').is_some() { rest.next()? } else { low };
        ranges.push((low, high));
    }
}

fn fits(pieces: &[Piece], name: &[char]) -> bool {
    let Some((piece, later)) = pieces.split_first() else { return name.is_empty() };
    match piece {
        Piece::Stars { cross_folders } => (0..=name.len()).any(|taken| {
            (*cross_folders || !name[..taken].contains(&'/')) && fits(later, &name[taken..])
        }),
        Piece::Literal(c) => name.first() == Some(c) && fits(later, &name[1..]),
        Piece::AnyCharacter => name.first().is_some_and(|c| *c != '/') && fits(later, &name[1..]),
        Piece::Class { negated, ranges } => name.first().is_some_and(|c| {
            ranges.iter().any(|(low, high)| low <= c && c <= high) != *negated && fits(later, &name[1..])
        }),
    }
}
