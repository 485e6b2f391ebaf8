//! The files of vectors that the models for second opinions made, one per model, and beside each a note of where its model lies, so
//! that the vectors can go when the model has gone.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use symseek_embed::ModelId;

/// Vectors of one model.
#[derive(Debug)]
pub(super) struct Vectors {
    pub(super) file: PathBuf,
    /// Where its model lay when it was loaded last; vectors without a note are kept.
    pub(super) model: Option<PathBuf>,
    pub(super) bytes: u64,
    pub(super) last_used: Option<SystemTime>,
}

impl Vectors {
    /// Whether the folder of its model is known to be gone.
    pub(super) fn is_orphan(&self) -> bool {
        self.model
            .as_deref()
            .is_some_and(|model| model.try_exists().is_ok_and(|there| !there))
    }

    /// Removes the file and its note.
    pub(super) fn remove(&self) -> std::io::Result<()> {
        std::fs::remove_file(&self.file)?;
        match std::fs::remove_file(note(&self.file)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// Notes that the vectors of `id` in `directory` are made by the model in `folder`. A note that cannot be written costs only
/// that the vectors stay until somebody asks for what is unused.
pub(crate) fn remember(directory: &Path, id: &ModelId, folder: &Path) {
    let (Ok(folder), path) = (folder.canonicalize(), note(&file(directory, id))) else {
        return;
    };
    let Some(text) = folder.to_str() else {
        return;
    };
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    if std::fs::read_to_string(&path).is_ok_and(|known| known == text) {
        return;
    }
    let written = builder
        .create(directory)
        .and_then(|()| std::fs::write(&path, text));
    if let Err(error) = written {
        tracing::debug!(%error, "where a model lies could not be noted");
    }
}

/// The vectors in `directory`, by name.
pub(super) fn read(directory: &Path) -> Vec<Vectors> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let mut files: Vec<Vectors> = entries
        .filter(|entry| entry.file_type().is_ok_and(|it| it.is_file()))
        .filter(|entry| has_ending(&entry.path(), "vectors"))
        .map(|entry| {
            let file = entry.path();
            let noted = std::fs::read_to_string(note(&file)).ok();
            let metadata = entry.metadata().ok();
            Vectors {
                model: noted.map(PathBuf::from).filter(|it| it.is_absolute()),
                bytes: metadata.as_ref().map_or(0, std::fs::Metadata::len),
                last_used: metadata.and_then(|it| it.modified().ok()),
                file,
            }
        })
        .collect();
    files.sort_by(|a, b| a.file.cmp(&b.file));
    files
}

/// Whether a file's name ends so.
pub(super) fn has_ending(path: &Path, ending: &str) -> bool {
    path.extension().is_some_and(|it| it == ending)
}

fn file(directory: &Path, id: &ModelId) -> PathBuf {
    directory.join(format!("{:032x}.vectors", id.content.0))
}

fn note(file: &Path) -> PathBuf {
    file.with_extension("model")
}
