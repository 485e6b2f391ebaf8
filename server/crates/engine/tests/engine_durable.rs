//! The stored index: killed processes, damaged parts, other processes, unusable directories.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use support::{
    LIMIT, SOURCES, Workspace, answers, difference, equals_fresh, eventually, fresh_answers, open,
    options, search, settle_commits, store, submit,
};
use symseek_engine::{Change, Engine, Progress, StoreMode};

/// `(path, text)` of a tree that takes a while to index.
fn tree() -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = SOURCES
        .iter()
        .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
        .collect();
    for at in 0..60 {
        let text = SOURCES[at % 3]
            .1
            .replace("delay", &format!("delay_{at}"))
            .replace("config", &format!("config_{at}"));
        files.push((
            format!(
                "part_{}/{}",
                at % 7,
                SOURCES[at % 3].0.replace('/', &format!("_{at}_"))
            ),
            text,
        ));
    }
    files
}

/// Not a test by itself: what `a_killed_process_...` starts and kills.
#[test]
fn child() {
    let Some(place) = std::env::var_os("SYMSEEK_TEST_CHILD") else {
        return;
    };
    let place = place.into_string().unwrap();
    let (root, cache) = place.split_once('|').unwrap();
    let engine = Engine::open(&[root.into()], options(Path::new(cache))).unwrap();
    engine.wait_ready(LIMIT);
    for round in 0.. {
        let path = Path::new(root).join(format!("part_{}/extra.rs", round % 5));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(
            &path,
            format!("/// Written in round {round}.\npub fn fresh_marker() -> u32 {{ {round} }}\n"),
        )
        .unwrap();
        engine.submit(Change::DiskChanged(vec![path]));
        if round % 3 == 2 {
            engine.submit(Change::Reindex);
        }
        settle_commits(&engine);
        std::thread::sleep(Duration::from_millis(3));
    }
}

fn texts_of(root: &Path) -> Vec<(String, String)> {
    fn walk(root: &Path, at: &Path, into: &mut Vec<(String, String)>) {
        for entry in std::fs::read_dir(at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(root, &path, into);
            } else {
                let relative = path
                    .strip_prefix(root)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                into.push((relative, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let mut texts = Vec::new();
    walk(root, root, &mut texts);
    texts
}

fn pairs(texts: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> {
    texts
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
}

#[test]
fn a_killed_process_leaves_an_index_that_answers_like_a_fresh_one() {
    let workspace = Workspace::empty();
    for (path, text) in tree() {
        workspace.write(&path, text);
    }
    let place = format!(
        "{}|{}",
        workspace.root.path().display(),
        workspace.cache.path().display()
    );
    for round in 0..10u64 {
        let mut child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child"])
            .env("SYMSEEK_TEST_CHILD", &place)
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(40 + round * 977 % 600));
        child.kill().unwrap();
        child.wait().unwrap();
        let engine = workspace.open_with(|options| options.settings.watch = false);
        if round % 3 == 2 {
            let texts = texts_of(workspace.root.path());
            equals_fresh(&engine, pairs(&texts));
        }
    }
}

/// How many files a start indexes.
fn totals(workspace: &Workspace) -> (Engine, usize) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&seen);
    let engine = workspace.open_with(|options| {
        options.progress = Some(Arc::new(move |progress| {
            if let Progress::Begin { total, .. } = progress {
                sink.lock().push(total);
            }
        }));
    });
    let total = seen.lock().iter().sum();
    (engine, total)
}

#[test]
fn a_clean_index_opens_without_indexing() {
    let workspace = Workspace::new();
    workspace.write("logo.bin", b"\0\x01\x02");
    let (engine, total) = totals(&workspace);
    assert_eq!(total, 5);
    // Through the in-memory layer: a changed file, a skipped one, and one that was only touched.
    workspace.write("src/new.rs", "pub fn fresh_marker() {}\n");
    workspace.write("icon.bin", b"\0\x03");
    workspace.write("README.md", support::README);
    let paths = ["src/new.rs", "icon.bin", "README.md"].map(|path| workspace.path(path));
    submit(&engine, Change::DiskChanged(paths.into()));
    eventually(
        "followed",
        || {
            engine.status().folders[0]
                .skipped
                .get("binary")
                .map(|files| files.count)
        },
        |n| *n == Some(2),
    );
    let before = answers(&engine);
    drop(engine);
    let (engine, total) = totals(&workspace);
    assert_eq!(total, 0, "{:?}", engine.status());
    assert_eq!(difference(&answers(&engine), &before), None);
    assert_eq!(engine.status().folders[0].skipped["binary"].count, 2);
    assert!(engine.status().folders[0].problems.is_empty());
}

#[test]
fn every_damaged_part_is_repaired() {
    let workspace = Workspace::new();
    drop(workspace.open());
    let index = workspace.index();
    let fresh = fresh_answers(SOURCES);
    for kind in [
        "manifest.json",
        "files-",
        "facts-",
        "rows-",
        "graph-",
        "meta.json",
        ".store",
        ".term",
        ".idx",
        ".fast",
    ] {
        for how in ["cut", "empty", "flip", "gone"] {
            let mut victims: Vec<_> = [index.clone(), index.join("lexical")]
                .iter()
                .flat_map(|dir| std::fs::read_dir(dir).unwrap())
                .map(|entry| entry.unwrap().path())
                .filter(|path| path.is_file())
                .filter(|path| {
                    let name = path.file_name().unwrap().to_str().unwrap();
                    name.starts_with(kind) || name.ends_with(kind)
                })
                .collect();
            victims.sort();
            let Some(victim) = victims.pop() else {
                continue;
            };
            let mut bytes = std::fs::read(&victim).unwrap();
            let middle = bytes.len() / 2;
            match how {
                "cut" => bytes.truncate(middle),
                "empty" => bytes.clear(),
                "flip" => bytes[middle] ^= 0x5a,
                _ => {}
            }
            // Parts are immutable: a new file, as after a crash of the file system, not a write into a mapped one.
            std::fs::remove_file(&victim).unwrap();
            if how != "gone" {
                std::fs::write(&victim, &bytes).unwrap();
            }
            let engine = workspace.open_with(|options| options.settings.watch = false);
            let found = difference(&answers(&engine), &fresh);
            assert_eq!(
                found,
                None,
                "{} {how}: {:?}",
                victim.display(),
                engine.status()
            );
            drop(engine);
        }
    }
}

#[test]
fn a_bit_flipped_in_a_column_is_repaired() {
    let workspace = Workspace::new();
    drop(workspace.open());
    let fresh = fresh_answers(SOURCES);
    let columns = || {
        let files = std::fs::read_dir(workspace.index().join("lexical")).unwrap();
        let mut files: Vec<_> = files
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|end| end == "fast"))
            .collect();
        files.sort();
        files
    };
    let len = std::fs::metadata(&columns()[0]).unwrap().len() as usize;
    let mut n_told = 0;
    for (at, bit) in (0..len)
        .step_by(len / 12)
        .zip([0, 3, 6, 7].into_iter().cycle())
    {
        // Among them may be one that tantivy has merged and not yet removed.
        for victim in columns() {
            let mut bytes = std::fs::read(&victim).unwrap();
            let at = at % bytes.len();
            bytes[at] ^= 1 << bit;
            std::fs::remove_file(&victim).unwrap();
            std::fs::write(&victim, &bytes).unwrap();
        }
        let engine = workspace.open_with(|options| options.settings.watch = false);
        assert_eq!(difference(&answers(&engine), &fresh), None, "{at} {bit}");
        let problems = engine.status().folders[0].problems.join("\n");
        n_told += usize::from(problems.contains("lexical part"));
    }
    // A child of another test that holds the lock for a moment makes a reader of an engine, which repairs nothing.
    assert!(n_told > 6, "{n_told}");
}

/// An engine whose indexer panics in its first `n` scans.
fn panics(workspace: &Workspace, n: usize) -> Engine {
    let left = Arc::new(AtomicUsize::new(n));
    let hook = move |progress| {
        if let Progress::Begin { .. } = progress {
            let less = |left: usize| left.checked_sub(1);
            let panics = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
            assert!(panics.is_err(), "a broken part");
        }
    };
    let mut options = support::options(workspace.cache.path());
    options.progress = Some(Arc::new(hook));
    Engine::open(&[workspace.root.path().to_path_buf()], options).unwrap()
}

#[test]
fn an_indexer_that_panics_starts_again_from_nothing_and_then_in_memory() {
    let workspace = Workspace::new();
    drop(workspace.open());
    for (n, mode) in [(1, StoreMode::Writer), (2, StoreMode::Memory)] {
        let engine = panics(&workspace, n);
        assert!(engine.wait_ready(LIMIT), "{:?}", engine.status());
        assert_eq!(store(&engine), mode);
        equals_fresh(&engine, SOURCES);
        let problems = engine.status().folders[0].problems.join("\n");
        assert!(problems.contains("a broken part"), "{problems}");
        // It goes on like any other.
        workspace.write("src/new.rs", "pub fn fresh_marker() {}\n");
        eventually(
            "the disk is followed",
            || support::defines(&engine, "fresh_marker"),
            |found| !found.is_empty(),
        );
        submit(&engine, Change::Reindex);
        assert!(engine.wait_ready(LIMIT));
        std::fs::remove_file(workspace.path("src/new.rs")).unwrap();
    }
}

#[test]
fn nobody_waits_for_an_indexer_that_ended() {
    let workspace = Workspace::new();
    // Three attempts, and two when it is indexed again.
    let engine = panics(&workspace, 5);
    let started = Instant::now();
    assert!(!engine.wait_ready(LIMIT));
    for change in [Change::Rescan, Change::CatchUp, Change::Reindex] {
        submit(&engine, change);
        assert!(!engine.wait_ready(LIMIT));
    }
    assert!(started.elapsed() < LIMIT);
    let status = engine.status();
    assert_eq!(status.state, "stopped");
    let problems = status.folders[0].problems.join("\n");
    assert!(problems.contains("a broken part"), "{problems}");
    assert!(!search(&engine, "anything").complete);
    // Open documents still answer.
    open(
        &engine,
        &workspace.path("src/own.rs"),
        "pub fn own_marker() {}\n",
    );
    assert_eq!(support::defines(&engine, "own_marker"), ["src/own.rs"]);
}

#[test]
fn an_indexer_that_ended_indexes_again_when_it_is_asked_to() {
    let workspace = Workspace::new();
    let engine = panics(&workspace, 3);
    assert!(!engine.wait_ready(LIMIT));
    workspace.write("src/new.rs", "pub fn fresh_marker() {}\n");
    submit(&engine, Change::Reindex);
    assert!(engine.wait_ready(LIMIT), "{:?}", engine.status());
    assert_eq!(store(&engine), StoreMode::Writer);
    let problems = engine.status().folders[0].problems.join("\n");
    assert!(!problems.contains("a broken part"), "{problems}");
    assert_eq!(support::defines(&engine, "fresh_marker"), ["src/new.rs"]);
    std::fs::remove_file(workspace.path("src/new.rs")).unwrap();
    equals_fresh(&engine, SOURCES);
}

#[test]
fn a_writer_that_panicked_goes_on_and_calls_nothing_complete() {
    let workspace = Workspace::new();
    let engine = {
        let mut options = support::options(workspace.cache.path());
        options.progress = Some(Arc::new(|progress| {
            assert!(!matches!(progress, Progress::End { .. }), "a broken hook");
        }));
        Engine::open(&[workspace.root.path().to_path_buf()], options).unwrap()
    };
    eventually(
        "the panic is told",
        || engine.status().folders[0].problems.join("\n"),
        |problems| problems.contains("a broken hook"),
    );
    assert!(!engine.wait_ready(LIMIT));
    assert!(!search(&engine, "anything").complete);
    open(
        &engine,
        &workspace.path("src/own.rs"),
        "pub fn own_marker() {}\n",
    );
    assert_eq!(support::defines(&engine, "own_marker"), ["src/own.rs"]);
}

#[test]
fn a_damaged_vector_graph_is_reported_and_built_again() {
    let workspace = Workspace::new();
    let open = || {
        workspace.open_with(|options| {
            options.settings.watch = false;
            options.graph_from = 1;
        })
    };
    let graph = || {
        let names = std::fs::read_dir(workspace.index()).unwrap();
        let paths = names.map(|entry| entry.unwrap().path());
        let mut graphs = paths.filter(|path| path.extension().is_some_and(|it| it == "usearch"));
        graphs.next()
    };
    // The manifest names it only when it was adopted.
    let adopted = || {
        let manifest = std::fs::read_to_string(workspace.index().join("manifest.json")).unwrap();
        graph().filter(|path| manifest.contains(path.file_name().unwrap().to_str().unwrap()))
    };
    let fresh = fresh_answers(SOURCES);
    let engine = open();
    eventually("the graph is built", adopted, Option::is_some);
    drop(engine);
    let engine = open();
    assert!(engine.status().folders[0].problems.is_empty());
    drop(engine);
    for how in ["cut", "empty", "flip", "gone"] {
        let victim = adopted().unwrap();
        let mut bytes = std::fs::read(&victim).unwrap();
        let middle = bytes.len() / 2;
        match how {
            "cut" => bytes.truncate(middle),
            "empty" => bytes.clear(),
            "flip" => bytes[middle] ^= 0x5a,
            _ => {}
        }
        std::fs::remove_file(&victim).unwrap();
        if how != "gone" {
            std::fs::write(&victim, &bytes).unwrap();
        }
        let engine = open();
        let problems = engine.status().folders.remove(0).problems;
        assert!(
            problems.iter().any(|it| it.contains("vector graph")),
            "{how}: {problems:?}"
        );
        assert_eq!(difference(&answers(&engine), &fresh), None, "{how}");
        eventually(
            "the graph is built again",
            || adopted().filter(|path| *path != victim),
            Option::is_some,
        );
        drop(engine);
        let engine = open();
        assert!(engine.status().folders[0].problems.is_empty(), "{how}");
    }
}

#[test]
fn without_a_usable_cache_directory_the_index_is_kept_in_memory() {
    let workspace = Workspace::new();
    let file = workspace.cache.path().join("file");
    std::fs::write(&file, "not a directory").unwrap();
    let engine = workspace.open_with(|options| options.cache_dir = Some(file.join("below")));
    assert_eq!(store(&engine), StoreMode::Memory);
    assert!(
        engine.status().folders[0]
            .problems
            .iter()
            .any(|problem| problem.contains("in memory"))
    );
    equals_fresh(&engine, SOURCES);
    std::fs::remove_file(workspace.path("src/retry.rs")).unwrap();
    workspace.write("src/new.rs", "pub fn fresh_marker() {}\n");
    let mut texts: Vec<_> = SOURCES
        .into_iter()
        .filter(|(path, _)| *path != "src/retry.rs")
        .collect();
    texts.push(("src/new.rs", "pub fn fresh_marker() {}\n"));
    equals_fresh(&engine, texts.clone());
    submit(&engine, Change::Rescan);
    assert!(engine.wait_ready(LIMIT));
    equals_fresh(&engine, texts);
}

#[test]
fn a_second_engine_reads_follows_and_takes_over() {
    let workspace = Workspace::new();
    let first = workspace.open();
    // A child of another test holds the lock between its fork and its exec.
    eventually(
        "the first writes",
        || store(&first),
        |mode| *mode == StoreMode::Writer,
    );
    let second = workspace.open_with(|options| options.settings.watch = false);
    assert_eq!(
        (store(&first), store(&second)),
        (StoreMode::Writer, StoreMode::Reader)
    );
    assert_eq!(difference(&answers(&second), &answers(&first)), None);
    // The reader keeps its own documents, and sees what the writer commits.
    let own = workspace.path("src/client.rs");
    open(&second, &own, "pub fn only_in_the_second() {}\n");
    assert_eq!(
        support::defines(&second, "only_in_the_second"),
        ["src/client.rs"]
    );
    workspace.write("src/new.rs", "pub fn fresh_marker() {}\n");
    eventually(
        "the writer follows the disk",
        || support::defines(&first, "fresh_marker"),
        |found| !found.is_empty(),
    );
    settle_commits(&first);
    eventually(
        "the reader follows the writer",
        || support::defines(&second, "fresh_marker"),
        |found| !found.is_empty(),
    );
    drop(first);
    eventually(
        "the reader takes over",
        || store(&second),
        |mode| *mode == StoreMode::Writer,
    );
    submit(&second, Change::Close { path: own });
    assert!(second.wait_ready(LIMIT));
    let mut texts = SOURCES.to_vec();
    texts.push(("src/new.rs", "pub fn fresh_marker() {}\n"));
    equals_fresh(&second, texts);
}
