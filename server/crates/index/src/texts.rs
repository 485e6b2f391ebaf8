//! Texts of stored files that answers were cut from lately, so that the next answer need not read and check them again.
//!
//! A kept text is given out only while the file system says of the file exactly what it said before the text was read, and
//! only if that was long enough after the last change that no later one can hide behind the same time stamp; otherwise the
//! file is read and its hash compared with the indexed one. Memory is bounded by [`MAX_BYTES`] per workspace folder.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;
use symseek_base::{ContentHash, FileKey, LineIndex};

use crate::store::FileStamp;
use crate::text;

/// So many bytes of text are kept.
const MAX_BYTES: usize = 16 << 20;
/// A longer text is not kept, so that one file cannot drive out all others.
const MAX_TEXT: usize = MAX_BYTES / 8;
/// File systems give times as coarse as this; a text that was read sooner after a change is read again.
const SETTLED_NS: u64 = 2_000_000_000;

/// A text and where its lines are.
#[derive(Debug, Clone)]
pub struct SourceText {
    /// The whole text.
    pub text: Arc<str>,
    /// Its lines.
    pub lines: Arc<LineIndex>,
}

impl SourceText {
    /// Finds the lines.
    pub fn new(text: Arc<str>) -> Self {
        let lines = Arc::new(LineIndex::new(&text));
        Self { text, lines }
    }
}

/// The texts kept for one workspace folder.
#[derive(Debug, Default)]
pub(crate) struct Texts(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    texts: FxHashMap<FileKey, Entry>,
    bytes: usize,
    /// Grows with every use.
    clock: u64,
}

#[derive(Debug)]
struct Entry {
    seen: Seen,
    content: ContentHash,
    source: SourceText,
    used: u64,
}

/// What the file system says of a file. The time of its last change of status cannot be set back, unlike that of its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seen {
    stamp: FileStamp,
    changed: (i64, i64),
    inode: u64,
}

impl Seen {
    fn of(path: &Path) -> Option<Self> {
        let metadata = std::fs::metadata(path).ok()?;
        #[cfg(unix)]
        let (changed, inode) = {
            use std::os::unix::fs::MetadataExt;
            ((metadata.ctime(), metadata.ctime_nsec()), metadata.ino())
        };
        #[cfg(not(unix))]
        let (changed, inode) = ((0, 0), 0);
        Some(Self {
            stamp: FileStamp::of(&metadata),
            changed,
            inode,
        })
    }

    /// Whether every later change shows in the metadata.
    fn is_settled(&self) -> bool {
        let changed = self.changed.0.max(0).cast_unsigned() * 1_000_000_000;
        let newest = changed.max(self.stamp.modified_ns);
        newest + SETTLED_NS < FileStamp::now_ns()
    }
}

impl Texts {
    /// The text of the file at `path` if it is the one with this hash.
    pub(crate) fn get(
        &self,
        key: FileKey,
        content: ContentHash,
        path: &Path,
    ) -> Option<SourceText> {
        let seen = Seen::of(path)?;
        if let Some(source) = self.find(key, content, seen) {
            return Some(source);
        }
        let is_settled = seen.is_settled();
        let text = text::read(path, u64::MAX).ok()?;
        if ContentHash::of(text.as_bytes()) != content {
            return None;
        }
        let source = SourceText::new(text.into());
        if is_settled && source.text.len() <= MAX_TEXT {
            self.keep(key, content, seen, source.clone());
        }
        Some(source)
    }

    /// Forgets all of them.
    pub(crate) fn clear(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Kept::default();
    }

    fn find(&self, key: FileKey, content: ContentHash, seen: Seen) -> Option<SourceText> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.clock += 1;
        let clock = kept.clock;
        let entry = kept.texts.get_mut(&key)?;
        if entry.seen != seen || entry.content != content {
            return None;
        }
        entry.used = clock;
        Some(entry.source.clone())
    }

    fn keep(&self, key: FileKey, content: ContentHash, seen: Seen, source: SourceText) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.bytes += source.text.len();
        let entry = Entry {
            seen,
            content,
            source,
            used: kept.clock,
        };
        if let Some(old) = kept.texts.insert(key, entry) {
            kept.bytes -= old.source.text.len();
        }
        if kept.bytes > MAX_BYTES {
            kept.forget_oldest();
        }
    }
}

impl Kept {
    /// Drops what was not used for longest, down to half of the limit, so that it is not called for every new text.
    fn forget_oldest(&mut self) {
        let mut ages: Vec<(u64, FileKey)> = self
            .texts
            .iter()
            .map(|(key, entry)| (entry.used, *key))
            .collect();
        ages.sort_unstable();
        for (_, key) in ages {
            if self.bytes <= MAX_BYTES / 2 {
                break;
            }
            if let Some(entry) = self.texts.remove(&key) {
                self.bytes -= entry.source.text.len();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;
    use std::time::{Duration, SystemTime};

    /// A file that was written long ago, for all that its metadata tell; a change of status cannot be dated back, so `keep`
    /// is called directly where that matters.
    fn file(directory: &Path, name: &str, text: &str) -> PathBuf {
        let path = directory.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    fn keep(texts: &Texts, key: FileKey, path: &Path) -> SourceText {
        let text = std::fs::read_to_string(path).unwrap();
        let content = ContentHash::of(text.as_bytes());
        let source = SourceText::new(text.into());
        texts.keep(key, content, Seen::of(path).unwrap(), source.clone());
        source
    }

    #[test]
    fn a_kept_text_is_given_out_until_the_file_changes_even_with_the_old_time_and_size() {
        let directory = tempfile::tempdir().unwrap();
        let path = file(directory.path(), "a.rs", "fn one() {}\n");
        let texts = Texts::default();
        let key = FileKey(1);
        let kept = keep(&texts, key, &path);
        let content = ContentHash::of(b"fn one() {}\n");
        let again = texts.get(key, content, &path).unwrap();
        assert!(
            Arc::ptr_eq(&again.text, &kept.text),
            "read again without a change"
        );
        assert!(
            texts.get(key, ContentHash::of(b"other"), &path).is_none(),
            "a text that is not the indexed one"
        );

        let modified = std::fs::metadata(&path).unwrap().modified().unwrap();
        std::thread::sleep(Duration::from_millis(20));
        std::fs::write(&path, "fn two() {}\n").unwrap();
        let handle = std::fs::File::options().write(true).open(&path).unwrap();
        handle.set_modified(modified).unwrap();
        assert_eq!(
            FileStamp::read(&path).unwrap().modified_ns,
            kept_stamp(&texts, key)
        );
        if cfg!(unix) {
            assert!(texts.get(key, content, &path).is_none(), "stale");
        }
        std::fs::remove_file(&path).unwrap();
        assert!(texts.get(key, content, &path).is_none(), "gone");
    }

    fn kept_stamp(texts: &Texts, key: FileKey) -> u64 {
        texts.0.lock().unwrap().texts[&key].seen.stamp.modified_ns
    }

    #[test]
    fn what_was_just_written_is_not_kept() {
        let directory = tempfile::tempdir().unwrap();
        let path = file(directory.path(), "a.rs", "fn one() {}\n");
        let handle = std::fs::File::options().write(true).open(&path).unwrap();
        let past = SystemTime::now() - Duration::from_hours(1);
        handle.set_modified(past).unwrap();
        let texts = Texts::default();
        let content = ContentHash::of(b"fn one() {}\n");
        assert!(texts.get(FileKey(1), content, &path).is_some());
        // Its status changed a moment ago, whatever the time of its content says.
        assert_eq!(texts.0.lock().unwrap().texts.is_empty(), cfg!(unix));
    }

    #[test]
    fn memory_is_bounded_and_the_oldest_go_first() {
        let directory = tempfile::tempdir().unwrap();
        let text = "x".repeat(MAX_TEXT);
        let path = file(directory.path(), "a.rs", &text);
        let texts = Texts::default();
        for key in 0..20 {
            keep(&texts, FileKey(key), &path);
            let content = ContentHash::of(text.as_bytes());
            assert!(texts.get(FileKey(0), content, &path).is_some());
            let kept = texts.0.lock().unwrap();
            let bytes: usize = kept
                .texts
                .values()
                .map(|entry| entry.source.text.len())
                .sum();
            assert_eq!(kept.bytes, bytes);
            assert!(bytes <= MAX_BYTES, "{bytes}");
        }
        let kept = texts.0.lock().unwrap();
        assert!(kept.texts.contains_key(&FileKey(19)));
        assert!(kept.texts.contains_key(&FileKey(0)), "used all the time");
        assert!(!kept.texts.contains_key(&FileKey(1)));
    }
}
