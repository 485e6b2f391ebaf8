//! How chunks lie in tantivy: six text fields with frequencies and lengths, one key to delete by, one to read back.
//! Nothing is stored, nothing has positions: they would add at least a quarter to the index (measured with all positions
//! equal, which flatters them) and unsaved text would need them too; a phrase is better checked in the text of the hits.

use super::tokenizer::{TokenKind, Tokenizer, TokenizerOptions};
use super::{ChunkDocument, Field};
use symseek_base::{ChunkKey, FileKey};
use tantivy::schema::document::{ReferenceValue, ReferenceValueLeaf};
use tantivy::schema::{
    Document, FAST, Field as StoredField, IndexRecordOption, NumericOptions, Schema,
    TextFieldIndexing, TextOptions, Value,
};
use tantivy::tokenizer::{Token, TokenStream, TokenizerManager};

pub(super) const FILE_KEY: &str = "file_key";
pub(super) const CHUNK_KEY: &str = "chunk_key";

/// The field of tantivy that holds one of ours: they are the first six, in order.
pub(super) fn stored(field: Field) -> StoredField {
    StoredField::from_field_id(field as u32)
}

/// The field with the file's key.
pub(super) fn file_key() -> StoredField {
    StoredField::from_field_id(Field::COUNT as u32)
}

fn chunk_key() -> StoredField {
    StoredField::from_field_id(Field::COUNT as u32 + 1)
}

/// The schema; indexes whose schema differs are of another format.
pub(super) fn schema(options: TokenizerOptions) -> Schema {
    let mut builder = Schema::builder();
    let text = TextOptions::default().set_indexing_options(
        TextFieldIndexing::default()
            .set_tokenizer(options.format())
            .set_index_option(IndexRecordOption::WithFreqs)
            .set_fieldnorms(true),
    );
    for field in Field::ALL {
        builder.add_text_field(field.as_str(), text.clone());
    }
    builder.add_u64_field(FILE_KEY, NumericOptions::default().set_indexed());
    builder.add_u64_field(CHUNK_KEY, FAST);
    builder.build()
}

/// tantivy's register with our tokenizer in it.
pub(super) fn tokenizers(options: TokenizerOptions) -> TokenizerManager {
    let manager = TokenizerManager::default();
    manager.register(
        options.format(),
        Analyzer {
            tokenizer: Tokenizer::new(options),
            token: Token {
                position: 0,
                ..Token::default()
            },
        },
    );
    manager
}

#[derive(Clone)]
struct Analyzer {
    tokenizer: Tokenizer,
    token: Token,
}

impl tantivy::tokenizer::Tokenizer for Analyzer {
    type TokenStream<'a> = Stream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Stream<'a> {
        Stream {
            analyzer: self,
            text,
            pulled: None,
        }
    }
}

/// tantivy's indexer pushes (`process`), which needs no allocation; pulling is only there because the trait asks for it.
struct Stream<'a> {
    analyzer: &'a mut Analyzer,
    text: &'a str,
    pulled: Option<std::vec::IntoIter<String>>,
}

impl TokenStream for Stream<'_> {
    fn process(&mut self, sink: &mut dyn FnMut(&Token)) {
        let Analyzer { tokenizer, token } = &mut *self.analyzer;
        tokenizer.run(self.text, |text, _: TokenKind| {
            token.text.clear();
            token.text.push_str(text);
            sink(token);
        });
    }

    fn advance(&mut self) -> bool {
        if self.pulled.is_none() {
            let mut all = Vec::new();
            self.analyzer
                .tokenizer
                .run(self.text, |text, _| all.push(text.to_owned()));
            self.pulled = Some(all.into_iter());
        }
        let next = self.pulled.as_mut().and_then(Iterator::next);
        let more = next.is_some();
        self.analyzer.token.text = next.unwrap_or_default();
        more
    }

    fn token(&self) -> &Token {
        &self.analyzer.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.analyzer.token
    }
}

/// A chunk on its way to tantivy's threads: all texts in one allocation.
#[derive(Debug)]
pub(super) struct StoredChunk {
    text: String,
    ends: [u32; Field::COUNT],
    file: FileKey,
    chunk: ChunkKey,
}

impl StoredChunk {
    pub(super) fn new(file: FileKey, chunk: ChunkKey, document: &ChunkDocument<'_>) -> Self {
        let len = Field::ALL.iter().map(|f| document.field(*f).len()).sum();
        let mut text = String::with_capacity(len);
        let ends = Field::ALL.map(|field| {
            text.push_str(document.field(field));
            text.len() as u32
        });
        Self {
            text,
            ends,
            file,
            chunk,
        }
    }
}

impl Document for StoredChunk {
    type Value<'a> = StoredValue<'a>;
    type FieldsValuesIter<'a> = StoredValues<'a>;

    fn iter_fields_and_values(&self) -> StoredValues<'_> {
        StoredValues {
            chunk: self,
            next: 0,
        }
    }
}

/// The fields of a [`StoredChunk`] that hold something.
pub(super) struct StoredValues<'a> {
    chunk: &'a StoredChunk,
    next: usize,
}

impl<'a> Iterator for StoredValues<'a> {
    type Item = (StoredField, StoredValue<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        while let Some(&field) = Field::ALL.get(self.next) {
            let start = match self.next {
                0 => 0,
                next => self.chunk.ends[next - 1],
            };
            let end = self.chunk.ends[self.next];
            self.next += 1;
            if start < end {
                let text = &self.chunk.text[start as usize..end as usize];
                return Some((stored(field), StoredValue::Text(text)));
            }
        }
        self.next += 1;
        match self.next - Field::COUNT {
            1 => Some((file_key(), StoredValue::Key(u64::from(self.chunk.file.0)))),
            2 => Some((chunk_key(), StoredValue::Key(self.chunk.chunk.0))),
            _ => None,
        }
    }
}

/// One value of a [`StoredChunk`].
#[derive(Debug, Clone, Copy)]
pub(super) enum StoredValue<'a> {
    Text(&'a str),
    Key(u64),
}

impl<'a> Value<'a> for StoredValue<'a> {
    type ArrayIter = std::iter::Empty<Self>;
    type ObjectIter = std::iter::Empty<(&'a str, Self)>;

    fn as_value(&self) -> ReferenceValue<'a, Self> {
        ReferenceValue::Leaf(match *self {
            Self::Text(text) => ReferenceValueLeaf::Str(text),
            Self::Key(key) => ReferenceValueLeaf::U64(key),
        })
    }
}
