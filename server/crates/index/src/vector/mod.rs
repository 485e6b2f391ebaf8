//! The vector leg: which chunks mean something close to the query?
//!
//! Rows are int8 vectors in immutable, memory-mapped part files ([`RowsPart`]) and, for the in-memory layer, single
//! [`QuantisedRow`]s. [`search`] scans them exactly; a base large enough for it ([`HNSW_THRESHOLD`]) may bring an
//! [`Hnsw`] graph, whose candidates are scored again with the exact rows, so that a hit has the same similarity
//! whichever way it was found. What the graph does not hold yet is scanned, so nobody waits for a graph.
//!
//! It never embeds, never decides which rows are live (the [`LiveSet`](symseek_base::LiveSet) does), never ranks
//! across legs, and imports neither of the other legs.

mod add;
mod error;
mod hnsw;
mod merge;
mod part;
mod row;
mod search;
mod top;
mod writer;

pub use add::{BatchReport, add_batch};
pub use error::VectorError;
pub use hnsw::{Hnsw, HnswOptions};
pub use merge::{Merged, merge};
pub use part::RowsPart;
pub use row::QuantisedRow;
pub use search::{HNSW_THRESHOLD, VectorBase, VectorHit, VectorView, search};
pub use writer::{RowsWriter, WrittenPart};

#[cfg(test)]
mod tests;
