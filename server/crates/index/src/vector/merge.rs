//! Many parts into one, without the dead rows.

use super::{RowsPart, RowsWriter, VectorError, WrittenPart};
use std::path::Path;
use std::sync::Arc;
use symseek_base::{Cancel, ChunkKey, LiveSet};

/// What a merge wrote and left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Merged {
    /// The new part.
    pub part: WrittenPart,
    /// Rows left out because their keys are dead.
    pub n_dropped: usize,
}

/// Merges parts of one model into a new part at `out`, in key order. Inputs stay as they are.
///
/// # Errors
/// [`VectorError::Empty`] without parts, [`VectorError::Dimensions`] or [`VectorError::Model`] when they do not fit
/// together, [`VectorError::KeyOrder`] when two hold the same live key, [`VectorError::Part`], [`VectorError::Cancelled`].
pub fn merge(
    parts: &[Arc<RowsPart>],
    live: &LiveSet,
    out: &Path,
    cancel: &Cancel,
) -> Result<Merged, VectorError> {
    let first = parts.first().ok_or(VectorError::Empty)?;
    for part in parts {
        part.check(first.dims(), first.model())?;
    }
    // Parts are few and mostly disjoint, so a sort of (key, part, row) is simpler than a k-way merge and as fast.
    let mut rows = Vec::new();
    let mut n_rows = 0;
    for (part_idx, part) in parts.iter().enumerate() {
        n_rows += part.n_rows();
        for (row, &key) in part.keys().iter().enumerate() {
            if live.contains(ChunkKey(key)) {
                rows.push((key, part_idx as u32, row as u32));
            }
        }
    }
    rows.sort_unstable();
    let mut writer = RowsWriter::create(out, first.dims(), first.model())?;
    for (done, &(key, part_idx, row)) in rows.iter().enumerate() {
        if done % 4096 == 0 {
            cancel.check()?;
        }
        let (part, row) = (&parts[part_idx as usize], row as usize);
        writer.push_raw(ChunkKey(key), part.scales()[row], part.values(row))?;
    }
    Ok(Merged {
        part: writer.finish()?,
        n_dropped: n_rows - rows.len(),
    })
}
