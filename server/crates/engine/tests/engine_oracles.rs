//! Whatever happened to a workspace, it answers like one that was indexed just now.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::collections::BTreeMap;
use std::fmt::Write;

use proptest::prelude::*;
use support::{
    CLIENT, CONFIG, README, RETRY, SOURCES, Workspace, equals_fresh, settle_commits, submit,
};
use symseek_base::Edit;
use symseek_engine::{Change, Engine};

const PATHS: [&str; 6] = [
    "src/retry.rs",
    "src/client.rs",
    "tools/config.py",
    "README.md",
    "src/new.rs",
    "lib/more.py",
];
const PIECES: [&str; 6] = [
    "\npub fn fresh_marker() -> u32 {\n    let policy = backoff_delay(3);\n    7\n}\n",
    "\ndef fresh_marker(data):\n    return validate_config(data)\n",
    "\nA note about the backoff delay of requests.\n",
    "}\n",
    "",
    "\n// Duration of a request, in \u{00e9}l\u{00e8}ve units \u{1f600}\n",
];

#[derive(Debug, Clone)]
enum Step {
    Open(usize),
    Edit(usize, usize, usize, usize),
    Replace(usize, usize),
    Save(usize),
    Close(usize),
    Write(usize, usize),
    Append(usize, usize),
    Delete(usize),
    Rename(usize, usize),
    Commit,
    Rescan,
    Reopen,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let path = 0..PATHS.len();
    let piece = 0..PIECES.len();
    let step = prop_oneof![
        3 => path.clone().prop_map(Step::Open),
        6 => (path.clone(), 0..1000usize, 0..40usize, piece.clone()).prop_map(|(p, at, len, t)| Step::Edit(p, at, len, t)),
        1 => (path.clone(), 0..4usize).prop_map(|(p, t)| Step::Replace(p, t)),
        3 => path.clone().prop_map(Step::Save),
        2 => path.clone().prop_map(Step::Close),
        3 => (path.clone(), 0..4usize).prop_map(|(p, t)| Step::Write(p, t)),
        2 => (path.clone(), piece).prop_map(|(p, t)| Step::Append(p, t)),
        2 => path.clone().prop_map(Step::Delete),
        2 => (path.clone(), path).prop_map(|(a, b)| Step::Rename(a, b)),
        3 => Just(Step::Commit),
        1 => Just(Step::Rescan),
        1 => Just(Step::Reopen),
    ];
    proptest::collection::vec(step, 1..24)
}

/// What the disk and the editor hold.
struct Model {
    disk: BTreeMap<&'static str, String>,
    open: BTreeMap<&'static str, String>,
}

fn cut(text: &str, at: usize) -> usize {
    let mut at = if text.is_empty() {
        0
    } else {
        at % (text.len() + 1)
    };
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn take(workspace: &Workspace, engine: &Engine, model: &mut Model, step: &Step) {
    let whole = [RETRY, CLIENT, CONFIG, README];
    let changed = |engine: &Engine, paths: &[&str]| {
        let paths = paths.iter().map(|path| workspace.path(path)).collect();
        engine.submit(Change::DiskChanged(paths));
    };
    match *step {
        Step::Open(path) => {
            let text = model.disk.get(PATHS[path]).cloned().unwrap_or_default();
            support::open(engine, &workspace.path(PATHS[path]), &text);
            model.open.insert(PATHS[path], text);
        }
        Step::Edit(path, at, len, piece) => {
            let Some(text) = model.open.get_mut(PATHS[path]) else {
                return;
            };
            let start = cut(text, at * 7);
            let end = cut(text, (start + len).min(text.len())).max(start);
            let edits = vec![Edit::replace(text, start, end, PIECES[piece])];
            text.replace_range(start..end, PIECES[piece]);
            let (path, text) = (workspace.path(PATHS[path]), text.as_str().into());
            engine.submit(Change::Edit {
                path,
                version: 2,
                edits,
                text,
            });
        }
        Step::Replace(path, text) => {
            let Some(open) = model.open.get_mut(PATHS[path]) else {
                return;
            };
            whole[text].clone_into(open);
            support::retype(engine, &workspace.path(PATHS[path]), open);
        }
        Step::Save(path) => {
            let Some(text) = model.open.get(PATHS[path]) else {
                return;
            };
            workspace.write(PATHS[path], text);
            model.disk.insert(PATHS[path], text.clone());
            engine.submit(Change::Save {
                path: workspace.path(PATHS[path]),
            });
        }
        Step::Close(path) => {
            if model.open.remove(PATHS[path]).is_some() {
                engine.submit(Change::Close {
                    path: workspace.path(PATHS[path]),
                });
            }
        }
        Step::Write(path, text) => {
            workspace.write(PATHS[path], whole[text]);
            model.disk.insert(PATHS[path], whole[text].to_owned());
            changed(engine, &[PATHS[path]]);
        }
        Step::Append(path, piece) => {
            let text = model.disk.entry(PATHS[path]).or_default();
            text.push_str(PIECES[piece]);
            workspace.write(PATHS[path], text);
            changed(engine, &[PATHS[path]]);
        }
        Step::Delete(path) => {
            if model.disk.remove(PATHS[path]).is_some() {
                std::fs::remove_file(workspace.path(PATHS[path])).unwrap();
                changed(engine, &[PATHS[path]]);
            }
        }
        Step::Rename(from, to) => {
            if from != to
                && let Some(text) = model.disk.remove(PATHS[from])
            {
                std::fs::create_dir_all(workspace.path(PATHS[to]).parent().unwrap()).unwrap();
                std::fs::rename(workspace.path(PATHS[from]), workspace.path(PATHS[to])).unwrap();
                model.disk.insert(PATHS[to], text);
                changed(engine, &[PATHS[from], PATHS[to]]);
            }
        }
        Step::Commit => settle_commits(engine),
        Step::Rescan => drop(engine.submit(Change::Rescan)),
        Step::Reopen => {}
    }
}

fn check(steps: &[Step], watch: bool) {
    let workspace = Workspace::new();
    let open = || workspace.open_with(|options| options.settings.watch = watch);
    let mut engine = open();
    let mut model = Model {
        disk: SOURCES
            .iter()
            .map(|(path, text)| (*path, (*text).to_owned()))
            .collect(),
        open: BTreeMap::new(),
    };
    for step in steps {
        if matches!(step, Step::Reopen) {
            drop(engine);
            engine = open();
            for (path, text) in &model.open {
                support::open(&engine, &workspace.path(path), text);
            }
        }
        take(&workspace, &engine, &mut model, step);
    }
    // What follows an answer with a stale file is asked for by the answer itself.
    let mut texts: BTreeMap<&str, &str> = model
        .disk
        .iter()
        .map(|(path, text)| (*path, text.as_str()))
        .collect();
    texts.extend(model.open.iter().map(|(path, text)| (*path, text.as_str())));
    equals_fresh(&engine, texts.clone());
    submit(&engine, Change::Commit);
    equals_fresh(&engine, texts);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, max_shrink_iters: 40, ..ProptestConfig::default() })]

    #[test]
    fn a_live_engine_answers_like_a_fresh_one(steps in steps(), watch in any::<bool>()) {
        check(&steps, watch);
    }
}

#[test]
fn many_small_commits_merge_into_the_same_answers() {
    let workspace = Workspace::new();
    let engine = workspace.open_with(|options| options.settings.watch = false);
    let mut text = RETRY.to_owned();
    for round in 0..12 {
        write!(
            text,
            "\npub fn added_{round}() -> u32 {{\n    backoff_delay({round});\n    {round}\n}}\n"
        )
        .unwrap();
        workspace.write("src/retry.rs", &text);
        let path = format!("src/part_{round}.rs");
        workspace.write(&path, PIECES[0]);
        submit(
            &engine,
            Change::DiskChanged(vec![workspace.path("src/retry.rs"), workspace.path(&path)]),
        );
        let name = format!("added_{round}");
        support::eventually(
            "indexed",
            || support::defines(&engine, &name),
            |found| found[..] == ["src/retry.rs"],
        );
        settle_commits(&engine);
    }
    let parts: Vec<String> = (0..12)
        .map(|round| format!("src/part_{round}.rs"))
        .collect();
    let mut texts: BTreeMap<&str, &str> = SOURCES.into_iter().collect();
    texts.insert("src/retry.rs", &text);
    texts.extend(parts.iter().map(|path| (path.as_str(), PIECES[0])));
    equals_fresh(&engine, texts.clone());
    drop(engine);
    equals_fresh(&workspace.open(), texts);
}
