//! The built-in embedder: the sum of its tokens' vectors, normalised. No network, no files, microseconds.

use crate::table::{HEADER_LEN, Table};
use crate::vocabulary::Vocabulary;
use crate::words::for_each_word;
use crate::{DocumentText, EmbedError, Embedder, ModelId};
use smallvec::SmallVec;
use std::ops::ControlFlow;
use std::sync::OnceLock;
use symseek_base::Embedding;

static TABLE: &[u8] = include_bytes!("../model/table.bin");
static TOKENIZER: &[u8] = include_bytes!("../model/tokenizer.json");

/// Version of the rules in `words.rs` and below.
const VERSION: u32 = 1;
/// Tokens of a text that count, as in training (`train/table.py`).
const MAX_TOKENS: usize = 512;

/// A token table with its vocabulary. Cheap to create; the vocabulary is read at the first text, or by
/// [`StaticEmbedder::warm`] on a thread of the caller's choice.
pub struct StaticEmbedder {
    id: ModelId,
    table: Table<'static>,
    tokenizer: &'static [u8],
    vocabulary: OnceLock<Result<Vocabulary, String>>,
}

impl StaticEmbedder {
    /// The model inside the program.
    ///
    /// # Errors
    /// [`EmbedError::Model`] when the program was built with a damaged table.
    pub fn built_in() -> Result<Self, EmbedError> {
        // The table's header holds the checksum of its payload, so the id costs no walk over 7 MB.
        Self::new("symseek-static", TABLE, TOKENIZER)
    }

    fn new(name: &str, table: &'static [u8], tokenizer: &'static [u8]) -> Result<Self, EmbedError> {
        let parsed = Table::parse(table)?;
        Ok(Self {
            id: ModelId::new(
                name,
                VERSION,
                parsed.dims(),
                &[&table[..HEADER_LEN], tokenizer],
            ),
            table: parsed,
            tokenizer,
            vocabulary: OnceLock::new(),
        })
    }

    /// Reads the vocabulary now.
    ///
    /// # Errors
    /// [`EmbedError::Model`] when it is damaged or larger than the table.
    pub fn warm(&self) -> Result<(), EmbedError> {
        self.vocabulary().map(drop)
    }

    /// Compares the whole table with its checksum, reading all of it.
    ///
    /// # Errors
    /// [`EmbedError::Model`] when they differ.
    pub fn verify(&self) -> Result<(), EmbedError> {
        self.table.verify()
    }

    fn vocabulary(&self) -> Result<&Vocabulary, EmbedError> {
        let read = || {
            let vocabulary =
                Vocabulary::parse(self.tokenizer).map_err(|error| error.to_string())?;
            if vocabulary.n_tokens() > self.table.n_rows() {
                return Err("the vocabulary has more tokens than the table has rows".to_owned());
            }
            Ok(vocabulary)
        };
        self.vocabulary
            .get_or_init(read)
            .as_ref()
            .map_err(|reason| EmbedError::model("static model", reason))
    }

    /// Calls `each` with the ids of the tokens that count, word by word.
    fn for_each_ids(&self, text: &str, mut each: impl FnMut(&[u32])) -> Result<(), EmbedError> {
        let vocabulary = self.vocabulary()?;
        let mut room = MAX_TOKENS;
        let _ = for_each_word(text, |word| {
            vocabulary.with_ids(word, |ids| {
                let ids = &ids[..ids.len().min(room)];
                each(ids);
                room -= ids.len();
            });
            if room == 0 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        Ok(())
    }

    fn embed(&self, text: &str) -> Result<Embedding, EmbedError> {
        let mut tokens = SmallVec::<[u32; MAX_TOKENS]>::new();
        self.for_each_ids(text, |ids| tokens.extend_from_slice(ids))?;
        Ok(Embedding::normalised(self.table.sum(&mut tokens))?)
    }
}

impl Embedder for StaticEmbedder {
    fn id(&self) -> &ModelId {
        &self.id
    }

    fn embed_document(&self, text: &DocumentText) -> Result<Embedding, EmbedError> {
        self.embed(text.as_str())
    }

    fn synonyms(&self, word: &str) -> Vec<&'static str> {
        crate::synonyms::of(word)
    }

    fn embed_query(&self, query: &str) -> Result<Embedding, EmbedError> {
        self.embed(query)
    }
}

impl std::fmt::Debug for StaticEmbedder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StaticEmbedder")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Tiny models for tests.
#[cfg(test)]
pub(crate) mod test_model {
    pub(crate) fn table_bytes(rows: &[(f32, &[i8])]) -> Vec<u8> {
        let mut payload: Vec<u8> = rows
            .iter()
            .flat_map(|(scale, _)| scale.to_le_bytes())
            .collect();
        payload.extend(
            rows.iter()
                .flat_map(|(_, values)| values.iter().map(|&x| x as u8)),
        );
        let mut bytes = b"SYMSTAT1".to_vec();
        for word in [1, rows.len() as u32, rows[0].1.len() as u32, 0] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend(symseek_base::checksum(&payload).to_le_bytes());
        bytes.extend([0; 32]);
        bytes.extend(payload);
        bytes
    }

    /// Letters a to c and the merges `ab`, `abc`, as a BPE file.
    pub(crate) fn tokenizer_json() -> String {
        r#"{"version": "1.0", "truncation": null, "padding": null,
            "added_tokens": [{"id": 0, "content": "[UNK]", "single_word": false, "lstrip": false, "rstrip": false,
                              "normalized": false, "special": true}],
            "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFKD"}, {"type": "StripAccents"}, {"type": "Lowercase"}]},
            "pre_tokenizer": {"type": "WhitespaceSplit"}, "post_processor": null, "decoder": null,
            "model": {"type": "BPE", "dropout": null, "unk_token": "[UNK]", "continuing_subword_prefix": null,
                      "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
                      "vocab": {"[UNK]": 0, "a": 1, "b": 2, "c": 3, "ab": 4, "abc": 5},
                      "merges": [["a", "b"], ["ab", "c"]]}}"#
            .to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::test_model::{table_bytes, tokenizer_json};
    use super::*;
    use serde::Deserialize;
    use symseek_base::{BadVector, checksum};
    use tokenizers::Tokenizer;

    fn tiny() -> StaticEmbedder {
        let rows: [(f32, &[i8]); 6] = [
            (1.0, &[0, 0]),
            (1.0, &[1, 0]),
            (1.0, &[0, 1]),
            (1.0, &[-1, 0]),
            (0.5, &[6, 8]),
            (1.0, &[0, -5]),
        ];
        let table = Box::leak(table_bytes(&rows).into_boxed_slice());
        StaticEmbedder::new(
            "tiny",
            table,
            Box::leak(tokenizer_json().into_boxed_str()).as_bytes(),
        )
        .unwrap()
    }

    fn ids(embedder: &StaticEmbedder, text: &str) -> Vec<u32> {
        let mut all = Vec::new();
        embedder
            .for_each_ids(text, |ids| all.extend_from_slice(ids))
            .unwrap();
        all
    }

    #[test]
    fn a_vector_is_the_normalised_sum_of_its_tokens() {
        let embedder = tiny();
        assert_eq!(ids(&embedder, "abcAB_a áb? x"), [5, 4, 1, 4, 0]);
        assert_eq!(embedder.embed_query("ab").unwrap().as_slice(), [0.6, 0.8]);
        assert_eq!(embedder.embed_query("ABC").unwrap().as_slice(), [0.0, -1.0]);
        let document = DocumentText::new("a a b");
        let vector = embedder.embed_document(&document).unwrap();
        assert!((vector.as_slice()[0] - 2.0 / 5f32.sqrt()).abs() < 1e-6);
    }

    #[test]
    fn a_text_without_a_known_word_has_no_vector() {
        for text in ["", "== !", "xyz", "a c"] {
            let outcome = tiny().embed_query(text);
            assert!(
                matches!(outcome, Err(EmbedError::Bad(BadVector::Zero))),
                "{text:?}"
            );
        }
        let texts = ["a", "?", "b"].map(DocumentText::new);
        let outcomes = tiny().embed_documents(&texts);
        assert_eq!(
            outcomes.iter().map(Result::is_ok).collect::<Vec<_>>(),
            [true, false, true]
        );
    }

    #[test]
    fn long_texts_are_cut() {
        assert_eq!(ids(&tiny(), &"a ".repeat(600)), [1].repeat(512));
        assert_eq!(ids(&tiny(), &"ac ".repeat(600)).len(), 512);
    }

    #[test]
    fn the_quick_reader_agrees_with_the_library() {
        let json = tokenizer_json();
        let (quick, whole) = (
            Vocabulary::parse(json.as_bytes()).unwrap(),
            Tokenizer::from_bytes(json.as_bytes()).unwrap(),
        );
        for word in ["abc", "abab", "cab", "x", "ábç", "¨", ""] {
            let ids = quick.with_ids(word, <[u32]>::to_vec);
            assert_eq!(
                ids,
                whole.encode(word, false).unwrap().get_ids(),
                "{word:?}"
            );
        }
        // Any other kind of file is left to the library.
        let level = r#"{"version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null,
            "pre_tokenizer": null, "post_processor": null, "decoder": null,
            "model": {"type": "WordLevel", "vocab": {"a": 0, "?": 1}, "unk_token": "?"}}"#;
        let vocabulary = Vocabulary::parse(level.as_bytes()).unwrap();
        assert_eq!(vocabulary.with_ids("a", <[u32]>::to_vec), [0]);
        assert!(Vocabulary::parse(b"{}").is_err());
    }

    #[test]
    fn damage_is_an_error_not_a_panic() {
        let table = Box::leak(table_bytes(&[(1.0, &[1, 0])]).into_boxed_slice());
        let json = Box::leak(tokenizer_json().into_boxed_str()).as_bytes();
        let small = StaticEmbedder::new("small", table, json).unwrap();
        assert!(matches!(
            small.embed_query("a"),
            Err(EmbedError::Model { .. })
        ));
        let broken = StaticEmbedder::new("broken", table, b"{").unwrap();
        assert!(matches!(broken.warm(), Err(EmbedError::Model { .. })));
        assert!(StaticEmbedder::new("none", b"", json).is_err());
    }

    #[test]
    fn ids_tell_models_apart() {
        let (built_in, again, tiny) = (
            StaticEmbedder::built_in().unwrap(),
            StaticEmbedder::built_in().unwrap(),
            tiny(),
        );
        assert_eq!(built_in.id(), again.id());
        assert_ne!(built_in.id().content, tiny.id().content);
        assert_eq!((tiny.dims(), built_in.dims()), (2, 256));
        assert!(
            built_in
                .id()
                .to_string()
                .starts_with("symseek-static 1 (256 dims, ")
        );
    }

    /// The lines of `parity_lines` in `train/golden.py`, by the same rule.
    struct ParityLines {
        lines: Vec<Vec<char>>,
        state: u64,
    }

    impl ParityLines {
        fn draw(&mut self, n: usize) -> usize {
            self.state = self
                .state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(self.state >> 33).unwrap() % n
        }

        fn next(&mut self) -> String {
            let mut out = String::new();
            for _ in 0..=self.draw(3) {
                let line = self.draw(self.lines.len());
                let start = self.draw(self.lines[line].len() + 1);
                let length = self.draw(40);
                let capitals = self.draw(8) == 0;
                let piece = self.lines[line].iter().skip(start).take(length);
                out.extend(piece.map(|c| if capitals { c.to_ascii_uppercase() } else { *c }));
                let code_point = match self.draw(16) {
                    0..4 => 1 + self.draw(0x2FFF),
                    4 => 0x1_F000 + self.draw(0x1000),
                    _ => continue,
                };
                out.extend(char::from_u32(u32::try_from(code_point).unwrap()));
            }
            out
        }
    }

    /// Ids of a million lines, against the checksums that the training side wrote of its own.
    #[test]
    fn a_million_lines_have_the_ids_of_the_training_side() {
        let embedder = StaticEmbedder::built_in().unwrap();
        let golden = include_str!("../model/golden.jsonl").lines();
        let texts = golden.map(|line| serde_json::from_str::<Golden>(line).unwrap().text);
        let of_text = |text: String| -> Vec<Vec<char>> {
            let lines = text.split('\n').filter(|line| !line.is_empty());
            lines.map(|line| line.chars().collect()).collect()
        };
        let mut lines = ParityLines {
            lines: texts.flat_map(of_text).collect(),
            state: 1,
        };
        let (mut n, mut bytes) = (0, Vec::new());
        for (block, expected) in include_str!("../model/parity.txt").lines().enumerate() {
            bytes.clear();
            for _ in 0..10_000 {
                for id in ids(&embedder, &lines.next()) {
                    bytes.extend(id.to_le_bytes());
                }
                bytes.extend(u32::MAX.to_le_bytes());
                n += 1;
            }
            let found = format!("{:016x}", checksum(&bytes));
            assert_eq!(found, expected, "lines {} to {n}", block * 10_000);
        }
        assert_eq!(n, 1_000_000);
    }

    #[derive(Deserialize)]
    struct Golden {
        text: String,
        ids: Vec<u32>,
        vector: Vec<f32>,
    }

    /// Parity with the training side over every text of `model/golden.jsonl`.
    #[test]
    fn the_built_in_model_equals_its_golden_file() {
        let embedder = StaticEmbedder::built_in().unwrap();
        embedder.verify().unwrap();
        let lines = include_str!("../model/golden.jsonl").lines();
        let mut n = 0;
        for line in lines {
            let golden: Golden = serde_json::from_str(line).unwrap();
            assert_eq!(
                ids(&embedder, &golden.text),
                golden.ids,
                "{:?}",
                golden.text
            );
            match embedder.embed_query(&golden.text) {
                Ok(vector) => {
                    for (ours, theirs) in vector.as_slice().iter().zip(&golden.vector) {
                        assert!(
                            (ours - theirs).abs() < 1e-5,
                            "{:?}: {ours} {theirs}",
                            golden.text
                        );
                    }
                }
                Err(EmbedError::Bad(BadVector::Zero)) => {
                    assert!(golden.vector.iter().all(|&x| x == 0.0), "{:?}", golden.text);
                }
                Err(error) => panic!("{error}"),
            }
            n += 1;
        }
        assert!(n >= 300, "only {n} golden texts");
    }
}
