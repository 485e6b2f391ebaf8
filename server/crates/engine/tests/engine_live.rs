//! Read your writes, the disk followed, bad files, bad vectors, folders.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use support::{
    LIMIT, RETRY, SOURCES, Workspace, defines, equals_fresh, eventually, open, options, retype,
    settle_commits, submit,
};
use symseek_base::{BadVector, Cancel, Edit, Embedding};
use symseek_embed::{DocumentText, EmbedError, Embedder, ModelId};
use symseek_engine::{Change, Engine, Progress};
use symseek_search::{SearchMode, SearchRequest};

const MARKER: &str = "pub fn fresh_marker() {}\n";

fn marker(name: &str) -> String {
    format!("pub fn {name}() -> u32 {{\n    42\n}}\n")
}

#[test]
fn an_edit_answers_the_next_query_and_a_close_returns_to_the_disk() {
    let workspace = Workspace::new();
    let engine = workspace.open();
    let path = workspace.path("src/retry.rs");
    open(&engine, &path, RETRY);
    let edited = format!("{RETRY}{MARKER}");
    let edits = vec![Edit::replace(RETRY, RETRY.len(), RETRY.len(), MARKER)];
    submit(
        &engine,
        Change::Edit {
            path: path.clone(),
            version: 2,
            edits,
            text: edited.as_str().into(),
        },
    );
    assert_eq!(defines(&engine, "fresh_marker"), ["src/retry.rs"]);
    submit(&engine, Change::Close { path: path.clone() });
    assert!(defines(&engine, "fresh_marker").is_empty());
    assert_eq!(engine.status().open_documents, 0);

    // Saved, it moves to the base and stays after the close.
    open(&engine, &path, &edited);
    workspace.write("src/retry.rs", &edited);
    submit(&engine, Change::Save { path: path.clone() });
    settle_commits(&engine);
    submit(&engine, Change::Close { path: path.clone() });
    assert_eq!(defines(&engine, "fresh_marker"), ["src/retry.rs"]);
    assert_eq!(&*engine.text(&path).unwrap(), edited);
    let in_memory = || {
        engine
            .view()
            .snapshots()
            .iter()
            .map(|snapshot| snapshot.memory().len())
            .sum::<usize>()
    };
    eventually("committed", in_memory, |n| *n == 0);
    assert_eq!(defines(&engine, "fresh_marker"), ["src/retry.rs"]);
}

#[test]
fn ten_thousand_edits_in_a_burst_end_in_the_right_state() {
    let workspace = Workspace::new();
    let engine = workspace.open();
    let path = workspace.path("src/retry.rs");
    open(&engine, &path, RETRY);
    let mut text = RETRY.to_owned();
    let started = Instant::now();
    let mut revision = engine.published();
    for at in 0..10_000 {
        let inserted = if at == 7 { MARKER } else { "// x\n" };
        let edits = vec![Edit::replace(
            &text,
            0,
            if at % 2 == 1 && at > 8 { 5 } else { 0 },
            inserted,
        )];
        text.replace_range(0..edits[0].old_end as usize, inserted);
        revision = engine.submit(Change::Edit {
            path: path.clone(),
            version: at,
            edits,
            text: text.as_str().into(),
        });
    }
    assert!(engine.wait_for(revision, LIMIT));
    assert!(
        started.elapsed() < Duration::from_secs(20),
        "{:?}",
        started.elapsed()
    );
    assert_eq!(&*engine.text(&path).unwrap(), text);
    assert_eq!(defines(&engine, "fresh_marker"), ["src/retry.rs"]);
    let texts = SOURCES.map(|(path, old)| {
        (
            path,
            if path == "src/retry.rs" {
                text.as_str()
            } else {
                old
            },
        )
    });
    equals_fresh(&engine, texts);
}

#[test]
fn documents_without_a_folder_or_a_file_are_searchable() {
    let workspace = Workspace::new();
    let engine = workspace.open();
    let untitled = PathBuf::from("untitled:Untitled-1");
    let change = |language: &str, text: &str| Change::Open {
        path: untitled.clone(),
        language_id: language.to_owned(),
        version: 1,
        text: text.into(),
    };
    submit(&engine, change("rust", MARKER));
    assert_eq!(defines(&engine, "fresh_marker"), ["untitled:Untitled-1"]);
    assert_eq!(&*engine.text(&untitled).unwrap(), MARKER);
    let outside = Path::new("/somewhere/else/outside.rs");
    open(&engine, outside, &marker("outside_of_everything"));
    let hit = support::search(&engine, "outside_of_everything")
        .hits
        .remove(0);
    assert_eq!(
        (hit.path.as_path(), hit.name.as_str()),
        (outside, "outside_of_everything")
    );
    assert_eq!(
        &*engine.text(outside).unwrap(),
        marker("outside_of_everything")
    );
    submit(&engine, Change::Close { path: untitled });
    submit(
        &engine,
        Change::Close {
            path: outside.to_path_buf(),
        },
    );
    assert!(defines(&engine, "fresh_marker").is_empty());
    assert!(defines(&engine, "outside_of_everything").is_empty());
    // Edits and closes of what is not open change nothing.
    retype(&engine, Path::new("/never/opened.rs"), MARKER);
    submit(
        &engine,
        Change::Close {
            path: "/never/opened.rs".into(),
        },
    );
    submit(
        &engine,
        Change::Save {
            path: "untitled:never".into(),
        },
    );
    equals_fresh(&engine, SOURCES);
}

#[test]
fn the_disk_is_followed() {
    let workspace = Workspace::new();
    let engine = workspace.open();
    let follows = |what: &str, name: &str, paths: &[&str]| {
        eventually(what, || defines(&engine, name), |found| found[..] == *paths);
    };
    workspace.write("src/deep/er/new.rs", MARKER);
    follows(
        "a new file in a new directory",
        "fresh_marker",
        &["src/deep/er/new.rs"],
    );
    workspace.write("src/deep/er/new.rs", marker("changed_marker"));
    follows("a changed file", "changed_marker", &["src/deep/er/new.rs"]);
    follows("its old text", "fresh_marker", &[]);
    std::fs::rename(workspace.path("src/deep"), workspace.path("src/moved")).unwrap();
    follows(
        "a renamed directory",
        "changed_marker",
        &["src/moved/er/new.rs"],
    );
    // The old name comes back as another directory, and is followed again.
    std::fs::create_dir_all(workspace.path("src/deep/er")).unwrap();
    std::thread::sleep(Duration::from_millis(250));
    workspace.write("src/deep/er/again.rs", MARKER);
    follows(
        "a directory that came back",
        "fresh_marker",
        &["src/deep/er/again.rs"],
    );
    settle_commits(&engine);
    workspace.write("src/moved/er/more.rs", marker("more_marker"));
    follows(
        "a new file in the renamed directory",
        "more_marker",
        &["src/moved/er/more.rs"],
    );
    std::fs::remove_dir_all(workspace.path("src/moved")).unwrap();
    follows("a removed directory", "changed_marker", &[]);
    follows("a removed directory", "more_marker", &[]);
    // A file older than the one it replaces.
    workspace.write("old.rs", marker("older_marker"));
    let times = std::fs::FileTimes::new()
        .set_modified(std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000));
    std::fs::File::options()
        .write(true)
        .open(workspace.path("old.rs"))
        .unwrap()
        .set_times(times)
        .unwrap();
    workspace.write("now.rs", marker("newer_marker"));
    follows("before", "newer_marker", &["now.rs"]);
    std::fs::rename(workspace.path("old.rs"), workspace.path("now.rs")).unwrap();
    follows("replaced by an older one", "older_marker", &["now.rs"]);
    follows("replaced by an older one", "newer_marker", &[]);
}

#[test]
fn ignore_rules_are_followed_as_they_change() {
    let workspace = Workspace::new();
    workspace.write(".gitignore", "generated/\n");
    workspace.write("generated/a.rs", MARKER);
    let engine = workspace.open();
    assert!(defines(&engine, "fresh_marker").is_empty());
    workspace.write("generated/b.rs", MARKER);
    workspace.write(".gitignore", "*.py\n");
    let both = ["generated/a.rs", "generated/b.rs"];
    eventually(
        "no longer ignored",
        || defines(&engine, "fresh_marker").len(),
        |n| *n == both.len(),
    );
    eventually(
        "now ignored",
        || defines(&engine, "validate_config"),
        Vec::is_empty,
    );
    std::fs::remove_file(workspace.path(".gitignore")).unwrap();
    eventually(
        "no rules",
        || defines(&engine, "validate_config"),
        |found| !found.is_empty(),
    );
    workspace.write("generated/c.rs", marker("followed_too"));
    eventually(
        "newly watched",
        || defines(&engine, "followed_too"),
        |found| !found.is_empty(),
    );
}

#[test]
fn settings_take_effect_and_answers_are_incomplete_until_then() {
    let workspace = Workspace::new();
    workspace.write("gen.rs", format!("// @generated by a tool\n{MARKER}"));
    let engine = workspace.open();
    workspace.write("late.rs", marker("late_marker"));
    eventually(
        "late",
        || defines(&engine, "late_marker"),
        |found| !found.is_empty(),
    );
    let mut settings = symseek_engine::Settings {
        exclude: vec!["*.py".into(), "late.rs".into()],
        ..Default::default()
    };
    let configure = |settings: &symseek_engine::Settings| {
        submit(&engine, Change::Configure(settings.clone()));
        assert!(engine.wait_ready(LIMIT));
    };
    configure(&settings);
    for name in ["validate_config", "late_marker"] {
        assert!(defines(&engine, name).is_empty(), "{name}");
    }
    // Back before and after the exclusion was committed.
    for wait in [false, true] {
        settings.exclude.clear();
        configure(&settings);
        settle_commits(&engine);
        submit(&engine, Change::Rescan);
        assert!(engine.wait_ready(LIMIT));
        for name in ["validate_config", "late_marker"] {
            assert_eq!(defines(&engine, name).len(), 1, "{name}");
        }
        settings.exclude = vec!["*.py".into(), "late.rs".into()];
        configure(&settings);
        if wait {
            settle_commits(&engine);
        }
    }
    settings.exclude.clear();
    settings.include_generated = false;
    configure(&settings);
    assert!(defines(&engine, "fresh_marker").is_empty());
    assert_eq!(
        engine.status().folders[0].skipped["generated"].paths,
        ["gen.rs"]
    );
    settings.include_generated = true;
    settings.max_file_size = 300;
    configure(&settings);
    assert_eq!(defines(&engine, "fresh_marker"), ["gen.rs"]);
    assert!(defines(&engine, "backoff_delay").is_empty());
    settings.max_file_size = 1_000_000;
    configure(&settings);
    assert_eq!(defines(&engine, "backoff_delay"), ["src/retry.rs"]);
    // A scan that was asked for makes answers incomplete before it starts.
    for change in [Change::Rescan, Change::Reindex] {
        submit(&engine, change);
        assert!(engine.wait_ready(LIMIT));
        assert!(support::search(&engine, "backoff").complete);
        assert_eq!(defines(&engine, "backoff_delay"), ["src/retry.rs"]);
    }
}

#[test]
fn a_branch_switch_is_one_batch() {
    let workspace = Workspace::new();
    let engine = workspace.open();
    let generation = || {
        engine
            .view()
            .snapshots()
            .iter()
            .map(|snapshot| snapshot.base().generation())
            .max()
    };
    let before = generation().unwrap();
    let text = |at: usize| marker(&format!("branch_item_{at}"));
    for at in 0..600 {
        workspace.write(&format!("crate_{}/src/file_{at}.rs", at % 20), text(at));
    }
    eventually("new files", || engine.status().files, |n| *n == 604);
    assert_eq!(
        defines(&engine, "branch_item_599"),
        ["crate_19/src/file_599.rs"]
    );
    for at in 0..20 {
        std::fs::remove_dir_all(workspace.path(&format!("crate_{at}"))).unwrap();
    }
    eventually(
        "removed files",
        || {
            let view = engine.view();
            let left = view.files().map(|(base, key, file)| {
                (base, key, file.path().to_string(), file.facts().is_some())
            });
            left.collect::<Vec<_>>()
        },
        |left| left.len() == 4,
    );
    let n_commits = generation().unwrap() - before;
    assert!(n_commits <= 12, "{n_commits} commits");
    equals_fresh(&engine, SOURCES);
}

#[test]
fn a_folder_that_vanishes_and_returns() {
    let workspace = Workspace::new();
    let engine = workspace.open();
    let aside = workspace.cache.path().join("aside");
    std::fs::rename(workspace.root.path(), &aside).unwrap();
    eventually("vanished", || engine.status().files, |n| *n == 0);
    assert!(
        engine.status().folders[0]
            .problems
            .iter()
            .any(|problem| problem.contains("gone"))
    );
    std::fs::rename(&aside, workspace.root.path()).unwrap();
    eventually("returned", || engine.status().files, |n| *n == 4);
    workspace.write("src/new.rs", MARKER);
    eventually(
        "followed again",
        || defines(&engine, "fresh_marker"),
        |found| !found.is_empty(),
    );
}

#[test]
fn bad_files_are_indexed_or_skipped_with_a_reason() {
    let workspace = Workspace::new();
    workspace.write("program.rs", b"ELF\0\x01\x02 fn binary_marker() {}");
    workspace.write(
        "min.js",
        format!("var a={{}};{}\n", "a.b=function(){return 1};".repeat(800)),
    );
    workspace.write("empty.rs", "");
    workspace.write("blank.py", " \n\t\n");
    workspace.write("latin.rs", b"// caf\xe9\npub fn latin_marker() {}\n");
    let utf16: Vec<u8> = "\u{feff}pub fn wide_marker() {}\r\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    workspace.write("wide.rs", utf16);
    workspace.write(
        "with space/na\u{ef}ve \u{65e5}\u{672c}.rs",
        marker("spaced_marker"),
    );
    workspace.write(
        "nested.rs",
        format!(
            "pub fn nested_marker() {{\n{}{}\n}}\n",
            "{\n".repeat(10_000),
            "}\n".repeat(10_000)
        ),
    );
    workspace.write(
        "nested.py",
        format!(
            "def nested_python():\n    return {}1{}\n",
            "(\n".repeat(10_000),
            ")\n".repeat(10_000)
        ),
    );
    std::fs::File::create(workspace.path("huge.rs"))
        .unwrap()
        .set_len(200_000_000)
        .unwrap();
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(workspace.root.path(), workspace.path("loop")).unwrap();
        std::os::unix::fs::symlink("nowhere", workspace.path("dangling.rs")).unwrap();
        std::os::unix::fs::symlink("self.rs", workspace.path("self.rs")).unwrap();
    }
    let check = |engine: &Engine| {
        for name in [
            "latin_marker",
            "wide_marker",
            "spaced_marker",
            "backoff_delay",
        ] {
            assert_eq!(defines(engine, name).len(), 1, "{name}");
        }
        for (name, path) in [
            ("nested_marker", "nested.rs"),
            ("nested_python", "nested.py"),
        ] {
            assert_eq!(
                support::found(engine, name).first().map(String::as_str),
                Some(path)
            );
        }
        assert!(defines(engine, "binary_marker").is_empty());
        let skipped = &engine.status().folders[0].skipped;
        let paths = |why: &str| {
            skipped
                .get(why)
                .map(|files| files.paths.clone())
                .unwrap_or_default()
        };
        assert_eq!(paths("binary"), ["program.rs"], "{skipped:?}");
        assert_eq!(paths("too large"), ["huge.rs"]);
        assert_eq!(paths("minified"), ["min.js"]);
        assert_eq!(paths("empty"), ["blank.py", "empty.rs"]);
    };
    let engine = workspace.open();
    check(&engine);
    // The same through the in-memory layer, committed and read again; and what becomes good answers.
    for name in [
        "program.rs",
        "min.js",
        "empty.rs",
        "blank.py",
        "latin.rs",
        "wide.rs",
        "nested.rs",
        "huge.rs",
        "loop",
        "self.rs",
    ] {
        submit(&engine, Change::DiskChanged(vec![workspace.path(name)]));
    }
    settle_commits(&engine);
    check(&engine);
    drop(engine);
    let engine = workspace.open();
    check(&engine);
    workspace.write("program.rs", marker("binary_marker"));
    workspace.write("src/client.rs", b"\0\0");
    eventually(
        "now a text",
        || defines(&engine, "binary_marker"),
        |found| !found.is_empty(),
    );
    eventually(
        "now binary",
        || defines(&engine, "HttpClient"),
        Vec::is_empty,
    );
    assert_eq!(
        engine.status().folders[0].skipped["binary"].paths,
        ["src/client.rs"]
    );
}

/// Other systems have no such names.
#[cfg(target_os = "linux")]
#[test]
fn files_whose_names_are_not_utf_8_are_counted() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let workspace = Workspace::new();
    let odd = |name: &[u8]| workspace.root.path().join(OsStr::from_bytes(name));
    std::fs::write(odd(b"caf\xe9.rs"), "fn a() {}\n").unwrap();
    let engine = workspace.open();
    let unnamed = || {
        let skipped = engine.status().folders.remove(0).skipped;
        skipped
            .get("name is not UTF-8")
            .map_or(0, |files| files.count)
    };
    assert_eq!(unnamed(), 1);
    assert_eq!(engine.status().files, SOURCES.len());
    std::fs::create_dir(odd(b"\xff")).unwrap();
    std::fs::write(odd(b"\xff/b.rs"), "fn b() {}\n").unwrap();
    eventually("a new one", unnamed, |n| *n == 2);
    std::fs::remove_dir_all(odd(b"\xff")).unwrap();
    std::fs::remove_file(odd(b"caf\xe9.rs")).unwrap();
    eventually("both gone", unnamed, |n| *n == 0);
}

/// Has nothing to say about texts with a certain word, and not a number for others.
struct Picky(Arc<dyn Embedder>);

impl Embedder for Picky {
    fn id(&self) -> &ModelId {
        self.0.id()
    }

    fn embed_document(&self, text: &DocumentText) -> Result<Embedding, EmbedError> {
        let words = format!("{text:?}");
        if words.contains("backoff_delay") {
            return Err(BadVector::Zero.into());
        }
        if words.contains("validate_config") {
            return Ok(Embedding::normalised(vec![f32::NAN; self.dims()])?);
        }
        self.0.embed_document(text)
    }

    fn embed_query(&self, query: &str) -> Result<Embedding, EmbedError> {
        self.0.embed_query(query)
    }
}

#[test]
fn bad_vectors_cost_only_themselves() {
    let workspace = Workspace::new();
    let engine = workspace
        .open_with(|options| options.embedder = Some(Arc::new(Picky(support::embedder()))));
    for name in ["backoff_delay", "validate_config", "HttpClient"] {
        assert_eq!(defines(&engine, name).len(), 1, "{name}");
    }
    let mut request = SearchRequest::new("http client that sends requests and tries again", 50);
    request.mode = SearchMode::Vector;
    let vectors = engine.search(&request, &Cancel::new()).unwrap().hits;
    assert!(
        !vectors.is_empty()
            && vectors
                .iter()
                .all(|hit| hit.name != "backoff_delay" && hit.name != "validate_config")
    );
    let path = workspace.path("src/retry.rs");
    open(&engine, &path, &format!("{RETRY}{MARKER}"));
    assert_eq!(defines(&engine, "fresh_marker"), ["src/retry.rs"]);
    assert_eq!(defines(&engine, "backoff_delay"), ["src/retry.rs"]);
}

#[test]
fn what_occurs_once_is_on_the_first_page_whatever_speaks_against_it() {
    let workspace = Workspace::new();
    for at in 0..40 {
        let text = format!(
            "//! Value of things {at}.\n\n/// The value of a thing: its value.\npub fn value_of_thing_{at}() -> u32 {{\n    {at}\n}}\n"
        );
        workspace.write(&format!("src/value_{at}.rs"), text);
    }
    let filler = "    #[test]\n    fn case() {\n        assert_eq!(1, 1);\n    }\n".repeat(400);
    let rare = "    #[test]\n    fn last_case() {\n        check(FROBNICATE_MASK);\n    }\n";
    workspace.write(
        "vendor/deep/down/tests/long.rs",
        format!("mod tests {{\n{filler}{rare}}}\n"),
    );
    let engine = workspace.open();
    let place = support::found(&engine, "the value of FROBNICATE_MASK")
        .iter()
        .position(|path| path.ends_with("long.rs"));
    assert!(place.is_some_and(|place| place < 10), "{place:?}");
}

#[test]
fn a_file_of_nested_folders_answers_once() {
    let workspace = Workspace::new();
    let inner = workspace.path("src");
    let open_both = |roots: &[PathBuf]| {
        let engine = Engine::open(roots, options(workspace.cache.path())).unwrap();
        assert!(engine.wait_ready(LIMIT));
        engine
    };
    let outer = workspace.root.path().to_path_buf();
    let engine = open_both(&[outer.clone(), inner.clone()]);
    assert_eq!(defines(&engine, "backoff_delay"), ["retry.rs"]);
    assert_eq!(defines(&engine, "validate_config"), ["tools/config.py"]);
    assert_eq!(engine.status().files, 4);
    let path = workspace.path("src/retry.rs");
    open(&engine, &path, &format!("{RETRY}{MARKER}"));
    workspace.write("src/other.rs", marker("other_marker"));
    eventually(
        "followed once",
        || defines(&engine, "other_marker"),
        |found| found[..] == ["other.rs"],
    );
    assert_eq!(defines(&engine, "fresh_marker"), ["retry.rs"]);
    // Without the inner folder its files and documents are the outer one's.
    submit(&engine, Change::RemoveFolder(inner.clone()));
    assert_eq!(defines(&engine, "fresh_marker"), ["src/retry.rs"]);
    eventually(
        "the outer one's",
        || defines(&engine, "other_marker"),
        |found| found[..] == ["src/other.rs"],
    );
    submit(&engine, Change::AddFolder(inner));
    assert!(engine.wait_ready(LIMIT));
    assert_eq!(defines(&engine, "fresh_marker"), ["retry.rs"]);
    eventually(
        "the inner one's",
        || defines(&engine, "other_marker"),
        |found| found[..] == ["other.rs"],
    );
    submit(&engine, Change::RemoveFolder(outer));
    assert!(defines(&engine, "validate_config").is_empty());
    assert_eq!(defines(&engine, "fresh_marker"), ["retry.rs"]);
}

#[test]
fn a_cancelled_scan_is_not_complete_until_the_next_one() {
    let workspace = Workspace::new();
    let mut opened = options(workspace.cache.path());
    opened.progress = Some(Arc::new({
        let first = std::sync::atomic::AtomicBool::new(true);
        move |progress| {
            if let Progress::Begin { cancel, .. } = progress
                && first.swap(false, std::sync::atomic::Ordering::Relaxed)
            {
                cancel.cancel();
            }
        }
    }));
    let engine = Engine::open(&[workspace.root.path().to_path_buf()], opened).unwrap();
    eventually(
        "stopped",
        || engine.status().state,
        |state| *state == "stopped",
    );
    assert!(!support::search(&engine, "backoff").complete);
    submit(&engine, Change::Rescan);
    assert!(engine.wait_ready(LIMIT));
    equals_fresh(&engine, SOURCES);
}

#[test]
fn an_open_document_that_is_too_large_is_left_out_and_said_so() {
    let workspace = Workspace::new();
    let engine = workspace.open_with(|options| options.settings.max_file_size = 1_000);
    let path = workspace.path("src/retry.rs");
    let small = marker("small_marker");
    let large = marker("large_marker").repeat(50);
    open(&engine, &path, &large);
    assert!(defines(&engine, "large_marker").is_empty());
    // Nor does the stored version answer in its place.
    assert!(defines(&engine, "RetryPolicy").is_empty());
    let skipped = |engine: &Engine| engine.status().folders[0].skipped.clone();
    assert_eq!(skipped(&engine)["too large"].paths, ["src/retry.rs"]);
    // Typing in it changes nothing, until it is small enough.
    retype(&engine, &path, &(large.clone() + &small));
    assert!(defines(&engine, "small_marker").is_empty());
    retype(&engine, &path, &small);
    assert_eq!(defines(&engine, "small_marker"), ["src/retry.rs"]);
    assert!(!skipped(&engine).contains_key("too large"));
    let edits = vec![Edit::replace(&small, 0, 0, &large)];
    let text = large.clone() + &small;
    let version = 3;
    submit(
        &engine,
        Change::Edit {
            path: path.clone(),
            version,
            edits,
            text: text.as_str().into(),
        },
    );
    assert!(defines(&engine, "small_marker").is_empty());
    // A larger limit lets it in.
    let settings = symseek_engine::Settings {
        max_file_size: 100_000,
        ..symseek_engine::Settings::default()
    };
    submit(&engine, Change::Configure(settings));
    assert_eq!(defines(&engine, "small_marker"), ["src/retry.rs"]);
    submit(&engine, Change::Close { path });
    assert_eq!(defines(&engine, "RetryPolicy"), ["src/retry.rs"]);
}

#[test]
fn a_folder_that_came_back_is_no_problem_any_more() {
    let workspace = Workspace::new();
    let engine = workspace.open();
    let problems = || engine.status().folders[0].problems.clone();
    let away = workspace.root.path().with_extension("away");
    std::fs::rename(workspace.root.path(), &away).unwrap();
    eventually("it is missed", problems, |problems| !problems.is_empty());
    std::fs::rename(&away, workspace.root.path()).unwrap();
    eventually("it is back", problems, Vec::is_empty);
    assert!(engine.wait_ready(LIMIT));
    assert_eq!(defines(&engine, "RetryPolicy"), ["src/retry.rs"]);
}

#[test]
fn nothing_is_complete_while_many_changed_files_wait() {
    let workspace = Workspace::new();
    let names: Vec<String> = (0..300).map(|n| format!("src/many_{n}.rs")).collect();
    for name in &names {
        workspace.write(name, marker("before_marker"));
    }
    let engine = workspace.open_with(|options| options.settings.watch = false);
    for round in 0..3 {
        let after = format!("after_{round}");
        for name in &names {
            workspace.write(name, marker(&after));
        }
        let paths: Vec<PathBuf> = names.iter().map(|name| workspace.path(name)).collect();
        submit(&engine, Change::DiskChanged(paths));
        assert!(engine.wait_ready(LIMIT));
        let is_after = |name: &String| {
            let text = engine.text(&workspace.path(name));
            text.is_some_and(|text| text.contains(&after))
        };
        assert!(names.iter().all(is_after));
    }
}

#[test]
fn what_lies_near_the_edited_files_wins_among_equals_only() {
    let workspace = Workspace::empty();
    // Names of folders count in what is asked for, these by less than nearness does.
    for folder in ["m", "n", "o"] {
        workspace.write(
            &format!("{folder}/pool.rs"),
            "/// Hands out a free connection.\npub fn lend_connection() -> u32 {\n    7\n}\n",
        );
    }
    workspace.write(
        "m/socket.rs",
        "/// Opens a socket to the server.\npub fn open_socket() {}\n",
    );
    let engine = workspace.open();
    let first = |query: &str, near: &[&str]| {
        let request = SearchRequest {
            near: near.iter().map(|path| workspace.path(path)).collect(),
            ..SearchRequest::new(query, 5)
        };
        let found = engine.search(&request, &Cancel::new()).unwrap();
        let hit = &found.hits[0];
        let is_near = hit.why.iter().any(|why| why.leg == "near");
        (hit.relative.clone(), is_near)
    };
    let of = |path: &str, is_near| (path.to_owned(), is_near);
    for query in ["hand out a free connection", "lend_connection"] {
        assert!(!first(query, &[]).1, "{query}");
        for (folder, other) in [("m", "n"), ("n", "o"), ("o", "m")] {
            let near = of(&format!("{folder}/pool.rs"), true);
            assert_eq!(first(query, &[&near.0]), near, "{query}");
            let beside = format!("{folder}/x.rs");
            assert_eq!(first(query, &[&beside]), near, "{query}");
            // The last one that was edited counts most.
            let before = format!("{other}/x.rs");
            assert_eq!(first(query, &[&beside, &before]), near, "{query}");
        }
    }
    for query in ["open a socket to the server", "open_socket"] {
        assert_eq!(first(query, &["n/pool.rs"]), of("m/socket.rs", false));
    }
}
