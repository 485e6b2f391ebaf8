//! How long an answer is for a model, and what is kept when it is too long.
//!
//! A token is estimated as 3.5 bytes of UTF-8: source code of nine public repositories has 3.7 to 4.6 bytes a token in two common
//! vocabularies, and paths, numbers and JSON have fewer. The estimate is of bytes, so that it needs no vocabulary and is the same for
//! every model. An answer goes out twice, as text and as structured content, and a host shows its model one of them; the budget
//! bounds each.

use serde::Serialize;

/// What is left of a budget.
#[derive(Debug)]
pub(crate) struct Budget {
    /// Bytes left of the text.
    text: usize,
    /// Bytes left of the structured content.
    json: usize,
}

impl Budget {
    /// Room for so many tokens, less what frames an answer.
    pub(crate) fn new(tokens: u32, frame: &impl Serialize, text: &str) -> Self {
        let bytes = tokens as usize * 7 / 2;
        Self {
            text: bytes.saturating_sub(text.len()),
            json: bytes.saturating_sub(json_len(frame)),
        }
    }

    /// Takes room for a piece; false, and nothing taken, when there is none.
    pub(crate) fn take(&mut self, text: usize, json: usize) -> bool {
        let fits = text <= self.text && json <= self.json;
        if fits {
            self.text -= text;
            self.json -= json;
        }
        fits
    }

    /// Gives room back.
    pub(crate) fn give(&mut self, text: usize, json: usize) {
        self.text += text;
        self.json += json;
    }
}

/// Bytes of a value as JSON, with the comma behind it.
pub(crate) fn json_len(value: &impl Serialize) -> usize {
    serde_json::to_string(value).map_or(0, |text| text.len()) + 1
}
