//! Sessions of one hub: each sees the disk and its own documents, and nobody else's; what one saves all see; folders are opened
//! once and closed when nobody needs them.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use proptest::prelude::*;
use support::{
    CLIENT, CONFIG, LIMIT, RETRY, SOURCES, Workspace, answers, defines, difference, equals_fresh,
    eventually, fresh_answers, open, options, retype, search, submit,
};
use symseek_engine::{Change, Engine, EngineOptions, Hub, Progress, Settings, StoreMode};

fn hub(workspace: &Workspace) -> Arc<Hub> {
    Arc::new(Hub::new(options(workspace.cache.path())))
}

fn session(hub: &Arc<Hub>, workspace: &Workspace) -> Engine {
    session_with(hub, workspace, Settings::default())
}

fn session_with(hub: &Arc<Hub>, workspace: &Workspace, settings: Settings) -> Engine {
    let options = EngineOptions {
        settings,
        ..options(workspace.cache.path())
    };
    let engine = Engine::attach(hub, &[workspace.root.path().to_path_buf()], options).unwrap();
    assert!(engine.wait_ready(LIMIT), "not ready: {:?}", engine.status());
    engine
}

#[test]
fn a_session_answers_as_an_engine_alone() {
    let workspace = Workspace::new();
    let hub = hub(&workspace);
    let (one, two) = (session(&hub, &workspace), session(&hub, &workspace));
    let alone = fresh_answers(SOURCES);
    for session in [&one, &two] {
        assert_eq!(difference(&answers(session), &alone), None);
        assert!(search(session, "backoff delay").complete);
        let status = session.status();
        assert_eq!(
            (status.state, status.files, status.folders[0].store),
            ("ready", SOURCES.len(), StoreMode::Writer)
        );
    }
    let folders = hub.folders();
    assert_eq!((folders.len(), folders[0].sessions), (1, 2));
}

#[test]
fn unsaved_text_is_its_owners_alone_and_saved_text_everybodys() {
    let workspace = Workspace::new();
    let hub = hub(&workspace);
    let (one, two) = (session(&hub, &workspace), session(&hub, &workspace));
    let path = workspace.path("src/retry.rs");
    open(
        &one,
        &path,
        &format!("{RETRY}\npub fn fresh_marker() {{}}\n"),
    );
    open(
        &two,
        &path,
        &format!("{RETRY}\npub fn other_marker() {{}}\n"),
    );
    assert_eq!(defines(&one, "fresh_marker"), ["src/retry.rs"]);
    assert_eq!(defines(&two, "other_marker"), ["src/retry.rs"]);
    assert!(defines(&two, "fresh_marker").is_empty());
    assert!(defines(&one, "other_marker").is_empty());
    // A third that has nothing open sees the disk.
    let three = session(&hub, &workspace);
    assert_eq!(difference(&answers(&three), &fresh_answers(SOURCES)), None);
    // Saved by one: everybody who has not opened it sees it, and the other still its own text.
    let saved = format!("{RETRY}\npub fn fresh_marker() {{}}\n");
    workspace.write("src/retry.rs", &saved);
    submit(&one, Change::Save { path: path.clone() });
    submit(&one, Change::Close { path: path.clone() });
    assert_eq!(defines(&one, "fresh_marker"), ["src/retry.rs"]);
    eventually(
        "the third sees what was saved",
        || defines(&three, "fresh_marker"),
        |paths| !paths.is_empty(),
    );
    assert!(defines(&two, "fresh_marker").is_empty());
    submit(&two, Change::Close { path });
    assert_eq!(defines(&two, "fresh_marker"), ["src/retry.rs"]);
    // The death of a session takes its text along.
    open(
        &one,
        &workspace.path("tools/config.py"),
        "def fleeting():\n    pass\n",
    );
    drop(one);
    assert!(defines(&two, "fleeting").is_empty());
    assert_eq!(hub.folders()[0].sessions, 2);
}

#[test]
fn a_save_is_shown_before_its_revision_is() {
    let workspace = Workspace::new();
    let hub = hub(&workspace);
    let session = session(&hub, &workspace);
    for n in 0..20 {
        let name = format!("saved_{n}");
        workspace.write("src/client.rs", format!("{CLIENT}\npub fn {name}() {{}}\n"));
        let path = workspace.path("src/client.rs");
        submit(&session, Change::Save { path });
        assert_eq!(defines(&session, &name), ["src/client.rs"]);
    }
}

#[test]
fn what_was_written_just_before_is_seen_by_who_catches_up() {
    let workspace = Workspace::new();
    let hub = hub(&workspace);
    let session = session(&hub, &workspace);
    for n in 0..20 {
        // In a new directory every other time: it is not watched yet.
        let path = format!("new{}/late.rs", n / 2);
        workspace.write(&path, &format!("pub fn marker_{n}() {{}}\n"));
        session.submit(Change::CatchUp);
        assert!(session.wait_ready(LIMIT));
        assert_eq!(defines(&session, &format!("marker_{n}")), [path]);
    }
    std::fs::remove_dir_all(workspace.path("new3")).unwrap();
    session.submit(Change::CatchUp);
    assert!(session.wait_ready(LIMIT));
    assert!(defines(&session, "marker_7").is_empty());
}

#[test]
fn folders_are_closed_when_nobody_uses_them_and_open_again_with_what_was_stored() {
    let workspace = Workspace::new();
    let hub = hub(&workspace);
    let one = session(&hub, &workspace);
    assert!(hub.close_idle(Duration::ZERO, 0).is_empty(), "it is in use");
    drop(one);
    assert!(hub.close_idle(Duration::from_hours(1), 1).is_empty());
    assert_eq!(
        hub.close_idle(Duration::from_hours(1), 0),
        [workspace.root.path().to_path_buf()],
        "too many"
    );
    drop(session(&hub, &workspace));
    assert_eq!(hub.close_idle(Duration::ZERO, 9).len(), 1, "too long idle");
    assert!(hub.folders().is_empty());
    workspace.write(
        "src/retry.rs",
        format!("{RETRY}\npub fn fresh_marker() {{}}\n"),
    );
    assert_eq!(
        defines(&session(&hub, &workspace), "fresh_marker"),
        ["src/retry.rs"]
    );
}

#[test]
fn a_folder_that_rests_answers_as_before() {
    let workspace = Workspace::new();
    // Also with documents open and while somebody asks: who rests does not know who is about to come.
    let alone = workspace.open();
    assert!(alone.wait_ready(LIMIT));
    let before = answers(&alone);
    open(&alone, &workspace.path("src/retry.rs"), RETRY);
    for _ in 0..3 {
        submit(&alone, Change::Rest);
        assert_eq!(difference(&answers(&alone), &before), None);
    }
    drop(alone);
    let hub = hub(&workspace);
    drop(session(&hub, &workspace));
    hub.rest_idle(Duration::ZERO);
    // It follows the disk while it rests, and stores what changes.
    let text = format!("{RETRY}\npub fn fresh_marker() {{}}\n");
    workspace.write("src/retry.rs", &text);
    let one = session(&hub, &workspace);
    one.submit(Change::CatchUp);
    assert!(one.wait_ready(LIMIT));
    assert_eq!(defines(&one, "fresh_marker"), ["src/retry.rs"]);
    workspace.write("src/retry.rs", RETRY);
    one.submit(Change::CatchUp);
    assert!(one.wait_ready(LIMIT));
    assert_eq!(difference(&answers(&one), &before), None);
    assert_eq!(one.status().folders[0].store, StoreMode::Writer);
}

#[test]
fn sessions_with_other_settings_do_not_change_each_others_answers() {
    let workspace = Workspace::new();
    let hub = hub(&workspace);
    let one = session(&hub, &workspace);
    let without = Settings {
        exclude: vec!["tools".to_owned()],
        ..Settings::default()
    };
    let two = session_with(&hub, &workspace, without.clone());
    assert_eq!(defines(&one, "validate_config"), ["tools/config.py"]);
    assert!(defines(&two, "validate_config").is_empty());
    // Both change their minds.
    submit(&two, Change::Configure(Settings::default()));
    submit(&one, Change::Configure(without));
    assert!(one.wait_ready(LIMIT) && two.wait_ready(LIMIT));
    assert!(defines(&one, "validate_config").is_empty());
    assert_eq!(defines(&two, "validate_config"), ["tools/config.py"]);
    let folders = hub.folders();
    assert_eq!(folders.iter().map(|it| it.sessions).sum::<usize>(), 2);
}

#[test]
fn folders_come_and_go_in_one_session_without_the_others() {
    let (first, second) = (Workspace::new(), Workspace::empty());
    second.write("deep/inner.rs", "pub fn fresh_marker() {}\n");
    let hub = hub(&first);
    let (one, two) = (session(&hub, &first), session(&hub, &first));
    let root = second.root.path().to_path_buf();
    submit(&one, Change::AddFolder(root.clone()));
    assert!(one.wait_ready(LIMIT));
    assert_eq!(defines(&one, "fresh_marker"), ["deep/inner.rs"]);
    assert!(defines(&two, "fresh_marker").is_empty());
    // Nested: the innermost folder answers, once.
    submit(&two, Change::AddFolder(root.clone()));
    submit(&two, Change::AddFolder(root.join("deep")));
    assert!(two.wait_ready(LIMIT));
    assert_eq!(defines(&two, "fresh_marker"), ["inner.rs"]);
    assert_eq!(defines(&one, "fresh_marker"), ["deep/inner.rs"]);
    submit(&one, Change::RemoveFolder(root));
    assert!(defines(&one, "fresh_marker").is_empty());
    assert_eq!(hub.folders().len(), 3);
}

#[test]
fn every_session_is_told_of_the_work_and_can_ask_for_it() {
    let workspace = Workspace::new();
    let hub = hub(&workspace);
    let listening = |ended: &Arc<AtomicUsize>| {
        let ended = Arc::clone(ended);
        EngineOptions {
            progress: Some(Arc::new(move |progress| {
                if matches!(progress, Progress::End { .. }) {
                    ended.fetch_add(1, Ordering::SeqCst);
                }
            })),
            ..options(workspace.cache.path())
        }
    };
    let roots: [PathBuf; 1] = [workspace.root.path().to_path_buf()];
    let counts = [Arc::<AtomicUsize>::default(), Arc::default()];
    let one = Engine::attach(&hub, &roots, listening(&counts[0])).unwrap();
    let count = |at: usize| counts[at].load(Ordering::SeqCst);
    eventually("the first scan ends", || count(0), |&n| n > 0);
    let two = Engine::attach(&hub, &roots, listening(&counts[1])).unwrap();
    assert!(two.wait_ready(LIMIT));
    let before = [count(0), count(1)];
    submit(&two, Change::Reindex);
    assert!(one.wait_ready(LIMIT) && two.wait_ready(LIMIT));
    eventually(
        "both were told",
        || [count(0), count(1)],
        |now| now[0] > before[0] && now[1] > before[1],
    );
}

/// What happens in the property below.
#[derive(Debug, Clone)]
enum Step {
    Type(usize, usize, usize),
    Save(usize, usize),
    Close(usize, usize),
    Write(usize, usize, usize),
    Delete(usize, usize),
}

const FILES: [&str; 4] = [
    "src/retry.rs",
    "src/client.rs",
    "tools/config.py",
    "src/new.rs",
];
const TEXTS: [&str; 5] = [
    RETRY,
    CLIENT,
    CONFIG,
    "pub fn fresh_marker() -> u32 { backoff_delay(3) }\n",
    "// nothing\n",
];

fn step() -> impl Strategy<Value = Step> {
    let (session, file, text) = (0..2usize, 0..FILES.len(), 0..TEXTS.len());
    prop_oneof![
        4 => (session.clone(), file.clone(), text.clone()).prop_map(|(s, f, t)| Step::Type(s, f, t)),
        2 => (session.clone(), file.clone()).prop_map(|(s, f)| Step::Save(s, f)),
        2 => (session.clone(), file.clone()).prop_map(|(s, f)| Step::Close(s, f)),
        1 => (session.clone(), file.clone(), text).prop_map(|(s, f, t)| Step::Write(s, f, t)),
        1 => (session, file).prop_map(|(s, f)| Step::Delete(s, f)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10))]
    /// Whatever two sessions do, each answers as a new engine over the disk and its own documents.
    #[test]
    fn each_session_equals_fresh(steps in prop::collection::vec(step(), 1..14)) {
        let workspace = Workspace::new();
        let hub = hub(&workspace);
        let sessions = [session(&hub, &workspace), session(&hub, &workspace)];
        let mut disk: BTreeMap<&str, &str> = SOURCES.into_iter().collect();
        let mut opened = [BTreeMap::<&str, &str>::new(), BTreeMap::new()];
        for step in steps {
            match step {
                Step::Type(s, f, t) => {
                    let path = workspace.path(FILES[f]);
                    match opened[s].insert(FILES[f], TEXTS[t]) {
                        None => open(&sessions[s], &path, TEXTS[t]),
                        Some(_) => retype(&sessions[s], &path, TEXTS[t]),
                    }
                }
                Step::Save(s, f) => if let Some(text) = opened[s].get(FILES[f]) {
                    workspace.write(FILES[f], text);
                    disk.insert(FILES[f], text);
                    submit(&sessions[s], Change::Save { path: workspace.path(FILES[f]) });
                },
                Step::Close(s, f) => if opened[s].remove(FILES[f]).is_some() {
                    submit(&sessions[s], Change::Close { path: workspace.path(FILES[f]) });
                },
                Step::Write(s, f, t) => {
                    workspace.write(FILES[f], TEXTS[t]);
                    disk.insert(FILES[f], TEXTS[t]);
                    submit(&sessions[s], Change::DiskChanged(vec![workspace.path(FILES[f])]));
                }
                Step::Delete(s, f) => if disk.remove(FILES[f]).is_some() {
                    std::fs::remove_file(workspace.path(FILES[f])).unwrap();
                    submit(&sessions[s], Change::DiskChanged(vec![workspace.path(FILES[f])]));
                },
            }
        }
        for (session, opened) in sessions.iter().zip(&opened) {
            let mut texts = disk.clone();
            texts.extend(opened);
            equals_fresh(session, texts);
        }
    }
}
