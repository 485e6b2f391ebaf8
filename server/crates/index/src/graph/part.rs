//! Immutable graph parts on disk: written once, checked when opened, then read in place through a memory map.
//!
//! A part is never changed; a deleted or edited file is hidden by its dead [`FileKey`] until [`merge`] leaves it out.
//! Numbers are in native byte order; the magic number does not match on a machine of the other order.

use super::table::{Definition, NameTable, Posting, TableBuilder, TableRef, Texts};
use crate::part::{Kind, Part, PartError, PartInfo, PartWriter};
use bytemuck::{Pod, Zeroable, cast_slice};
use std::path::Path;
use std::sync::Arc;
use symseek_base::FileKey;
use symseek_syntax::FileFacts;

const KIND: Kind = Kind {
    magic: *b"SYMGRAPH",
    version: 1,
};
const N_SECTIONS: usize = 15;

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
    part: Part,
    sections: [Section; N_SECTIONS],
}

/// A section's place in the payload, in bytes; the payload begins with the table of sections.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, Pod, Zeroable)]
struct Section {
    start: u64,
    len: u64,
}

const BODY_START: usize = N_SECTIONS * size_of::<Section>();

impl GraphPart {
    /// See [`Part::let_go`].
    pub fn let_go(&self) {
        self.part.let_go();
    }

    /// Compares head and length only.
    ///
    /// # Errors
    /// See [`Part::glance`].
    pub fn glance(path: &Path) -> Result<(), PartError> {
        Part::glance(path, KIND)
    }

    /// Maps the part and checks it: header, checksum and every offset, so that reading it later cannot fail.
    ///
    /// # Errors
    /// [`PartError`] when it is unreadable, of another format or damaged.
    pub fn open(path: &Path) -> Result<Self, PartError> {
        let part = Part::open(path, KIND)?;
        let table = part.payload().get(..BODY_START);
        let table = table.ok_or_else(|| part.damaged("shorter than its table of sections"))?;
        let mut sections = [Section::default(); N_SECTIONS];
        sections.copy_from_slice(cast_slice(table));
        for (section, unit) in sections.iter().zip(UNITS) {
            let end = section.start.checked_add(section.len);
            if section.start % 8 != 0
                || section.len % unit != 0
                || end.is_none_or(|end| end > part.info().len)
            {
                return Err(part.damaged("a section lies outside"));
            }
        }
        let part = Self { part, sections };
        let checked = part.table().check();
        checked.map_err(|what| part.part.damaged(what))?;
        Ok(part)
    }

    /// Its length and checksum.
    pub fn info(&self) -> PartInfo {
        self.part.info()
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
        cast_slice(&self.part.payload()[start as usize..(start + len) as usize])
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
    let mut writer = PartWriter::create(path, KIND)?;
    writer.write(cast_slice(&sections))?;
    for content in contents {
        writer.write(content)?;
        writer.align()?;
    }
    writer.finish()
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
