//! Taking care of stored indexes: `status --all`, `doctor`, `gc`, `forget`, over a cache directory of its own and a home directory of
//! its own, so that neither the person at this machine nor another test is in the way.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde_json::Value;
use symseek_tests::{EvalServer, Output, Workspace, binary, finish};

const DAY: Duration = Duration::from_hours(24);

/// A cache with the indexes of two folders, the second one beside the first.
struct Cache {
    workspace: Workspace,
}

impl Cache {
    fn new() -> Self {
        let cache = Self {
            workspace: Workspace::new(&[
                ("src/retry.py", "def retry(request):\n    wait(request)\n"),
                ("docs/a/notes.md", "# Notes\n\nshipping labels\n"),
            ]),
        };
        std::fs::create_dir_all(cache.other().join("src"))
            .expect("the scratch directory is usable");
        let text = "def parse(config):\n    return config.file\n";
        std::fs::write(cache.other().join("src/parse.py"), text)
            .expect("the scratch directory is usable");
        for folder in [cache.workspace.root(), cache.other()] {
            let output = cache.run(&["index", folder.to_str().expect("a scratch path is UTF-8")]);
            assert_eq!(output.code, Some(0), "{output:?}");
        }
        cache
    }

    /// The second folder.
    fn other(&self) -> PathBuf {
        self.workspace.root().with_file_name("other")
    }

    /// An empty home, until a test puts something into it.
    fn home(&self) -> PathBuf {
        self.workspace.root().with_file_name("home")
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = self.workspace.command(arguments);
        command.env("HOME", self.home()).env("PATH", "");
        for variable in [
            "XDG_CONFIG_HOME",
            "CLAUDE_CONFIG_DIR",
            "CODEX_HOME",
            "CARGO_HOME",
        ] {
            command.env_remove(variable);
        }
        finish(command, b"")
    }

    /// The index of a folder.
    fn index_of(&self, folder: &Path) -> PathBuf {
        let start = folder
            .file_name()
            .expect("it lies in the scratch directory")
            .to_str()
            .expect("a scratch path is UTF-8")
            .replace(' ', "_")
            + "-";
        let mut entries = std::fs::read_dir(self.workspace.cache())
            .expect("the scratch directory is usable")
            .flatten();
        let found = entries.find(|it| {
            it.file_name()
                .to_str()
                .expect("a scratch path is UTF-8")
                .starts_with(&start)
        });
        found
            .unwrap_or_else(|| panic!("no index of {}", folder.display()))
            .path()
    }

    fn has_index_of(&self, folder: &Path) -> bool {
        let listed = self.run(&["status", "--all", "--json"]).json();
        let mut all = listed["workspaces"]
            .as_array()
            .expect("the report has its shape")
            .iter();
        all.any(|it| it["folder"] == folder.to_str().expect("a scratch path is UTF-8"))
    }

    /// One file of an index, by the start of its name.
    fn part(&self, folder: &Path, start: &str) -> PathBuf {
        let entries = std::fs::read_dir(self.index_of(folder))
            .expect("the scratch directory is usable")
            .flatten();
        let mut parts = entries.filter(|it| {
            it.file_name()
                .to_str()
                .expect("a scratch path is UTF-8")
                .starts_with(start)
        });
        parts.next().expect("it has such a part").path()
    }

    /// A process that holds the index of the first folder.
    fn hold(&self) -> (EvalServer, u64) {
        let (root, cache) = (self.workspace.root(), self.workspace.cache());
        let server = EvalServer::start(
            &root,
            &[
                "--cache-dir",
                cache.to_str().expect("a scratch path is UTF-8"),
            ],
        );
        let lock = std::fs::read_to_string(self.index_of(&root).join("writer.lock"))
            .expect("the scratch directory is usable");
        (server, lock.parse().expect("it holds a number"))
    }

    fn doctor(&self, arguments: &[&str]) -> (Option<i32>, Value) {
        let output = self.run(&[&["doctor", "--json"], arguments].concat());
        (output.code, output.json())
    }
}

/// The findings of one check whose text holds this.
fn findings(report: &Value, check: &str, found: &str) -> Vec<Value> {
    let checks = report["checks"]
        .as_array()
        .expect("the report has its shape")
        .iter();
    let fits = checks.filter(|it| {
        it["check"] == check
            && it["found"]
                .as_str()
                .expect("the report has its shape")
                .contains(found)
    });
    fits.cloned().collect()
}

/// The only one.
#[track_caller]
fn finding(report: &Value, check: &str, found: &str) -> Value {
    let all = findings(report, check, found);
    assert_eq!(all.len(), 1, "{check}: {found} in {report:#}");
    all[0].clone()
}

/// Every file below a directory with its content and time.
fn snapshot(directory: &Path) -> BTreeMap<PathBuf, (Vec<u8>, SystemTime)> {
    let mut files = BTreeMap::new();
    let mut directories = vec![directory.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(directory)
            .expect("the scratch directory is usable")
            .flatten()
        {
            let path = entry.path();
            if path.is_dir() {
                directories.push(path);
            } else {
                let modified = entry
                    .metadata()
                    .expect("the scratch directory is usable")
                    .modified()
                    .expect("the scratch directory is usable");
                let content = std::fs::read(&path).expect("the scratch directory is usable");
                files.insert(path, (content, modified));
            }
        }
    }
    files
}

fn age(path: &Path, age: Duration) {
    let file = std::fs::File::options()
        .append(true)
        .open(path)
        .expect("the scratch directory is usable");
    file.set_modified(SystemTime::now() - age)
        .expect("the scratch directory is usable");
}

/// The number of a process that has ended.
fn ended_process() -> u32 {
    let mut child = std::process::Command::new(binary())
        .arg("--version")
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("the binary starts");
    child.wait().expect("a child can be waited for");
    child.id()
}

#[test]
fn every_stored_workspace_is_listed_and_nothing_is_written() {
    let cache = Cache::new();
    let (root, other) = (cache.workspace.root(), cache.other());
    std::fs::remove_dir_all(&other).unwrap();
    let (server, process) = cache.hold();
    let before = snapshot(&cache.workspace.cache());
    let output = cache.run(&["status", "--all", "--json"]);
    assert_eq!(output.code, Some(0), "{output:?}");
    let text = cache.run(&["status", "--all"]);
    assert_eq!(snapshot(&cache.workspace.cache()), before);
    let listed = output.json();
    assert_eq!(listed["version"], 1);
    let all = listed["workspaces"].as_array().unwrap();
    let [mine, gone] = all.as_slice() else {
        panic!("{listed:#}");
    };
    assert_eq!(mine["folder"], root.to_str().unwrap());
    assert_eq!(
        (&mine["state"], &gone["state"]),
        (&"there".into(), &"gone".into())
    );
    assert_eq!((&mine["files"], &gone["files"]), (&2.into(), &1.into()));
    assert!(mine["chunks"].as_u64() >= Some(2), "{mine:#}");
    assert!(mine["bytes"].as_u64() > Some(1_000), "{mine:#}");
    assert_eq!(mine["held"], true);
    assert_eq!(mine["writingProcess"], process);
    assert_eq!(
        (&gone["held"], &gone["writingProcess"]),
        (&false.into(), &Value::Null)
    );
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap();
    let used = gone["lastUsed"].as_u64().unwrap();
    assert!(
        (now.as_secs() - 600..=now.as_secs()).contains(&used),
        "{used}"
    );
    assert_eq!(mine["problems"], Value::Array(Vec::new()));
    for line in [
        root.to_str().unwrap(),
        &format!("  written by process {process}\n"),
        "  state      the folder is gone\n",
        "  last used  just now\n",
        "2 workspaces in ",
    ] {
        assert!(text.stdout.contains(line), "{line:?} in {text:?}");
    }
    assert_eq!(server.end(), Some(0));
}

#[test]
fn a_cache_without_workspaces_is_an_empty_list() {
    let workspace = Workspace::new(&[]);
    let output = workspace.run(&["status", "--all"]);
    assert_eq!(output.code, Some(1), "{output:?}");
    assert!(output.stdout.starts_with("0 workspaces in "), "{output:?}");
    assert!(!workspace.cache().exists(), "looking makes nothing");
    let both = workspace.run(&["status", ".", "--all"]);
    assert_eq!(both.code, Some(2), "{both:?}");
}

#[test]
fn a_healthy_cache_is_all_well() {
    let cache = Cache::new();
    for arguments in [&[][..], &["--thorough"], &["--fix"]] {
        let before = snapshot(&cache.workspace.cache());
        let (code, report) = cache.doctor(arguments);
        assert_eq!(snapshot(&cache.workspace.cache()), before);
        assert_eq!(
            (code, &report["level"]),
            (Some(0), &"ok".into()),
            "{report:#}"
        );
        let root = cache.workspace.root();
        let index = finding(&report, "index", root.to_str().unwrap());
        assert!(
            index["found"].as_str().unwrap().ends_with("; current"),
            "{index:#}"
        );
        for check in [
            "cache directory",
            "leftovers",
            "disk",
            "embedding table",
            "model",
            "ONNX Runtime",
            "editors",
            "coding agents",
        ] {
            finding(&report, check, "");
        }
    }
    #[cfg(target_os = "linux")]
    {
        let (_, report) = cache.doctor(&[]);
        // The root, `src`, `docs` and `docs/a`; the other root and its `src`.
        finding(&report, "watches", "6 directories in 2 folders to follow");
    }
    let text = cache.run(&["doctor"]);
    assert!(
        text.stdout.ends_with("0 with warnings, 0 with errors\n"),
        "{text:?}"
    );
}

#[test]
fn a_damaged_index_is_found_and_made_again() {
    let cache = Cache::new();
    let root = cache.workspace.root();
    for (start, cut) in [("facts-", 3), ("rows-", 40), ("graph-", 1), ("files-", 1)] {
        let part = cache.part(&root, start);
        let whole = std::fs::read(&part).unwrap();
        std::fs::write(&part, &whole[..whole.len() - cut]).unwrap();
        let (code, report) = cache.doctor(&[]);
        assert_eq!(code, Some(1), "{start}: {report:#}");
        let index = finding(&report, "index", root.to_str().unwrap_or(""));
        assert_eq!(index["level"], "error", "{start}: {report:#}");
        assert!(
            index["found"].as_str().unwrap().contains("damaged"),
            "{index:#}"
        );
        std::fs::write(&part, &whole).unwrap();
        assert_eq!(cache.doctor(&[]).0, Some(0));
    }
    // A byte in the middle changes no length.
    let part = cache.part(&root, "facts-");
    let mut bytes = std::fs::read(&part).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&part, &bytes).unwrap();
    assert_eq!(cache.doctor(&[]).0, Some(0));
    assert_eq!(cache.doctor(&["--thorough"]).0, Some(1));
    let (code, report) = cache.doctor(&["--thorough", "--fix"]);
    assert_eq!(code, Some(0), "{report:#}");
    let index = finding(&report, "index", "damaged");
    assert!(
        index["repaired"].as_str().unwrap().contains("removed"),
        "{index:#}"
    );
    assert!(!cache.has_index_of(&root) && cache.has_index_of(&cache.other()));
    let found = cache.run(&["search", "retry", ".", "--json"]);
    assert_eq!(found.names()[0], "retry", "{found:?}");
    assert_eq!(cache.doctor(&["--thorough"]).0, Some(0));
}

#[test]
fn lost_words_and_an_unreadable_manifest_are_damage_and_another_format_is_not() {
    let cache = Cache::new();
    let root = cache.workspace.root();
    let words = cache.index_of(&root).join("lexical");
    let mut files = std::fs::read_dir(&words).unwrap().flatten();
    let terms = files.find(|it| it.path().extension().is_some_and(|it| it == "term"));
    std::fs::remove_file(terms.unwrap().path()).unwrap();
    let (code, report) = cache.doctor(&[]);
    assert_eq!(code, Some(1));
    finding(&report, "index", "lexical part");
    let manifest = cache.index_of(&root).join("manifest.json");
    let whole = std::fs::read_to_string(&manifest).unwrap();
    let newer = whole.replacen("\"format\": 1", "\"format\": 999", 1);
    std::fs::write(&manifest, &newer).unwrap();
    let (code, report) = cache.doctor(&["--fix"]);
    assert_eq!(code, Some(1), "{report:#}");
    let index = finding(&report, "index", "format 999");
    assert_eq!(
        (&index["level"], &index["repaired"]),
        (&"warning".into(), &Value::Null)
    );
    cache.run(&["gc"]);
    assert_eq!(
        std::fs::read_to_string(&manifest).unwrap(),
        newer,
        "it may be a newer program's"
    );
    std::fs::write(&manifest, &whole[..whole.len() / 2]).unwrap();
    let listed = cache.run(&["status", "--all", "--json"]).json();
    let mut all = listed["workspaces"].as_array().unwrap().iter();
    let unknown = all
        .find(|it| it["state"] == "unknown")
        .expect("it is listed");
    assert!(
        unknown["problems"][0]
            .as_str()
            .unwrap()
            .contains("manifest.json"),
        "{unknown:#}"
    );
    let (code, report) = cache.doctor(&["--fix"]);
    assert_eq!(code, Some(0), "{report:#}");
    assert!(!manifest.exists());
}

#[test]
fn an_index_of_another_version_is_stale_and_no_fault() {
    let cache = Cache::new();
    let manifest = cache
        .index_of(&cache.workspace.root())
        .join("manifest.json");
    let mut content: Value = serde_json::from_slice(&std::fs::read(&manifest).unwrap()).unwrap();
    content["identity"]["syntax"] = "0-old".into();
    std::fs::write(&manifest, content.to_string()).unwrap();
    let (code, report) = cache.doctor(&[]);
    assert_eq!(code, Some(0), "{report:#}");
    let stale = finding(&report, "index", "stale");
    assert!(
        stale["found"]
            .as_str()
            .unwrap()
            .ends_with("grammars or query packs"),
        "{stale:#}"
    );
    let listed = cache.run(&["status", "--all"]).stdout;
    assert!(listed.contains("  problem    stale: "), "{listed}");
}

#[test]
fn a_damaged_index_that_is_held_stays() {
    let cache = Cache::new();
    let root = cache.workspace.root();
    let (server, process) = cache.hold();
    let manifest = cache.index_of(&root).join("manifest.json");
    let whole = std::fs::read(&manifest).unwrap();
    std::fs::write(&manifest, b"{").unwrap();
    let (code, report) = cache.doctor(&["--fix"]);
    assert_eq!(code, Some(1), "{report:#}");
    let index = finding(&report, "index", "damaged");
    let advice = index["advice"].as_str().unwrap();
    assert!(
        advice.contains(&format!("process {process} holds it")),
        "{index:#}"
    );
    assert_eq!(std::fs::read(&manifest).unwrap(), b"{");
    std::fs::write(&manifest, whole).unwrap();
    assert_eq!(server.end(), Some(0));
}

#[cfg(unix)]
#[test]
fn directories_that_others_can_enter_are_closed() {
    use std::os::unix::fs::PermissionsExt;
    let cache = Cache::new();
    let index = cache.index_of(&cache.workspace.root());
    let open = |path: &Path| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    };
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    open(&index);
    open(&cache.workspace.cache());
    let (code, report) = cache.doctor(&[]);
    assert_eq!(code, Some(1), "{report:#}");
    finding(&report, "cache directory", index.to_str().unwrap());
    assert_eq!(mode(&index), 0o755, "nothing is repaired unasked");
    assert_eq!(cache.doctor(&["--fix"]).0, Some(0));
    assert_eq!(mode(&index), 0o700);
    assert_eq!(
        mode(&cache.workspace.cache()),
        0o755,
        "who names a directory decides about it"
    );
    // The user's own cache directory is ours to close.
    let own = cache.workspace.root().with_file_name("own");
    std::fs::create_dir_all(own.join("symseek")).unwrap();
    open(&own.join("symseek"));
    let mut command = std::process::Command::new(binary());
    command.args(["doctor", "--fix"]).env("HOME", cache.home());
    command
        .env("XDG_CACHE_HOME", &own)
        .env("XDG_DATA_HOME", &own);
    command
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let output = finish(command, b"");
    assert!(
        output.stdout.contains("only you can enter it now"),
        "{output:?}"
    );
    assert_eq!(mode(&own.join("symseek")), 0o700);
}

#[test]
fn a_cache_directory_that_is_none_is_an_error() {
    let workspace = Workspace::new(&[]);
    std::fs::write(workspace.cache(), b"a file").unwrap();
    let output = workspace.run(&["doctor", "--json"]);
    assert_eq!(output.code, Some(1), "{output:?}");
    let report = output.json();
    assert_eq!(finding(&report, "cache directory", "")["level"], "error");
    let output = workspace.run(&["gc"]);
    assert_eq!(output.code, Some(2), "{output:?}");
}

/// Puts what crashed processes leave into the cache, and what looks like it and is not.
fn litter(cache: &Cache) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let base = cache.workspace.cache();
    let index = cache.index_of(&cache.workspace.root());
    let file = |path: PathBuf, old: Duration| {
        std::fs::create_dir_all(path.parent().expect("it lies in the scratch directory"))
            .expect("the scratch directory is usable");
        std::fs::write(&path, b"half").expect("the scratch directory is usable");
        age(&path, old);
        path
    };
    let results = |process: u32| {
        let directory = base.join(format!("symseek-results-{process}-1f"));
        file(directory.join("results-1.md"), Duration::ZERO);
        directory
    };
    let unborn = base.join("unborn-0123456789abcdef");
    std::fs::create_dir_all(unborn.join("lexical")).expect("the scratch directory is usable");
    let mut rubbish = vec![
        file(index.join("part-abc.tmp"), Duration::ZERO),
        file(index.join("facts-77.part"), Duration::ZERO),
        file(index.join("hnsw-9.usearch"), Duration::ZERO),
        file(base.join("vectors/00.12.tmp"), DAY),
        file(base.join("lost.tmp"), DAY),
        results(ended_process()),
        unborn,
    ];
    let kept = vec![
        file(base.join("vectors/01.12.tmp"), Duration::ZERO),
        file(base.join("young.tmp"), Duration::ZERO),
        file(base.join("mine.txt"), DAY),
        file(base.join("photos-0123456789abcdef/a.jpg"), DAY),
        file(base.join(format!("{:032x}.txt", 7)), DAY),
        results(std::process::id()),
    ];
    rubbish.sort();
    (rubbish, kept)
}

#[test]
fn what_crashed_processes_left_is_found_by_the_doctor_and_removed() {
    let cache = Cache::new();
    let (rubbish, kept) = litter(&cache);
    let (code, report) = cache.doctor(&[]);
    assert_eq!(code, Some(1), "{report:#}");
    // Three of them lie in one index, and the unborn index is no leftover.
    assert_eq!(
        findings(&report, "leftovers", "").len(),
        rubbish.len() - 3,
        "{report:#}"
    );
    finding(&report, "leftovers", "3 files that a killed process left");
    finding(&report, "index", "its first indexing was broken off");
    let exist = |paths: &[PathBuf]| {
        paths
            .iter()
            .filter(|it| it.exists())
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(exist(&rubbish), rubbish);
    let (code, report) = cache.doctor(&["--fix"]);
    assert_eq!(code, Some(0), "{report:#}");
    assert_eq!(exist(&rubbish), Vec::<PathBuf>::new());
    assert_eq!(exist(&kept), kept);
    assert!(cache.has_index_of(&cache.workspace.root()));
}

#[test]
fn gc_removes_what_nobody_needs_and_says_how_much() {
    let cache = Cache::new();
    let (root, other) = (cache.workspace.root(), cache.other());
    std::fs::remove_dir_all(&other).unwrap();
    let (mut rubbish, kept) = litter(&cache);
    rubbish.push(cache.index_of(&other));
    let before = snapshot(&cache.workspace.cache());
    let dry = cache.run(&["gc", "--dry-run"]);
    assert_eq!(dry.code, Some(0), "{dry:?}");
    assert_eq!(snapshot(&cache.workspace.cache()), before);
    let gone = cache.run(&["gc"]);
    assert_eq!(gone.code, Some(0), "{gone:?}");
    for path in &rubbish {
        assert!(!path.exists(), "{} stays: {gone:?}", path.display());
    }
    for path in &kept {
        assert!(path.exists(), "{} went: {gone:?}", path.display());
    }
    let bytes = |files: &BTreeMap<PathBuf, (Vec<u8>, SystemTime)>| -> u64 {
        files.values().map(|(bytes, _)| bytes.len() as u64).sum()
    };
    let freed = bytes(&before) - bytes(&snapshot(&cache.workspace.cache()));
    let said = format!("\n{freed} bytes (");
    assert!(gone.stdout.contains(&said), "{said:?} in {gone:?}");
    let lines = |text: &str| {
        text.replace("would remove", "removed")
            .replace("would be freed", "freed")
    };
    assert_eq!(lines(&dry.stdout), gone.stdout);
    assert!(
        gone.stdout
            .contains(&format!("({} is gone)", other.display()))
    );
    assert!(cache.has_index_of(&root) && !cache.has_index_of(&other));
    let again = cache.run(&["gc"]);
    assert_eq!(again.stdout, "0 bytes (0 bytes) freed\n");
    let found = cache.run(&["search", "retry", ".", "--json"]);
    assert_eq!(found.names()[0], "retry", "{found:?}");
}

#[test]
fn unused_indexes_go_only_when_asked_and_held_ones_never() {
    let cache = Cache::new();
    let (root, other) = (cache.workspace.root(), cache.other());
    let (server, _) = cache.hold();
    for folder in [&root, &other] {
        for file in ["manifest.json", "writer.lock"] {
            age(&cache.index_of(folder).join(file), 10 * DAY);
        }
    }
    cache.run(&["gc"]);
    cache.run(&["gc", "--unused-for", "11"]);
    assert!(cache.has_index_of(&root) && cache.has_index_of(&other));
    let output = cache.run(&["gc", "--unused-for", "9"]);
    assert!(
        output.stdout.contains("(last used 10 days ago)"),
        "{output:?}"
    );
    assert!(cache.has_index_of(&root), "it is held");
    assert!(!cache.has_index_of(&other));
    // Its folder is gone, and a process holds it all the same.
    let moved = root.with_file_name("moved");
    std::fs::rename(&root, &moved).unwrap();
    let mut command = std::process::Command::new(binary());
    command
        .args(["gc", "--cache-dir"])
        .arg(cache.workspace.cache());
    command
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let output = finish(command, b"");
    assert_eq!(output.stdout, "0 bytes (0 bytes) freed\n", "{output:?}");
    std::fs::rename(&moved, &root).unwrap();
    assert_eq!(server.end(), Some(0));
    let output = cache.run(&["gc", "--unused-for", "9"]);
    assert_eq!(
        output.stdout, "0 bytes (0 bytes) freed\n",
        "its end was a use: {output:?}"
    );
}

#[test]
fn vectors_go_with_their_model() {
    let cache = Cache::new();
    let model = cache.workspace.cache().with_file_name("model");
    crate::model::tiny(&model);
    let query = [
        "search",
        "shipping the request again",
        ".",
        "--refine-within",
        "60000",
    ];
    let model_arguments = [
        "--onnx",
        model.to_str().unwrap(),
        "--onnx-runtime",
        "builtin",
    ];
    let output = cache.run(&[&query[..], &model_arguments].concat());
    assert_eq!(output.code, Some(0), "{output:?}");
    // The weights are random: it answers, and says that it doubts the model, and nothing else.
    let said: Vec<_> = output.stderr.lines().collect();
    assert!(
        matches!(said[..], [note] if note.starts_with(&format!("note: {}: sees the same meaning in ", model.display()))),
        "{output:?}"
    );
    let vectors = cache.workspace.cache().join("vectors");
    let names = || {
        let entries = std::fs::read_dir(&vectors).unwrap().flatten();
        let mut endings: Vec<_> = entries
            .map(|it| it.path().extension().unwrap().to_owned())
            .collect();
        endings.sort();
        endings
    };
    assert_eq!(names(), ["model", "vectors"]);
    cache.run(&["gc"]);
    assert_eq!(names(), ["model", "vectors"], "its model is there");
    std::fs::remove_dir_all(&model).unwrap();
    let output = cache.run(&["gc"]);
    assert!(
        output.stdout.contains("vectors of the model "),
        "{output:?}"
    );
    assert_eq!(names(), Vec::<std::ffi::OsString>::new());
    // Nobody knows whose these are.
    std::fs::write(vectors.join("00.vectors"), b"x").unwrap();
    cache.run(&["gc"]);
    assert_eq!(names(), ["vectors"]);
}

#[test]
fn a_folder_is_forgotten_once_and_only_when_agreed() {
    let cache = Cache::new();
    let (root, other) = (cache.workspace.root(), cache.other());
    let place = cache.index_of(&root);
    let asked = cache.run(&["forget", "."]);
    assert_eq!(asked.code, Some(2), "{asked:?}");
    assert!(asked.stderr.contains("--yes removes it"), "{asked:?}");
    assert!(place.exists());
    let below = cache.run(&["forget", "src", "--yes"]);
    assert!(
        below.stdout.starts_with("nothing is stored for "),
        "{below:?}"
    );
    let forgotten = cache.run(&["forget", ".", "--yes"]);
    assert_eq!(forgotten.code, Some(0), "{forgotten:?}");
    let said = format!("the index of {} is removed, ", root.display());
    assert!(forgotten.stdout.starts_with(&said), "{forgotten:?}");
    assert!(!place.exists() && cache.has_index_of(&other));
    assert!(
        root.join("src/retry.py").exists(),
        "the folder itself stays"
    );
    let again = cache.run(&["forget", ".", "--yes"]);
    assert_eq!(again.code, Some(0), "{again:?}");
    assert_eq!(
        again.stdout,
        format!("nothing is stored for {}\n", root.display())
    );
    // Of a folder that is gone, by a path that is not as it was written then.
    std::fs::remove_dir_all(&other).unwrap();
    let gone = cache.run(&["forget", "src/../../other/.", "--yes"]);
    assert_eq!(gone.code, Some(0), "{gone:?}");
    assert!(
        gone.stdout
            .contains(&format!("the index of {} is removed", other.display())),
        "{gone:?}"
    );
    assert!(!cache.has_index_of(&other));
}

#[test]
fn a_folder_that_a_process_holds_is_not_forgotten() {
    let cache = Cache::new();
    let (mut server, process) = cache.hold();
    let before = snapshot(&cache.workspace.cache());
    let refused = cache.run(&["forget", ".", "--yes"]);
    assert_eq!(
        (refused.code, refused.stdout.as_str()),
        (Some(2), ""),
        "{refused:?}"
    );
    let said = format!("process {process} holds the index of ");
    assert!(refused.stderr.contains(&said), "{refused:?}");
    assert_eq!(snapshot(&cache.workspace.cache()), before);
    assert_eq!(server.ask(b"retry")["results"][0]["name"], "retry");
    assert_eq!(server.end(), Some(0));
    assert_eq!(cache.run(&["forget", ".", "--yes"]).code, Some(0));
}

#[cfg(unix)]
#[test]
fn no_link_leads_out_of_the_cache_directory() {
    use std::os::unix::fs::symlink;
    let cache = Cache::new();
    let root = cache.workspace.root();
    let place = cache.index_of(&root);
    let outside = root.with_file_name("outside");
    // The whole index is a link to one elsewhere.
    std::fs::rename(&place, &outside).unwrap();
    symlink(&outside, &place).unwrap();
    let before = snapshot(&outside);
    let refused = cache.run(&["forget", ".", "--yes"]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(
        refused.stderr.contains("is a link, which is not followed"),
        "{refused:?}"
    );
    cache.run(&["gc", "--unused-for", "0"]);
    let (code, report) = cache.doctor(&["--fix"]);
    assert_eq!(code, Some(1), "{report:#}");
    finding(&report, "leftovers", "is a link, which is not followed");
    assert_eq!(snapshot(&outside), before);
    assert!(!cache.has_index_of(&root));
    // Links inside an index: they go, what they lead to stays.
    std::fs::remove_file(&place).unwrap();
    std::fs::rename(&outside, &place).unwrap();
    let treasure = root.with_file_name("treasure");
    std::fs::create_dir(&treasure).unwrap();
    std::fs::write(treasure.join("gold"), b"gold").unwrap();
    std::fs::remove_dir_all(place.join("lexical")).unwrap();
    symlink(&treasure, place.join("lexical")).unwrap();
    symlink(treasure.join("gold"), place.join("x.tmp")).unwrap();
    std::fs::remove_file(place.join("writer.lock")).unwrap();
    symlink(treasure.join("gold"), place.join("writer.lock")).unwrap();
    let refused = cache.run(&["forget", ".", "--yes"]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.stderr.contains("it is a link"), "{refused:?}");
    std::fs::remove_file(place.join("writer.lock")).unwrap();
    let forgotten = cache.run(&["forget", ".", "--yes"]);
    assert_eq!(forgotten.code, Some(0), "{forgotten:?}");
    assert!(!place.exists());
    assert_eq!(std::fs::read(treasure.join("gold")).unwrap(), b"gold");
    // A link to the folder means the folder.
    cache.run(&["index"]);
    let link = root.with_file_name("link");
    symlink(&root, &link).unwrap();
    let forgotten = cache.run(&["forget", link.to_str().unwrap(), "--yes"]);
    assert!(forgotten.stdout.contains("is removed"), "{forgotten:?}");
}

#[test]
fn a_directory_that_holds_more_than_an_index_is_not_removed() {
    let cache = Cache::new();
    let place = cache.index_of(&cache.workspace.root());
    std::fs::write(place.join("thesis.txt"), b"all of it").unwrap();
    let refused = cache.run(&["forget", ".", "--yes"]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.stderr.contains("thesis.txt"), "{refused:?}");
    assert!(place.join("manifest.json").exists() && place.join("thesis.txt").exists());
}

#[cfg(unix)]
#[test]
fn configurations_are_compared_with_the_programs_that_they_name() {
    use std::os::unix::fs::PermissionsExt;
    let cache = Cache::new();
    let home = cache.home();
    let write = |path: &str, text: &str| {
        let path = home.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    };
    let script = |path: &str, says: &str| {
        let path = write(path, &format!("#!/bin/sh\n{says}\n"));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    };
    let real = binary();
    let real = real.to_str().unwrap();
    let old = script("old/symseek", "echo symseek 0.0.1");
    let other = script("other/symseek", "echo something else");
    let deaf = script("deaf/symseek", "exec /bin/sleep 60");
    write(
        ".config/Code/User/settings.json",
        &format!("{{ // mine\n  \"symseek.server.path\": \"{real}\",\n}}"),
    );
    write(
        ".config/helix/languages.toml",
        "[language-server.symseek]\ncommand = \"/nowhere/symseek\"\n",
    );
    write(
        ".config/zed/settings.json",
        &format!(
            "{{\"lsp\": {{\"symseek\": {{\"binary\": {{\"path\": \"{}\"}}}}}}}}",
            old.display()
        ),
    );
    write(
        ".config/nvim/lua/plugins/search.lua",
        &format!(
            "require('symseek').setup({{ cmd = '{}' }})",
            other.display()
        ),
    );
    write(
        ".emacs.d/init.el",
        &format!("(setq symseek-program \"{}\")", deaf.display()),
    );
    write(
        ".codex/config.toml",
        &format!("[mcp_servers.symseek]\ncommand = \"{real}\"\nargs = [\"mcp\"]\n"),
    );
    write(
        ".claude.json",
        "{\"mcpServers\": {\"symseek\": {\"command\": \"/gone/symseek\"}}}",
    );
    write(".cursor/mcp.json", "{ symseek");
    write(
        ".gemini/settings.json",
        "{\"mcpServers\": {\"other\": {\"command\": \"/gone/other\"}}}",
    );
    let (code, report) = cache.doctor(&["--fix"]);
    assert_eq!(code, Some(1), "{report:#}");
    let expect = |check: &str, found: &str, level: &str| {
        let finding = finding(&report, check, found);
        assert_eq!(finding["level"], level, "{finding:#}");
        assert_eq!(finding["repaired"], Value::Null);
    };
    expect("editors", "Code/User/settings.json starts ", "ok");
    expect(
        "editors",
        "helix/languages.toml names /nowhere/symseek, which is not there",
        "error",
    );
    expect("editors", "version 0.0.1; this is ", "warning");
    expect("editors", "Neovim: ", "error");
    expect(
        "editors",
        "deaf/symseek, which does not answer --version",
        "error",
    );
    expect("coding agents", ".codex/config.toml starts ", "ok");
    expect("coding agents", ".claude.json names /gone/symseek", "error");
    expect("coding agents", ".cursor/mcp.json", "warning");
    assert_eq!(findings(&report, "editors", "").len(), 5, "{report:#}");
    assert_eq!(
        findings(&report, "coding agents", "").len(),
        3,
        "{report:#}"
    );
}

#[test]
fn a_kept_model_that_changed_is_an_error() {
    let cache = Cache::new();
    let kept = cache
        .workspace
        .cache()
        .with_file_name("data")
        .join("symseek/models");
    let model = cache.workspace.cache().with_file_name("model");
    crate::model::tiny(&model);
    let add = [
        "model",
        "add",
        "small",
        "--from",
        model.to_str().unwrap(),
        "--onnx-runtime",
        "builtin",
    ];
    assert_eq!(cache.run(&add).code, Some(0));
    cache.run(&["model", "use", "small"]);
    let (code, report) = cache.doctor(&[]);
    assert_eq!(code, Some(0), "{report:#}");
    let found = finding(&report, "model", "small");
    assert!(
        found["found"]
            .as_str()
            .unwrap()
            .ends_with("(SHA-256), in use"),
        "{found:#}"
    );
    let file = kept.join("small/tokenizer.json");
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[10] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let (code, report) = cache.doctor(&[]);
    assert_eq!(code, Some(1), "{report:#}");
    assert_eq!(
        finding(&report, "model", "tokenizer.json")["level"],
        "error"
    );
    std::fs::remove_dir_all(kept.join("small")).unwrap();
    let (_, report) = cache.doctor(&["--onnx-runtime", "/nowhere"]);
    finding(&report, "model", "small is chosen, but not kept");
    assert_eq!(
        finding(&report, "ONNX Runtime", "/nowhere")["level"],
        "error"
    );
}
