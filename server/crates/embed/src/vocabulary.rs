//! Words to token ids: a `tokenizers` model behind a cache, because code says the same words again and again.

use crate::EmbedError;
use ahash::AHashMap;
use dashmap::DashMap;
use rustc_hash::FxBuildHasher;
use serde::Deserialize;
use smallvec::SmallVec;
use tokenizers::models::bpe::BPE;
use tokenizers::{NormalizerWrapper, PreTokenizerWrapper, Tokenizer};

/// Most words remembered; about 5 MB when full. A repository has some ten thousand.
const CACHE_CAP: usize = 1 << 16;

/// Token ids of one word; most words are one to three tokens.
pub(crate) type Ids = SmallVec<[u32; 4]>;

/// A tokenizer for single words.
pub(crate) struct Vocabulary {
    tokenizer: Tokenizer,
    cache: DashMap<Box<str>, Ids, FxBuildHasher>,
}

impl Vocabulary {
    /// Reads a `tokenizer.json`.
    pub(crate) fn parse(json: &[u8]) -> Result<Self, EmbedError> {
        let damaged = |error: &dyn std::fmt::Display| EmbedError::model("tokenizer.json", error);
        let tokenizer = match serde_json::from_slice::<BpeFile>(json) {
            Ok(file) => file.build().map_err(|error| damaged(&error))?,
            Err(_) => Tokenizer::from_bytes(json).map_err(|error| damaged(&error))?,
        };
        Ok(Self {
            tokenizer,
            cache: DashMap::with_hasher(FxBuildHasher),
        })
    }

    /// Ids of the vocabulary are below this.
    pub(crate) fn n_tokens(&self) -> usize {
        self.tokenizer.get_vocab_size(true)
    }

    /// Calls `each` with the ids of a word from [`for_each_word`](crate::words::for_each_word). A word that cannot be
    /// tokenised has none.
    pub(crate) fn with_ids<R>(&self, word: &str, each: impl FnOnce(&[u32]) -> R) -> R {
        if let Some(ids) = self.cache.get(word) {
            return each(&ids);
        }
        let ids: Ids = self
            .tokenizer
            .encode_fast(word, false)
            .map(|encoding| encoding.get_ids().into())
            .unwrap_or_default();
        let result = each(&ids);
        if self.cache.len() >= CACHE_CAP {
            self.cache.clear();
        }
        self.cache.insert(word.into(), ids);
        result
    }
}

/// The kind of file our training writes. Read directly it takes a fraction of the time that `Tokenizer::from_bytes`
/// needs, which tries every kind of model in turn; whatever else a file holds makes it one for `from_bytes`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BpeFile {
    #[serde(rename = "version")]
    _version: String,
    #[serde(rename = "truncation")]
    _truncation: (),
    #[serde(rename = "padding")]
    _padding: (),
    /// Special tokens such as `[UNK]`: they hold marks, so they never equal a word.
    #[serde(rename = "added_tokens")]
    _added_tokens: Vec<Added>,
    normalizer: Option<NormalizerWrapper>,
    pre_tokenizer: Option<PreTokenizerWrapper>,
    #[serde(rename = "post_processor")]
    _post_processor: (),
    #[serde(rename = "decoder")]
    _decoder: (),
    model: BpeModel,
}

#[derive(Deserialize)]
struct Added {
    #[serde(rename = "special")]
    _special: True,
}

#[derive(Deserialize)]
#[serde(try_from = "bool")]
struct True;

impl TryFrom<bool> for True {
    type Error = &'static str;

    fn try_from(value: bool) -> Result<Self, Self::Error> {
        value
            .then_some(Self)
            .ok_or("an added token that is not special")
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BpeModel {
    #[serde(rename = "type")]
    _type: Bpe,
    #[serde(rename = "dropout")]
    _dropout: (),
    unk_token: Option<String>,
    #[serde(rename = "continuing_subword_prefix")]
    _continuing_subword_prefix: (),
    #[serde(rename = "end_of_word_suffix")]
    _end_of_word_suffix: (),
    fuse_unk: bool,
    byte_fallback: bool,
    ignore_merges: bool,
    vocab: AHashMap<String, u32>,
    merges: Vec<(String, String)>,
}

#[derive(Deserialize)]
enum Bpe {
    #[serde(rename = "BPE")]
    Bpe,
}

impl BpeFile {
    fn build(self) -> tokenizers::Result<Tokenizer> {
        let mut builder = BPE::builder()
            .vocab_and_merges(self.model.vocab, self.model.merges)
            .fuse_unk(self.model.fuse_unk)
            .byte_fallback(self.model.byte_fallback)
            .ignore_merges(self.model.ignore_merges)
            // The cache in front keeps whole words.
            .cache_capacity(0);
        if let Some(unknown) = self.model.unk_token {
            builder = builder.unk_token(unknown);
        }
        let mut tokenizer = Tokenizer::new(builder.build()?);
        tokenizer.with_normalizer(self.normalizer);
        tokenizer.with_pre_tokenizer(self.pre_tokenizer);
        Ok(tokenizer)
    }
}
