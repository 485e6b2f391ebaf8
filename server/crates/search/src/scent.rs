//! A quick look at identifiers before they are taken apart. Says `no` surely and `maybe` otherwise; which words are really there is
//! told by the tokenizer alone.

/// Tells quickly of most identifiers that no query word can be in them: the first two bytes of none are. Most of a text is
/// never taken apart for it.
pub(crate) struct Scent([u32; 32]);

impl Scent {
    pub(crate) fn of(words: &[String]) -> Self {
        let mut scent = Self([0; 32]);
        for word in words.iter().take(64) {
            match word.as_bytes() {
                [] => {}
                [only] => scent.0[usize::from(only & 31)] = u32::MAX,
                [first, second, ..] => scent.0[usize::from(first & 31)] |= 1 << (second & 31),
            }
        }
        scent
    }

    /// Holds every identifier back from nobody: what a scent must not change is tested against it.
    #[cfg(test)]
    pub(crate) fn of_everything() -> Self {
        Self([u32::MAX; 32])
    }

    /// Calls `each` with every identifier that may hold a query word, and with `None` for every other one. Lower and upper
    /// case, and a few other bytes, count as one.
    pub(crate) fn for_each_run<'t>(&self, line: &'t str, mut each: impl FnMut(Option<&'t str>)) {
        if !line.is_ascii() {
            // Letters beyond ASCII have other rules of case and of where words end.
            return each(Some(line));
        }
        let (mut start, mut found, mut wanted) = (None, 0, 0);
        for (at, &byte) in line.as_bytes().iter().chain(b" ").enumerate() {
            if IS_WORD[usize::from(byte)] {
                start.get_or_insert(at);
                found |= wanted >> (byte & 31) & 1;
                wanted = self.0[usize::from(byte & 31)];
            } else if let Some(start) = start.take() {
                // Of a word of one letter any second byte will do, but the identifier may end with it.
                let may_hold = found != 0 || wanted == u32::MAX;
                each(may_hold.then(|| &line[start..at]));
                (found, wanted) = (0, 0);
            }
        }
    }
}

/// The bytes that identifiers are made of.
const IS_WORD: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        table[byte] = (byte as u8).is_ascii_alphanumeric() || byte as u8 == b'_';
        byte += 1;
    }
    table
};
