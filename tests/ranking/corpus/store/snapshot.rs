//! The whole state as one file, so that the journal can start over.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use crate::store::wal::{Journal, crc32};

/// Keys and values at one moment.
pub type Table = BTreeMap<String, Vec<u8>>;

/// Writes the table beside the old file and swaps the two, so that a crash leaves one of them whole.
pub fn save(table: &Table, path: &Path, journal: &mut Journal) -> io::Result<()> {
    let mut bytes = Vec::new();
    for (key, value) in table {
        put(&mut bytes, key.as_bytes());
        put(&mut bytes, value);
    }
    let sum = crc32(&bytes);
    bytes.extend_from_slice(&sum.to_le_bytes());
    let draft = path.with_extension("draft");
    fs::write(&draft, &bytes)?;
    fs::rename(&draft, path)?;
    journal.truncate()
}

/// Reads a table back.
pub fn load(path: &Path) -> io::Result<Table> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Table::new()),
        Err(error) => return Err(error),
    };
    let bad = |what: &str| io::Error::new(io::ErrorKind::InvalidData, format!("snapshot {what}"));
    let (body, sum) = bytes.split_last_chunk::<4>().ok_or_else(|| bad("is too short"))?;
    if crc32(body) != u32::from_le_bytes(*sum) {
        return Err(bad("does not match its checksum"));
    }
    let mut table = Table::new();
    let mut rest = body;
    while !rest.is_empty() {
        let key = take(&mut rest).ok_or_else(|| bad("ends inside a key"))?;
        let value = take(&mut rest).ok_or_else(|| bad("ends inside a value"))?;
        table.insert(String::from_utf8_lossy(key).into_owned(), value.to_vec());
    }
    Ok(table)
}

fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
    out.extend_from_slice(bytes);
}

fn take<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, tail) = rest.split_first_chunk::<4>()?;
    let (bytes, tail) = tail.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    *rest = tail;
    Some(bytes)
}
