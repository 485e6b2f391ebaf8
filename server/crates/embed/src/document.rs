//! What text of a chunk is embedded: decided here and nowhere else. Change a rule, raise [`DOCUMENT_VERSION`].

use symseek_base::ContentHash;

/// Part of every model's id, so that a change of the rules below re-embeds every index.
pub(crate) const DOCUMENT_VERSION: u32 = 1;

/// What is known about a chunk; leave empty what is not.
#[derive(Debug, Clone, Copy, Default)]
pub struct DocumentParts<'a> {
    /// Name of its symbol, `parse`.
    pub name: &'a str,
    /// The name with its containers, `Config::parse`.
    pub qualified: &'a str,
    /// Stem of its file, `config`.
    pub path_stem: &'a str,
    /// Declaration line; usually the start of `body`.
    pub signature: &'a str,
    /// Doc comment; usually inside `body`.
    pub doc: &'a str,
    /// Source of the chunk, doc comment included.
    pub body: &'a str,
}

/// The text that stands for one chunk. Equal texts have equal vectors, so its hash keys the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentText(String);

impl DocumentText {
    /// A text as it is.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its content hash.
    pub fn hash(&self) -> ContentHash {
        ContentHash::of(self.0.as_bytes())
    }
}

/// File stem, qualified name, then the body: the two say in words what the chunk is about and come first because
/// models cut long texts at the end. `signature` and `doc` are taken only when the body does not hold them already.
pub fn document_text(parts: &DocumentParts<'_>) -> DocumentText {
    let qualified = match parts.qualified {
        "" => parts.name,
        qualified => qualified,
    };
    let mut text = String::with_capacity(
        parts.path_stem.len() + qualified.len() + parts.doc.len() + parts.body.len() + 4,
    );
    let extra = [parts.doc, parts.signature].map(|part| {
        let part = part.trim();
        if parts.body.contains(part) { "" } else { part }
    });
    for part in [parts.path_stem, qualified, extra[0], extra[1], parts.body] {
        if !part.is_empty() {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(part);
        }
    }
    DocumentText(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_first_and_nothing_comes_twice() {
        let mut parts = DocumentParts {
            name: "parse",
            qualified: "Config::parse",
            path_stem: "settings",
            signature: "fn parse(text: &str) -> Config",
            doc: "/// Reads it.",
            body: "/// Reads it.\nfn parse(text: &str) -> Config {}",
        };
        assert_eq!(
            document_text(&parts).as_str(),
            "settings\nConfig::parse\n/// Reads it.\nfn parse(text: &str) -> Config {}"
        );
        (parts.body, parts.qualified) = ("{}", "");
        assert_eq!(
            document_text(&parts).as_str(),
            "settings\nparse\n/// Reads it.\nfn parse(text: &str) -> Config\n{}"
        );
        assert_eq!(document_text(&DocumentParts::default()).as_str(), "");
    }

    #[test]
    fn the_hash_is_of_the_text() {
        assert_eq!(DocumentText::new("a").hash(), ContentHash::of(b"a"));
    }
}
