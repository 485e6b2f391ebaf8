//! Life on disk: threads, crashes, damage, full disks, other formats.

use super::*;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tantivy::directory::error::{DeleteError, OpenReadError, OpenWriteError};
use tantivy::directory::{
    AntiCallToken, Directory, FileHandle, RamDirectory, TerminatingWrite, WatchCallback,
    WatchHandle, WritePtr,
};

fn keys(reader: &LexicalReader) -> Vec<u64> {
    let mut keys: Vec<_> = reader.keys().map(|key| key.0).collect();
    keys.sort_unstable();
    keys
}

/// The chunks that hold the first word of the query.
fn found(reader: &LexicalReader, n_live: usize, query: &str) -> Vec<u64> {
    let docs = reader.stats(&live(n_live));
    let base = Base {
        reader,
        live: &docs,
    };
    let mut keys: Vec<_> = ask(base, &[], query, 1000)
        .hits
        .iter()
        .filter(|hit| hit.matched & 1 != 0)
        .map(|hit| hit.key.0)
        .collect();
    keys.sort_unstable();
    keys
}

#[test]
fn several_threads_add() {
    let dir = scratch_dir();
    let options = WriterOptions {
        n_threads: 2,
        ..WriterOptions::default()
    };
    let mut writer = LexicalWriter::create_or_open(dir.path(), options).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4u64 {
            let writer = &writer;
            scope.spawn(move || {
                for file in 0..25 {
                    let first = (thread * 25 + file) * 4;
                    let bodies: Vec<_> = (0..4).map(|i| format!("word{}", first + i)).collect();
                    let documents = bodies.iter().map(|body| ChunkDocument {
                        body,
                        ..ChunkDocument::default()
                    });
                    let file = FileKey((first / 4) as u32);
                    writer.add_file(file, ChunkKey(first), documents).unwrap();
                }
            });
        }
    });
    let stamp = writer.commit().unwrap();
    let reader = LexicalReader::open(dir.path()).unwrap();
    assert_eq!(reader.opstamp(), stamp);
    assert_eq!(keys(&reader), (0..400).collect::<Vec<_>>());
    assert_eq!(found(&reader, 400, "word123"), [123]);

    writer.delete_files(&[FileKey(30)]);
    writer.commit().unwrap();
    assert_eq!(
        found(&reader, 400, "word123"),
        [123],
        "a reader never moves"
    );
    let after = reader.reload().unwrap();
    assert_eq!(after.n_docs(), 396);
    assert_eq!(found(&after, 400, "word123"), [0u64; 0]);
    assert!(matches!(
        LexicalWriter::create_or_open(dir.path(), options),
        Err(LexicalError::Locked { .. })
    ));
    let foreign = reader.stats(&live(400));
    let view = LexicalView {
        bases: &[Base {
            reader: &after,
            live: &foreign,
        }],
        memory: &[],
    };
    assert!(matches!(
        term_statistics(&view, "word1"),
        Err(LexicalError::ForeignLiveDocs)
    ));
}

#[test]
fn many_small_commits_merge_and_stay_right() {
    let dir = scratch_dir();
    let chunks: Vec<_> = (0..24)
        .map(|i| Chunk::body(&format!("common w{i}")))
        .collect();
    let groups: Vec<&[Chunk]> = chunks.chunks(1).collect();
    let reader = write(dir.path(), &groups);
    assert!(reader.n_segments() < 12, "{} segments", reader.n_segments());
    assert_eq!(found(&reader, 24, "common").len(), 24);
    assert_eq!(found(&reader, 24, "w17"), [17]);
}

#[test]
fn what_was_not_committed_was_never_there() {
    let dir = scratch_dir();
    assert!(matches!(
        LexicalReader::open(dir.path()),
        Err(LexicalError::Missing { .. })
    ));
    write(dir.path(), &[&[Chunk::body("one")]]);
    let mut writer = LexicalWriter::create_or_open(dir.path(), WriterOptions::default()).unwrap();
    let two = Chunk::body("two");
    writer
        .add(FileKey(1), ChunkKey(1), &two.document())
        .unwrap();
    writer.delete_files(&[FileKey(0)]);
    drop(writer);
    let reader = LexicalReader::open(dir.path()).unwrap();
    assert_eq!(keys(&reader), [0]);

    writer = LexicalWriter::create_or_open(dir.path(), WriterOptions::default()).unwrap();
    writer
        .add(FileKey(1), ChunkKey(1), &two.document())
        .unwrap();
    writer.rollback().unwrap();
    writer
        .add(FileKey(2), ChunkKey(2), &two.document())
        .unwrap();
    writer.commit().unwrap();
    assert_eq!(keys(&reader.reload().unwrap()), [0, 2]);
}

#[test]
fn damage_and_other_formats_are_told() {
    let dir = scratch_dir();
    let chunks: Vec<_> = (0..50)
        .map(|i| Chunk::body(&format!("w{i} common")))
        .collect();
    let reader = write(dir.path(), &[&chunks]);
    drop(reader);
    LexicalReader::open_verified(dir.path()).unwrap();

    let files = std::fs::read_dir(dir.path()).unwrap();
    let term_file = files
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|e| e == "idx"))
        .unwrap();
    let mut bytes = std::fs::read(&term_file).unwrap();
    bytes[12] ^= 0xff;
    std::fs::write(&term_file, &bytes).unwrap();
    LexicalReader::open(dir.path()).unwrap();
    assert!(matches!(
        LexicalReader::open_verified(dir.path()),
        Err(LexicalError::Damaged { .. })
    ));
    std::fs::remove_file(&term_file).unwrap();
    assert!(matches!(
        LexicalReader::open(dir.path()),
        Err(LexicalError::Damaged { .. })
    ));

    let dir = scratch_dir();
    write(dir.path(), &[&chunks]);
    let options = WriterOptions {
        tokenizer: TokenizerOptions { stem: true },
        ..WriterOptions::default()
    };
    assert!(matches!(
        LexicalWriter::create_or_open(dir.path(), options),
        Err(LexicalError::Format { .. })
    ));
    std::fs::write(dir.path().join("meta.json"), "{").unwrap();
    assert!(LexicalReader::open(dir.path()).is_err());
    assert!(LexicalWriter::create_or_open(dir.path(), WriterOptions::default()).is_err());
}

#[test]
fn a_directory_that_cannot_be_made_is_an_error() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let inside = file.path().join("index");
    assert!(matches!(
        LexicalWriter::create_or_open(&inside, WriterOptions::default()),
        Err(LexicalError::Directory { .. })
    ));
    assert!(matches!(
        LexicalReader::open(&inside),
        Err(LexicalError::Missing { .. })
    ));
}

#[test]
fn a_full_disk_is_an_error_and_the_last_commit_stands() {
    let room = Arc::new(AtomicU64::new(u64::MAX / 2));
    let ram = RamDirectory::create();
    let full = FullDirectory {
        inner: ram,
        room: Arc::clone(&room),
    };
    let mut writer =
        LexicalWriter::with_directory(Path::new("full"), Box::new(full), WriterOptions::default())
            .unwrap();
    let body = (0..500)
        .map(|i| format!("w{i}"))
        .collect::<Vec<_>>()
        .join(" ");
    let chunk = Chunk::body(&body);
    writer
        .add(FileKey(0), ChunkKey(0), &chunk.document())
        .unwrap();
    writer.commit().unwrap();
    for n_bytes in [0, 100, 2000, 8000] {
        room.store(n_bytes, Ordering::SeqCst);
        let mut failed = None;
        for key in 1..40 {
            let added = writer.add(FileKey(key as u32), ChunkKey(key), &chunk.document());
            if let Err(error) = added {
                failed = Some(error);
                break;
            }
        }
        let error = writer.commit().err().or(failed).unwrap();
        let told = matches!(
            error,
            LexicalError::DiskFull { .. } | LexicalError::Failed { .. }
        );
        assert!(told, "{error:?}");
        room.store(u64::MAX / 2, Ordering::SeqCst);
        writer.rollback().unwrap();
    }
    writer
        .add(FileKey(9), ChunkKey(9), &chunk.document())
        .unwrap();
    writer.commit().unwrap();
}

/// A directory with a certain number of bytes left.
#[derive(Debug, Clone)]
struct FullDirectory {
    inner: RamDirectory,
    room: Arc<AtomicU64>,
}

fn take(room: &AtomicU64, n_bytes: usize) -> io::Result<()> {
    let left = |room: u64| room.checked_sub(n_bytes as u64);
    room.fetch_update(Ordering::SeqCst, Ordering::SeqCst, left)
        .map(drop)
        .map_err(|_| io::ErrorKind::StorageFull.into())
}

struct FullWrite(Box<dyn TerminatingWrite + Send + Sync>, Arc<AtomicU64>);

impl io::Write for FullWrite {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        take(&self.1, bytes.len())?;
        self.0.write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl TerminatingWrite for FullWrite {
    fn terminate_ref(&mut self, token: AntiCallToken) -> io::Result<()> {
        self.0.terminate_ref(token)
    }
}

impl Directory for FullDirectory {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        self.inner.get_file_handle(path)
    }
    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        self.inner.delete(path)
    }
    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        self.inner.exists(path)
    }
    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        take(&self.room, 1)
            .map_err(|error| OpenWriteError::wrap_io_error(error, path.to_path_buf()))?;
        let inner = self.inner.open_write(path)?;
        let inner = inner.into_inner().map_err(io::Error::from);
        let inner =
            inner.map_err(|error| OpenWriteError::wrap_io_error(error, path.to_path_buf()))?;
        let full = FullWrite(inner, Arc::clone(&self.room));
        Ok(WritePtr::new(Box::new(full)))
    }
    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        self.inner.atomic_read(path)
    }
    fn atomic_write(&self, path: &Path, data: &[u8]) -> io::Result<()> {
        take(&self.room, data.len())?;
        self.inner.atomic_write(path, data)
    }
    fn sync_directory(&self) -> io::Result<()> {
        self.inner.sync_directory()
    }
    fn watch(&self, callback: WatchCallback) -> tantivy::Result<WatchHandle> {
        self.inner.watch(callback)
    }
}
