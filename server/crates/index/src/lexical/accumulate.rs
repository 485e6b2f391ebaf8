//! Term at a time: adds a term's weighted, length-normalised frequencies of every live document into a dense array.
//!
//! The order of float additions for one document is fixed (variants in the query's order, fields in theirs) and the same
//! for stored and for memory chunks; which segment a document lies in cannot matter.

use super::memory::{ChunkTerms, MAX_FREQUENCY, hash};
use super::reader::Segment;
use super::stats::{FieldStats, is_set};
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
                // Evidence of nothing would leave a sum at zero, which means untouched.
                .filter(|(_, factor)| *factor > 0.0)
                .map(|(text, factor)| (text, hash(text), factor))
                .collect(),
        )
    }
}

/// Where a term's evidence is gathered.
#[derive(Default)]
pub(super) struct Evidence {
    /// Summed frequency per document over all bases, then memory; zero between terms.
    pub(super) sums: Vec<f32>,
    /// The documents whose sum is not zero.
    pub(super) touched: Vec<u32>,
    /// The documents whose name holds the term (with repetition).
    pub(super) named: Vec<u32>,
}

/// Adds a term's evidence in one segment, whose first document is number `first`.
pub(super) fn add_segment(
    segment: &Segment,
    alive: Option<&[u64]>,
    first: u32,
    term: &Alternatives<'_>,
    impacts: &Impacts,
    reused: &mut Option<BlockSegmentPostings>,
    evidence: &mut Evidence,
) -> io::Result<()> {
    let Evidence {
        sums,
        touched,
        named,
    } = evidence;
    let sums = &mut sums[first as usize..][..segment.keys.len()];
    for &(text, _, factor) in &term.0 {
        for &field in &impacts.fields {
            let stored = &segment.fields[field as usize];
            let Some(info) = stored.postings.terms().get(text)? else {
                continue;
            };
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
                    if alive.is_some_and(|alive| !is_set(alive, doc)) {
                        continue;
                    }
                    // A damaged file may name documents that are not there; that is no reason to panic.
                    let (Some(sum), Some(&length)) =
                        (sums.get_mut(doc as usize), lengths.get(doc as usize))
                    else {
                        continue;
                    };
                    if *sum == 0.0 {
                        touched.push(first + doc);
                    }
                    *sum += evidence_of(impacts[length as usize], frequency, factor);
                    if field == Field::Name {
                        named.push(first + doc);
                    }
                }
                postings.advance();
            }
        }
    }
    Ok(())
}

/// Adds a term's evidence in one memory chunk, which is document `doc`.
pub(super) fn add_chunk(
    chunk: &ChunkTerms,
    doc: u32,
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
            let sum = &mut evidence.sums[doc as usize];
            if *sum == 0.0 {
                evidence.touched.push(doc);
            }
            *sum += evidence_of(impact, frequency, factor);
            if field == Field::Name {
                evidence.named.push(doc);
            }
        }
    }
}

fn evidence_of(impact: f32, frequency: u32, factor: f32) -> f32 {
    frequency.min(u32::from(MAX_FREQUENCY)) as f32 * impact * factor
}
