//! Immutable graph parts on disk: written once, checked when opened, then read in place through a memory map.
//!
//! A part is never changed; a deleted or edited file is hidden by its dead [`FileKey`] until [`merge`] leaves it out.
//! Numbers are in native byte order; the magic number does not match on a machine of the other order.

use super::table::{Definition, NameTable, Posting, TableBuilder, TableRef, Texts};
use bytemuck::{Pod, Zeroable, cast_slice};
use memmap2::Mmap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use symseek_base::{FileKey, checksum};
use symseek_syntax::FileFacts;

const MAGIC: u64 = u64::from_le_bytes(*b"symgraph");
const VERSION: u32 = 1;
const N_SECTIONS: usize = 15;

/// Why a part cannot be used. Every kind means: rebuild it from the facts.
#[derive(Debug, thiserror::Error)]
pub enum PartError {
    /// The file cannot be read, written or mapped.
    #[error("graph part {path}: {source}")]
    Io {
        /// The part.
        path: PathBuf,
        /// What went wrong.
        #[source]
        source: std::io::Error,
    },
    /// It is not a graph part, or one of another version or byte order.
    #[error("graph part {path} has another format (version {found}, expected {VERSION})")]
    Format {
        /// The part.
        path: PathBuf,
        /// The version it claims.
        found: u32,
    },
    /// It is cut short, altered or inconsistent.
    #[error("graph part {path} is damaged: {what}")]
    Damaged {
        /// The part.
        path: PathBuf,
        /// What does not fit.
        what: &'static str,
    },
}

/// What was written: to be named in the manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartInfo {
    /// Length of the file in bytes.
    pub len: u64,
    /// Checksum of what follows the header; [`GraphPart::info`] gives the same.
    pub checksum: u64,
}

/// Collects the files of one commit and writes them as a part.
#[derive(Debug, Default)]
pub struct GraphPartWriter {
    builder: TableBuilder,
    n_files: usize,
}

impl GraphPartWriter {
    /// A writer without files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file. Each key may be added once.
    pub fn add_file(&mut self, file: FileKey, facts: &FileFacts) {
        self.n_files += 1;
        self.builder.add_file(file, facts);
    }

    /// How many files were added.
    pub fn n_files(&self) -> usize {
        self.n_files
    }

    /// Writes and syncs the part at `path`, replacing what is there. The caller makes it visible by its manifest.
    ///
    /// # Errors
    /// [`PartError::Io`].
    pub fn finish(self, path: &Path) -> Result<PartInfo, PartError> {
        write(&self.builder.finish(), path)
    }
}

/// Writes one part that answers as all of `parts` together, without the files that are not `alive`.
///
/// # Errors
/// [`PartError::Io`].
pub fn merge(
    parts: &[Arc<GraphPart>],
    alive: &dyn Fn(FileKey) -> bool,
    out: &Path,
) -> Result<PartInfo, PartError> {
    let mut builder = TableBuilder::default();
    for part in parts {
        builder.add_table(part.table(), alive);
    }
    write(&builder.finish(), out)
}

/// A mapped part.
#[derive(Debug)]
pub struct GraphPart {
    map: Mmap,
    sections: [Section; N_SECTIONS],
    info: PartInfo,
}

#[repr(C)]
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
struct Header {
    magic: u64,
    version: u32,
    n_sections: u32,
    len: u64,
    checksum: u64,
}

/// A section's place in the file, in bytes; the table of sections follows the header.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, Pod, Zeroable)]
struct Section {
    start: u64,
    len: u64,
}

const HEADER_LEN: usize = size_of::<Header>();
const BODY_START: usize = HEADER_LEN + N_SECTIONS * size_of::<Section>();

impl GraphPart {
    /// Maps the part and checks it: header, checksum and every offset, so that reading it later cannot fail.
    ///
    /// # Errors
    /// [`PartError`] when it is unreadable, of another format or damaged.
    pub fn open(path: &Path) -> Result<Self, PartError> {
        let io = |source| PartError::Io {
            path: path.to_owned(),
            source,
        };
        let damaged = |what| PartError::Damaged {
            path: path.to_owned(),
            what,
        };
        let file = File::open(path).map_err(io)?;
        if file.metadata().map_err(io)?.len() < BODY_START as u64 {
            return Err(damaged("shorter than its header"));
        }
        // SAFETY: parts are written once under a fresh name and never changed or truncated in place; removal keeps a
        // mapped file readable (on Windows it fails instead).
        let map = unsafe { Mmap::map(&file) }.map_err(io)?;
        let header: &Header = bytemuck::from_bytes(&map[..HEADER_LEN]);
        if header.magic != MAGIC || header.version != VERSION {
            return Err(PartError::Format {
                path: path.to_owned(),
                found: header.version,
            });
        }
        if header.n_sections as usize != N_SECTIONS || header.len != map.len() as u64 {
            return Err(damaged("its length is not the one it was written with"));
        }
        if checksum(&map[HEADER_LEN..]) != header.checksum {
            return Err(damaged("its checksum does not match"));
        }
        let mut sections = [Section::default(); N_SECTIONS];
        sections.copy_from_slice(cast_slice(&map[HEADER_LEN..BODY_START]));
        for (section, unit) in sections.iter().zip(UNITS) {
            let end = section.start.checked_add(section.len);
            if section.start % 8 != 0
                || section.len % unit != 0
                || end.is_none_or(|end| end > header.len)
            {
                return Err(damaged("a section lies outside"));
            }
        }
        let info = PartInfo {
            len: header.len,
            checksum: header.checksum,
        };
        let part = Self {
            map,
            sections,
            info,
        };
        part.table().check().map_err(damaged)?;
        Ok(part)
    }

    /// Its length and checksum.
    pub fn info(&self) -> PartInfo {
        self.info
    }

    /// How many different names it holds.
    pub fn n_names(&self) -> usize {
        self.table().names.len()
    }

    /// How many entries (definitions, references, imports) it holds, and how many of them `alive` keeps: a part with
    /// many dead entries is worth merging.
    pub fn n_entries(&self, alive: &dyn Fn(FileKey) -> bool) -> (usize, usize) {
        let table = self.table();
        let files = || {
            let defs = table.defs.iter().map(|it| it.file);
            defs.chain(table.refs.iter().chain(table.imports).map(|it| it.file))
        };
        (
            files().count(),
            files().filter(|&file| alive(FileKey(file))).count(),
        )
    }

    pub(super) fn table(&self) -> TableRef<'_> {
        TableRef {
            names: Texts {
                offsets: self.section(0),
                bytes: self.section(1),
            },
            def_starts: self.section(2),
            ref_starts: self.section(3),
            import_starts: self.section(4),
            defs: self.section(5),
            refs: self.section(6),
            imports: self.section(7),
            containers: Texts {
                offsets: self.section(8),
                bytes: self.section(9),
            },
            folded: Texts {
                offsets: self.section(10),
                bytes: self.section(11),
            },
            folded_names: self.section(12),
            masks: self.section(13),
            humps: self.section(14),
        }
    }

    fn section<T: Pod>(&self, idx: usize) -> &[T] {
        let Section { start, len } = self.sections[idx];
        cast_slice(&self.map[start as usize..(start + len) as usize])
    }
}

/// Bytes per element of each section.
const UNITS: [u64; N_SECTIONS] = [
    4,
    1,
    4,
    4,
    4,
    size_of::<Definition>() as u64,
    size_of::<Posting>() as u64,
    size_of::<Posting>() as u64,
    4,
    1,
    4,
    1,
    4,
    8,
    8,
];

fn write(table: &NameTable, path: &Path) -> Result<PartInfo, PartError> {
    let contents: [&[u8]; N_SECTIONS] = [
        cast_slice(&table.name_offsets),
        &table.name_bytes,
        cast_slice(&table.def_starts),
        cast_slice(&table.ref_starts),
        cast_slice(&table.import_starts),
        cast_slice(&table.defs),
        cast_slice(&table.refs),
        cast_slice(&table.imports),
        cast_slice(&table.container_offsets),
        &table.container_bytes,
        cast_slice(&table.folded_offsets),
        &table.folded_bytes,
        cast_slice(&table.folded_names),
        cast_slice(&table.masks),
        cast_slice(&table.humps),
    ];
    let mut sections = [Section::default(); N_SECTIONS];
    let mut len = BODY_START;
    for (section, content) in sections.iter_mut().zip(contents) {
        *section = Section {
            start: len as u64,
            len: content.len() as u64,
        };
        len += content.len().next_multiple_of(8);
    }
    let mut body = Vec::with_capacity(len - HEADER_LEN);
    body.extend_from_slice(cast_slice(&sections));
    for content in contents {
        body.extend_from_slice(content);
        body.resize(body.len().next_multiple_of(8), 0);
    }
    let header = Header {
        magic: MAGIC,
        version: VERSION,
        n_sections: N_SECTIONS as u32,
        len: len as u64,
        checksum: checksum(&body),
    };
    let store = || {
        let mut file = File::create(path)?;
        file.write_all(bytemuck::bytes_of(&header))?;
        file.write_all(&body)?;
        file.sync_all()
    };
    store().map_err(|source| PartError::Io {
        path: path.to_owned(),
        source,
    })?;
    Ok(PartInfo {
        len: header.len,
        checksum: header.checksum,
    })
}

impl TableRef<'_> {
    /// Whether every offset and index stays inside.
    fn check(&self) -> Result<(), &'static str> {
        let n_names = self.names.len();
        if !(self.names.is_sound() && self.containers.is_sound() && self.folded.is_sound()) {
            return Err("its texts are inconsistent");
        }
        for (starts, len) in [
            (self.def_starts, self.defs.len()),
            (self.ref_starts, self.refs.len()),
            (self.import_starts, self.imports.len()),
        ] {
            if starts.len() != n_names + 1 || !covers(starts, len) {
                return Err("its lists are inconsistent");
            }
        }
        let n_folded = self.folded.len();
        let n_containers = self.containers.len();
        if [self.folded_names.len(), self.masks.len(), self.humps.len()] != [n_folded; 3]
            || self.folded_names.iter().any(|&it| it as usize >= n_names)
            || self
                .defs
                .iter()
                .any(|it| it.container as usize >= n_containers)
        {
            return Err("its name index is inconsistent");
        }
        Ok(())
    }
}

impl Texts<'_> {
    fn is_sound(self) -> bool {
        covers(self.offsets, self.bytes.len())
            && std::str::from_utf8(self.bytes).is_ok_and(|all| {
                self.offsets
                    .iter()
                    .all(|&at| all.is_char_boundary(at as usize))
            })
    }
}

/// Whether `starts` rises from 0 to `len`.
fn covers(starts: &[u32], len: usize) -> bool {
    starts.first() == Some(&0)
        && starts.last().is_some_and(|&last| last as usize == len)
        && starts.is_sorted()
}
