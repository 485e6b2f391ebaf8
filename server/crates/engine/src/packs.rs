//! A user's own query packs and file types: read from the disk once, before the first file, and handed to `syntax`, which
//! knows no disk. What is broken is reported and left out; nothing here is fatal.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use symseek_syntax::Extension;

use crate::options::EngineOptions;

/// What a process reads its languages from, and what was wrong with it.
static LOADED: OnceLock<(Asked, Vec<String>)> = OnceLock::new();

/// The folder of query packs, and globs with their languages.
type Asked = (Option<PathBuf>, Vec<(String, String)>);

/// Extends the registry of languages as the options say. Answers the problems in words for the user. A second engine of one
/// process shares the first one's languages: facts depend on them.
pub(crate) fn load(options: &EngineOptions) -> Vec<String> {
    let asked = (options.query_packs.clone(), options.languages.clone());
    let (loaded, problems) = LOADED.get_or_init(|| {
        let problems = read(options.query_packs.as_deref(), &options.languages);
        (asked.clone(), problems)
    });
    if *loaded == asked {
        return problems.clone();
    }
    vec!["query packs and file types are read once per process; restart to change them".to_owned()]
}

fn read(folder: Option<&Path>, languages: &[(String, String)]) -> Vec<String> {
    let mut problems = Vec::new();
    let mut extension = Extension {
        globs: languages.to_vec(),
        ..Extension::default()
    };
    if let Some(folder) = folder {
        match files(folder) {
            Ok((registry, files)) => {
                extension.languages = registry;
                extension.files = files;
            }
            Err(error) => problems.push(format!("query packs in {}: {error}", folder.display())),
        }
    }
    if extension.languages.is_some() || !extension.files.is_empty() || !extension.globs.is_empty() {
        let broken = symseek_syntax::extend(extension);
        problems.extend(
            broken
                .into_iter()
                .map(|error| format!("query packs: {error}")),
        );
    }
    for problem in &problems {
        tracing::warn!("{problem}");
    }
    problems
}

/// The registry and the query files (pack, name, text) of a folder, sorted. Only regular files one folder deep.
type Files = (Option<String>, Vec<(String, String, String)>);

fn files(folder: &Path) -> std::io::Result<Files> {
    let mut found = Vec::new();
    for pack in std::fs::read_dir(folder)? {
        let pack = pack?;
        if !pack.file_type()?.is_dir() {
            continue;
        }
        for file in std::fs::read_dir(pack.path())? {
            let file = file?;
            let name = file.file_name().to_string_lossy().into_owned();
            if file.file_type()?.is_file()
                && Path::new(&name).extension().is_some_and(|it| it == "scm")
            {
                let text = std::fs::read_to_string(file.path())?;
                found.push((pack.file_name().to_string_lossy().into_owned(), name, text));
            }
        }
    }
    found.sort();
    let registry = match std::fs::read_to_string(folder.join("languages.toml")) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    Ok((registry, found))
}
