//! Term at a time: adds a term's weighted, length-normalised frequencies of every live document into a dense array.
//!
//! The order of float additions for one document is fixed (variants in the query's order, fields in theirs) and the same
//! for stored and for memory chunks; which segment a document lies in cannot matter.

use super::memory::{ChunkTerms, MAX_FREQUENCY, hash};
use super::reader::Segment;
use super::stats::FieldStats;
use super::{Field, Params, QueryTerm};
use std::io;
use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::BlockSegmentPostings;
use tantivy::schema::IndexRecordOption;

/// What one occurrence counts, per field and quantised length: `weight / (1 − b + b · length / average)`.
pub(super) struct Impacts {
    tables: Box<[[f32; 256]; Field::COUNT]>,
    /// The fields of weight > 0, in order.
    fields: Vec<Field>,
}

impl Impacts {
    pub(super) fn new(params: &Params, stats: &FieldStats) -> Self {
        let mut tables = Box::new([[0.0; 256]; Field::COUNT]);
        for field in Field::ALL {
            let (weight, b) = (params.weights[field as usize], params.b[field as usize]);
            let average = stats.average_length(field);
            for (id, impact) in (0..=u8::MAX).zip(&mut tables[field as usize]) {
                let length = FieldNormReader::id_to_fieldnorm(id) as f32;
                *impact = weight / (1.0 - b + b * (length / average));
            }
        }
        Self {
            tables,
            fields: Field::ALL
                .into_iter()
                .filter(|field| params.weight(*field) > 0.0)
                .collect(),
        }
    }
}

/// The tokens that count as one term of the query.
pub(super) struct Alternatives<'a>(Vec<(&'a str, u64, f32)>);

impl<'a> Alternatives<'a> {
    pub(super) fn new(term: &'a QueryTerm) -> Self {
        let variants = term
            .variants
            .iter()
            .map(|variant| (variant.text.as_str(), variant.factor));
        Self(
            std::iter::once((term.text.as_str(), 1.0))
                .chain(variants)
                .filter(|(_, factor)| *factor > 0.0)
                .map(|(text, factor)| (text, hash(text), factor))
                .collect(),
        )
    }
}

/// Where a term's evidence is gathered, over all bases, then memory. The first document of a segment is a multiple of 64,
/// so that bitmaps over segments and over everything share their words. All zero between terms.
#[derive(Default)]
pub(super) struct Evidence {
    /// Summed frequency per document.
    pub(super) sums: Vec<f32>,
    /// The documents that hold the term, as a bitmap.
    pub(super) held: Vec<u64>,
    /// Those that hold it in their name.
    pub(super) named: Vec<u64>,
}

/// Adds a term's evidence in one segment, whose first document is number `first`.
pub(super) fn add_segment(
    segment: &Segment,
    alive: Option<&[u64]>,
    first: usize,
    term: &Alternatives<'_>,
    impacts: &Impacts,
    reused: &mut Option<BlockSegmentPostings>,
    evidence: &mut Evidence,
) -> io::Result<()> {
    let n_docs = segment.keys.len();
    let sums = &mut evidence.sums[first..][..n_docs];
    let held = &mut evidence.held[first / 64..][..n_docs.div_ceil(64)];
    let named = &mut evidence.named[first / 64..][..n_docs.div_ceil(64)];
    let mut any = false;
    for &(text, _, factor) in &term.0 {
        for &field in &impacts.fields {
            let stored = &segment.fields[field as usize];
            let Some(info) = stored.postings.terms().get(text)? else {
                continue;
            };
            any = true;
            let postings = match reused {
                Some(postings) => {
                    stored
                        .postings
                        .reset_block_postings_from_terminfo(&info, postings)?;
                    postings
                }
                None => reused.insert(
                    stored
                        .postings
                        .read_block_postings_from_terminfo(&info, IndexRecordOption::WithFreqs)?,
                ),
            };
            let impacts = &impacts.tables[field as usize];
            let lengths = stored.lengths.as_slice();
            while !postings.docs().is_empty() {
                let docs = postings.docs();
                for (&doc, &frequency) in docs.iter().zip(postings.freqs()) {
                    let at = doc as usize;
                    // A damaged file may name documents that are not there; that is no reason to panic.
                    let (Some(sum), Some(&length), Some(word)) =
                        (sums.get_mut(at), lengths.get(at), held.get_mut(at / 64))
                    else {
                        continue;
                    };
                    *sum += evidence_of(impacts[length as usize], frequency, factor);
                    *word |= 1 << (at % 64);
                }
                if field == Field::Name {
                    for &doc in docs {
                        if let Some(word) = named.get_mut(doc as usize / 64) {
                            *word |= 1 << (doc % 64);
                        }
                    }
                }
                postings.advance();
            }
        }
    }
    if let (true, Some(alive)) = (any, alive) {
        bury(alive, sums, held, named);
    }
    Ok(())
}

/// Takes the evidence of dead documents back.
fn bury(alive: &[u64], sums: &mut [f32], held: &mut [u64], named: &mut [u64]) {
    for (at, &alive) in alive.iter().enumerate() {
        for doc in bits(held[at] & !alive) {
            sums[at * 64 + doc] = 0.0;
        }
        held[at] &= alive;
        named[at] &= alive;
    }
}

/// Adds a term's evidence in one memory chunk, which is document `doc`.
pub(super) fn add_chunk(
    chunk: &ChunkTerms,
    doc: usize,
    term: &Alternatives<'_>,
    impacts: &Impacts,
    evidence: &mut Evidence,
) {
    let lengths = chunk.lengths();
    for &(_, hash, factor) in &term.0 {
        let Some(frequencies) = chunk.frequencies(hash) else {
            continue;
        };
        for &field in &impacts.fields {
            let frequency = u32::from(frequencies[field as usize]);
            if frequency == 0 {
                continue;
            }
            let impact = impacts.tables[field as usize][lengths[field as usize] as usize];
            evidence.sums[doc] += evidence_of(impact, frequency, factor);
            evidence.held[doc / 64] |= 1 << (doc % 64);
            if field == Field::Name {
                evidence.named[doc / 64] |= 1 << (doc % 64);
            }
        }
    }
}

/// The positions of the ones in a word, ascending.
pub(super) fn bits(mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = word.trailing_zeros() as usize;
        let more = word != 0;
        word &= word.wrapping_sub(1);
        more.then_some(bit)
    })
}

fn evidence_of(impact: f32, frequency: u32, factor: f32) -> f32 {
    frequency.min(u32::from(MAX_FREQUENCY)) as f32 * impact * factor
}
