//! A workspace made of the sources of crates that this project is built from: real code, present wherever the project
//! builds, competing in one index. It is a copy; the folder where cargo keeps the sources is only read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use symseek_tests::{Workspace, repository};

/// What is copied. The rest of a package is data of its tests, licences and the like.
const EXTENSIONS: [&str; 3] = ["rs", "md", "toml"];

/// The crates of `crates.tsv`, each in a folder of its name, without the version.
///
/// # Panics
/// When the build no longer uses the version that was judged, or cargo cannot say where the sources are.
pub(crate) fn workspace() -> Workspace {
    let workspace = Workspace::new(&[]);
    let built_from = built_from();
    for (name, version) in judged_versions() {
        let used = &built_from[&name];
        let source = used.get(&version).unwrap_or_else(|| {
            panic!(
                "tests/ranking/dependencies/truth.tsv was judged on {name} {version}, but Cargo.lock has {:?}: read what changed in the crate, correct the targets, \
                 then set the version in crates.tsv and run with UPDATE_RANKS=1",
                used.keys()
            )
        });
        copy(source, Path::new(&name), &workspace);
    }
    workspace
}

fn judged_versions() -> Vec<(String, String)> {
    let path = repository().join("tests/ranking/dependencies/crates.tsv");
    let text = std::fs::read_to_string(path).expect("crates.tsv is committed");
    let rows = text.lines().filter(|line| !line.starts_with('#'));
    rows.map(|line| {
        let (name, version) = line.split_once('\t').expect("two columns");
        (name.to_owned(), version.to_owned())
    })
    .collect()
}

/// Name, version and folder of every crate that a build on this platform uses. Those of other platforms may not be here.
fn built_from() -> BTreeMap<String, BTreeMap<String, PathBuf>> {
    let about = cargo(&["-vV"]);
    let host = about
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .expect("cargo -vV names the host");
    let metadata = cargo(&[
        "metadata",
        "--format-version=1",
        "--offline",
        "--locked",
        "--filter-platform",
        host,
    ]);
    let metadata: Value = serde_json::from_str(&metadata).expect("cargo metadata is JSON");
    let mut crates: BTreeMap<String, BTreeMap<String, PathBuf>> = BTreeMap::new();
    for package in metadata["packages"].as_array().expect("packages") {
        let text = |field: &str| package[field].as_str().expect("a string").to_owned();
        let manifest = PathBuf::from(text("manifest_path"));
        let folder = manifest.parent().expect("a manifest lies in a folder");
        let versions = crates.entry(text("name")).or_default();
        versions.insert(text("version"), folder.to_owned());
    }
    crates
}

/// What the cargo that runs this test says.
fn cargo(arguments: &[&str]) -> String {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(arguments)
        .current_dir(repository())
        .output()
        .expect("cargo can be started");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo {arguments:?}: {errors}");
    String::from_utf8(output.stdout).expect("cargo writes UTF-8")
}

fn copy(source: &Path, target: &Path, workspace: &Workspace) {
    for entry in std::fs::read_dir(source).expect("a crate's sources can be read") {
        let entry = entry.expect("a crate's sources can be read");
        let (path, target) = (entry.path(), target.join(entry.file_name()));
        let wanted = path
            .extension()
            .is_some_and(|found| EXTENSIONS.iter().any(|extension| *extension == found));
        if path.is_dir() {
            copy(&path, &target, workspace);
        } else if wanted {
            let bytes = std::fs::read(&path).expect("a crate's sources can be read");
            let target = target
                .to_str()
                .expect("paths of published crates are UTF-8");
            workspace.write(target, &bytes);
        }
    }
}
