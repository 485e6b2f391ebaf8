//! The journal: what happened, in order, on disk before it counts.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

const HEADER: usize = 12;

/// One entry read back.
#[derive(Debug, PartialEq, Eq)]
pub struct Entry {
    pub sequence: u64,
    pub payload: Vec<u8>,
}

/// Appends entries and syncs them.
pub struct Journal {
    file: File,
    next: u64,
}

impl Journal {
    pub fn open(mut file: File) -> io::Result<(Self, Vec<Entry>)> {
        let (entries, end) = replay(&mut file)?;
        // What follows the last whole entry was being written when the power went.
        file.set_len(end)?;
        file.seek(SeekFrom::End(0))?;
        let next = entries.last().map_or(0, |entry| entry.sequence + 1);
        Ok((Self { file, next }, entries))
    }

    /// Writes one entry and returns once the disk has it.
    pub fn append(&mut self, payload: &[u8]) -> io::Result<u64> {
        let sequence = self.next;
        let mut record = Vec::with_capacity(HEADER + payload.len());
        record.extend_from_slice(&(payload.len() as u32).to_le_bytes());
        record.extend_from_slice(&crc32(payload).to_le_bytes());
        record.extend_from_slice(&(sequence as u32).to_le_bytes());
        record.extend_from_slice(payload);
        self.file.write_all(&record)?;
        self.file.sync_data()?;
        self.next += 1;
        Ok(sequence)
    }

    /// Drops everything; called after a snapshot holds it.
    pub fn truncate(&mut self) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.seek(SeekFrom::Start(0))?;
        self.file.sync_all()
    }
}

/// Reads entries up to the first that is cut off or does not match its checksum.
fn replay(file: &mut File) -> io::Result<(Vec<Entry>, u64)> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.read_to_end(&mut bytes)?;
    let mut entries = Vec::new();
    let mut at = 0;
    while let Some(header) = bytes.get(at..at + HEADER) {
        let word = |from: usize| u32::from_le_bytes(header[from..from + 4].try_into().expect("four bytes"));
        let Some(payload) = bytes.get(at + HEADER..at + HEADER + word(0) as usize) else { break };
        if crc32(payload) != word(4) {
            break;
        }
        entries.push(Entry { sequence: u64::from(word(8)), payload: payload.to_vec() });
        at += HEADER + payload.len();
    }
    Ok((entries, at as u64))
}

/// The checksum of zip and ethernet.
pub fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for &byte in bytes {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    !crc
}
