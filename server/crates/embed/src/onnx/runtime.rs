//! Finds ONNX Runtime on the user's machine and loads it: one library per process, for its lifetime.

use super::OnnxRuntime;
use crate::EmbedError;
use ort::environment::Environment;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::PoisonError;

/// The library of this process.
#[derive(Clone)]
pub(super) struct Runtime {
    pub(super) environment: Environment,
    path: PathBuf,
}

impl Runtime {
    /// Where its library lies.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn describe(&self) -> String {
        format!("ONNX Runtime ({})", self.path.display())
    }
}

/// The one that was loaded.
static LOADED: Mutex<Option<Runtime>> = Mutex::new(None);

/// What a look around gave.
pub(super) struct Found {
    pub(super) runtime: Option<Runtime>,
    /// Libraries that were found and cannot be used, and why.
    pub(super) notes: Vec<String>,
}

/// The runtime: the one that is loaded, else the first of the named one, `ORT_DYLIB_PATH`, beside the program, the system.
///
/// # Errors
/// When a library that somebody named cannot be used.
pub(super) fn find(wanted: &OnnxRuntime) -> Result<Found, EmbedError> {
    let named = match wanted {
        OnnxRuntime::Found => None,
        OnnxRuntime::At(path) => Some(path.as_path()),
        OnnxRuntime::BuiltIn => {
            return Ok(Found {
                runtime: None,
                notes: Vec::new(),
            });
        }
    };
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    let mut notes = Vec::new();
    let variable = std::env::var_os("ORT_DYLIB_PATH").filter(|path| !path.is_empty());
    let variable = variable.map(PathBuf::from);
    let named = [
        (named, "the setting"),
        (variable.as_deref(), "ORT_DYLIB_PATH"),
    ];
    let named = named.into_iter().find_map(|(path, by)| Some((path?, by)));
    if let Some((path, by)) = named {
        let library = library_at(path).ok_or_else(|| {
            let path = path.display();
            EmbedError::Runtime(format!(
                "{by} names {path}, where there is no {}",
                names()[0]
            ))
        })?;
        match &*loaded {
            Some(runtime) if runtime.path == library => {}
            Some(runtime) => notes.push(format!(
                "{} is loaded already; {} counts from the next start",
                runtime.path.display(),
                library.display()
            )),
            None => *loaded = Some(load(&library)?),
        }
    }
    if loaded.is_none() {
        for library in nearby() {
            match load(&library) {
                Ok(runtime) => {
                    *loaded = Some(runtime);
                    break;
                }
                Err(error) => notes.push(error.to_string()),
            }
        }
    }
    Ok(Found {
        runtime: loaded.clone(),
        notes,
    })
}

/// What a library says of itself, as far as it can be asked: `1.24`.
pub(super) fn version(library: &Path) -> String {
    ort::util::probe(library).map_or_else(|| "unknown".to_owned(), |minor| format!("1.{minor}"))
}

fn load(library: &Path) -> Result<Runtime, EmbedError> {
    let builder = ort::init_from(library).map_err(|error| {
        EmbedError::Runtime(match error {
            ort::LoadDynamicError::BadVersion { version_str, path } => format!(
                "{} is version {version_str}; 1.{} or newer is needed",
                path.display(),
                ort::MINOR_VERSION
            ),
            error => error.to_string(),
        })
    })?;
    let environment = builder
        .with_name("symseek")
        .with_telemetry(false)
        .build()
        .map_err(|error| EmbedError::Runtime(error.to_string()))?;
    // It writes to standard error by itself what it gives us as an error anyway.
    environment.set_log_level(ort::logging::LogLevel::Fatal);
    Ok(Runtime {
        environment,
        path: library.to_path_buf(),
    })
}

/// The library at a path that a user gave: itself, or inside a folder: of libraries, of a Python package or environment
/// (`onnxruntime`), or of an npm package (`onnxruntime-node`).
fn library_at(path: &Path) -> Option<PathBuf> {
    // Otherwise the system's loader would search its own places for it.
    let path = path.canonicalize().ok()?;
    if path.is_file() {
        return Some(path);
    }
    let mut folders = vec![path.clone(), path.join("lib")];
    let python = [
        path.clone(),
        path.join("onnxruntime"),
        path.join("Lib/site-packages/onnxruntime"),
    ];
    let versions = entries(&path.join("lib"), "python");
    let versions = versions
        .into_iter()
        .map(|version| version.join("site-packages/onnxruntime"));
    folders.extend(python.into_iter().chain(versions).map(|at| at.join("capi")));
    let (system, machine) = node_names();
    for package in ["", "onnxruntime-node", "node_modules/onnxruntime-node"] {
        let builds = entries(&path.join(package).join("bin"), "napi-v");
        folders.extend(builds.into_iter().map(|it| it.join(system).join(machine)));
    }
    folders.iter().find_map(|folder| library_in(folder))
}

/// Libraries beside the program, then in the system's folders.
fn nearby() -> Vec<PathBuf> {
    let mut folders = Vec::new();
    let program = std::env::current_exe().and_then(|path| path.canonicalize());
    if let Some(beside) = program.ok().as_deref().and_then(Path::parent) {
        folders.extend([
            beside.to_path_buf(),
            beside.join("lib"),
            beside.join("../lib"),
        ]);
    }
    let variable = if cfg!(target_os = "macos") {
        "DYLD_LIBRARY_PATH"
    } else if cfg!(windows) {
        "PATH"
    } else {
        "LD_LIBRARY_PATH"
    };
    let paths = std::env::var_os(variable).unwrap_or_default();
    folders.extend(std::env::split_paths(&paths).filter(|path| path.is_absolute()));
    let machine = std::env::consts::ARCH;
    if cfg!(unix) {
        let system = [
            "/usr/local/lib",
            "/opt/homebrew/lib",
            "/usr/lib64",
            "/usr/lib",
        ];
        folders.extend(system.map(PathBuf::from));
        folders.push(format!("/usr/lib/{machine}-linux-gnu").into());
    }
    let mut found: Vec<PathBuf> = Vec::new();
    for library in folders.iter().filter_map(|folder| library_in(folder)) {
        if !found.contains(&library) {
            found.push(library);
        }
    }
    found
}

/// The newest library of a folder.
fn library_in(folder: &Path) -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = names()
        .iter()
        .flat_map(|name| entries(folder, name))
        .filter(|path| path.is_file())
        .collect();
    // `libonnxruntime.so.1.9` comes before `libonnxruntime.so.1.24`.
    let version = |path: &PathBuf| -> Vec<u32> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let parts = name.split('.').filter_map(|part| part.parse().ok());
        parts.collect()
    };
    found.sort_by_key(version);
    found.pop()?.canonicalize().ok()
}

/// How the library's files start on this system.
fn names() -> &'static [&'static str] {
    if cfg!(target_os = "macos") {
        &["libonnxruntime.dylib", "libonnxruntime."]
    } else if cfg!(windows) {
        &["onnxruntime.dll"]
    } else {
        &["libonnxruntime.so"]
    }
}

/// Names of this machine as npm's packages write them.
fn node_names() -> (&'static str, &'static str) {
    let system = match std::env::consts::OS {
        "macos" => "darwin",
        "windows" => "win32",
        other => other,
    };
    let machine = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => other,
    };
    (system, machine)
}

/// Entries of a folder whose names start so, in order.
fn entries(folder: &Path, start: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut found: Vec<PathBuf> = entries
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(start))
        .map(|entry| entry.path())
        .collect();
    found.sort();
    found
}
