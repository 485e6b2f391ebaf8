//! Worktrees and clones of one repository begin with each other's index: what they share is not made again, and neither sees anything
//! of the other afterwards.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use support::{
    LIMIT, RETRY, SOURCES, Workspace, answers, difference, equals_fresh, fresh_answers, options,
};
use symseek_engine::{Engine, StoreMode};

const ADDRESS: &str = "[remote \"origin\"]\n\turl = git@example.org:team/courier.git\n";

/// A clone in a folder of its own, with the same cache.
struct Clone {
    root: tempfile::TempDir,
}

impl Clone {
    fn new<'a>(texts: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let clone = Self {
            root: tempfile::tempdir().unwrap(),
        };
        clone.write(".git/config", ADDRESS);
        for (path, text) in texts {
            clone.write(path, text);
        }
        clone
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn open(&self, cache: &Path) -> Engine {
        let engine = Engine::open(&[self.root.path().to_path_buf()], options(cache)).unwrap();
        assert!(engine.wait_ready(LIMIT), "not ready: {:?}", engine.status());
        let folder = &engine.status().folders[0];
        assert_eq!(
            (folder.store, &*folder.problems),
            (StoreMode::Writer, &[] as &[String])
        );
        engine
    }
}

/// Stored files of all indexes that more than one index has.
fn shared(cache: &Path) -> Vec<PathBuf> {
    let mut shared = Vec::new();
    for entry in walk(cache) {
        if std::fs::metadata(&entry).unwrap().nlink() > 1 {
            shared.push(entry);
        }
    }
    shared
}

fn walk(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap().flatten() {
        if entry.file_type().unwrap().is_dir() {
            files.extend(walk(&entry.path()));
        } else {
            files.push(entry.path());
        }
    }
    files
}

fn bytes(cache: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = walk(cache).into_iter();
    files
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .collect()
}

#[derive(Debug, Clone, Copy)]
enum Fate {
    Same,
    Other,
    Gone,
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_clone_equals_fresh_and_leaves_the_first_alone(
        fates in prop::collection::vec(prop::sample::select(vec![Fate::Same, Fate::Same, Fate::Other, Fate::Gone]), SOURCES.len()),
        is_open in any::<bool>(),
        has_more in any::<bool>(),
    ) {
        let cache = tempfile::tempdir().unwrap();
        let first = Clone::new(SOURCES);
        let mut engine = Some(first.open(cache.path()));
        if !is_open {
            engine = None;
        }
        let mut texts: BTreeMap<&str, String> = BTreeMap::new();
        for ((path, text), fate) in SOURCES.iter().zip(&fates) {
            match fate {
                Fate::Same => drop(texts.insert(path, (*text).to_owned())),
                Fate::Other => drop(texts.insert(path, format!("{text}\nfresh_marker\n"))),
                Fate::Gone => {}
            }
        }
        if has_more {
            texts.insert("more/retry.rs", RETRY.to_owned());
        }
        let texts: Vec<(&str, &str)> = texts.iter().map(|(path, text)| (*path, text.as_str())).collect();
        let second = Clone::new(texts.iter().copied());
        let opened = second.open(cache.path());
        prop_assert_eq!(difference(&answers(&opened), &fresh_answers(texts.iter().copied())), None);
        drop(opened);
        // Each went its own way; neither lost anything.
        let again = second.open(cache.path());
        prop_assert_eq!(difference(&answers(&again), &fresh_answers(texts.iter().copied())), None);
        let engine = engine.unwrap_or_else(|| first.open(cache.path()));
        prop_assert_eq!(difference(&answers(&engine), &fresh_answers(SOURCES)), None);
        first.write("src/late.rs", "pub fn fresh_marker() {}\n");
        let mut late = SOURCES.to_vec();
        late.push(("src/late.rs", "pub fn fresh_marker() {}\n"));
        equals_fresh(&engine, late);
        prop_assert_eq!(difference(&answers(&again), &fresh_answers(texts.iter().copied())), None);
    }
}

#[test]
fn what_is_shared_is_stored_once_and_outlives_the_first() {
    let cache = tempfile::tempdir().unwrap();
    let first = Clone::new(SOURCES);
    drop(first.open(cache.path()));
    assert!(shared(cache.path()).is_empty());
    let before = bytes(cache.path());
    let second = Clone::new(SOURCES);
    drop(second.open(cache.path()));
    let shared = shared(cache.path());
    for part in ["facts-0.part", "rows-0.part", "graph-0.part"] {
        let n = shared.iter().filter(|it| it.ends_with(part)).count();
        assert_eq!(n, 2, "{shared:?}");
    }
    let after = bytes(cache.path());
    for (path, content) in &before {
        assert!(
            path.ends_with("writer.lock") || after.get(path) == Some(content),
            "{} was modified",
            path.display()
        );
    }
    let of_first = before
        .keys()
        .next()
        .unwrap()
        .strip_prefix(cache.path())
        .unwrap();
    let of_first = cache.path().join(of_first.iter().next().unwrap());
    std::fs::remove_dir_all(of_first).unwrap();
    let engine = second.open(cache.path());
    assert_eq!(difference(&answers(&engine), &fresh_answers(SOURCES)), None);
}

#[test]
fn worktrees_are_kindred_and_strangers_are_not() {
    let cache = tempfile::tempdir().unwrap();
    let first = Clone::new(SOURCES);
    first.write(".git/config", "[core]\n");
    drop(first.open(cache.path()));
    // The same files, and nothing that says that they are of the same repository.
    for config in ["[core]\n", "[remote \"origin\"]\n\turl = elsewhere\n"] {
        let stranger = Clone::new(SOURCES);
        stranger.write(".git/config", config);
        drop(stranger.open(cache.path()));
        assert!(shared(cache.path()).is_empty());
    }
    let plain = Workspace::new();
    drop(plain.open_with(|options| options.cache_dir = Some(cache.path().to_path_buf())));
    assert!(shared(cache.path()).is_empty());
    // A worktree: `.git` is a file.
    let worktree = Clone::new(SOURCES);
    std::fs::remove_dir_all(worktree.root.path().join(".git")).unwrap();
    let git = first.root.path().join(".git/worktrees/one");
    std::fs::create_dir_all(&git).unwrap();
    std::fs::write(git.join("commondir"), "../..\n").unwrap();
    worktree.write(".git", &format!("gitdir: {}\n", git.display()));
    drop(worktree.open(cache.path()));
    assert!(!shared(cache.path()).is_empty());
}

#[test]
fn damage_in_the_first_is_mended_in_the_second_and_a_killed_beginning_harms_neither() {
    let cache = tempfile::tempdir().unwrap();
    let first = Clone::new(SOURCES);
    drop(first.open(cache.path()));
    let facts = |cache: &Path| {
        let files = walk(cache).into_iter();
        files
            .filter(|it| it.ends_with("facts-0.part"))
            .collect::<Vec<_>>()
    };
    let of_first = facts(cache.path()).remove(0);
    let whole = std::fs::read(&of_first).unwrap();
    // Killed after the first link: no manifest, and a file that is the first's, too.
    let second = Clone::new(SOURCES);
    drop(second.open(cache.path()));
    let of_second = facts(cache.path())
        .into_iter()
        .find(|it| *it != of_first)
        .unwrap();
    std::fs::remove_file(of_second.with_file_name("manifest.json")).unwrap();
    let engine = second.open(cache.path());
    assert_eq!(difference(&answers(&engine), &fresh_answers(SOURCES)), None);
    drop(engine);
    assert_eq!(std::fs::read(&of_first).unwrap(), whole);
    // A bit that fell over: replaced, not written, so that the link of the second stays whole.
    let mut damaged = whole.clone();
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    std::fs::remove_file(&of_first).unwrap();
    std::fs::write(&of_first, damaged).unwrap();
    let third = Clone::new(SOURCES);
    let third_engine =
        Engine::open(&[third.root.path().to_path_buf()], options(cache.path())).unwrap();
    assert!(third_engine.wait_ready(LIMIT));
    assert_eq!(
        difference(&answers(&third_engine), &fresh_answers(SOURCES)),
        None
    );
}
