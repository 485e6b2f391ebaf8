//! Screening of whole batches: one bad vector costs its own row, never the batch around it.

use super::{RowsWriter, VectorError};
use symseek_base::{BadVector, ChunkKey, Embedding};

/// What became of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BatchReport {
    /// Rows written.
    pub landed: usize,
    /// Rows refused, each with the reason.
    pub rejected: Vec<(ChunkKey, BadVector)>,
}

/// Screens raw vectors one by one and writes the good ones in key order. An empty batch is fine.
///
/// # Errors
/// [`VectorError::Dimensions`] when any vector has another length (nothing is written then), and
/// [`VectorError::AllRejected`] when no vector is usable. A key twice, or below the writer's last one, is
/// [`VectorError::KeyOrder`].
pub fn add_batch(
    writer: &mut RowsWriter,
    mut batch: Vec<(ChunkKey, Vec<f32>)>,
) -> Result<BatchReport, VectorError> {
    if let Some((_, odd)) = batch.iter().find(|(_, raw)| raw.len() != writer.dims()) {
        return Err(VectorError::Dimensions {
            expected: writer.dims(),
            found: odd.len(),
        });
    }
    batch.sort_by_key(|&(key, _)| key);
    let n_offered = batch.len();
    let mut report = BatchReport::default();
    for (key, raw) in batch {
        match Embedding::normalised(raw) {
            Ok(embedding) => {
                writer.push(key, &embedding)?;
                report.landed += 1;
            }
            Err(bad) => report.rejected.push((key, bad)),
        }
    }
    if report.landed == 0 && n_offered > 0 {
        return Err(VectorError::AllRejected(n_offered));
    }
    Ok(report)
}
