//! Which model gives second opinions, made of settings or arguments: the one place that knows the embedder, the store of models
//! and the engine at once.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::SystemTime;

use parking_lot::Mutex;
use symseek_embed::{EmbedError, Embedder, ModelStore, OnnxEmbedder, OnnxOptions};
use symseek_engine::{LoadModel, LoadedModel, ModelProblem, ModelSettings};

use crate::config::{Embedding, Model};

/// What the engine needs for the model of these settings; `None` when they want none. `cache` is where indexes lie; the vectors
/// lie beside them, since they belong to no folder.
pub(crate) fn settings(
    embedding: &Embedding,
    cache: Option<&Path>,
    problem: Option<Arc<ModelProblem>>,
) -> Option<ModelSettings> {
    let named = |options: &OnnxOptions| OnnxOptions {
        runtime: embedding.runtime.clone(),
        ..options.clone()
    };
    let directory = symseek_engine::vectors_directory(cache);
    let vectors = directory.clone();
    let open = move |folder, options: &OnnxOptions| open(folder, options, vectors.as_deref());
    let load: Arc<LoadModel> = match &embedding.model {
        Model::Off => return None,
        Model::Chosen => {
            let store = ModelStore::of_user().ok()?;
            let name = store.chosen()?;
            let options = named(&OnnxOptions::default());
            Arc::new(move || open(store.checked(&name)?, &options))
        }
        Model::Named(name, options) => {
            let (name, options) = (name.clone(), named(options));
            Arc::new(move || open(ModelStore::of_user()?.checked(&name)?, &options))
        }
        Model::Folder(path, options) => {
            let (path, options) = (path.clone(), named(options));
            // One of the store was doubted when it was added.
            Arc::new(move || {
                let mut loaded = open(path.clone(), &options)?;
                let doubt = shared(&path, &options)?.doubt()?;
                let named = doubt.map(|doubt| format!("{}: {doubt}", path.display()));
                loaded.notes.extend(named);
                Ok(loaded)
            })
        }
    };
    Some(ModelSettings {
        load,
        directory,
        warm: embedding.warm,
        problem,
    })
}

/// The model of an argument: a folder where there is one, else a name.
pub(crate) fn of_argument(argument: &str) -> Model {
    let path = PathBuf::from(argument);
    match path.canonicalize() {
        Ok(path) if path.is_dir() => Model::Folder(path, OnnxOptions::default()),
        _ => Model::Named(argument.to_owned(), OnnxOptions::default()),
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "every caller has made it for this"
)]
fn open(
    folder: PathBuf,
    options: &OnnxOptions,
    vectors: Option<&Path>,
) -> Result<LoadedModel, EmbedError> {
    let embedder = shared(&folder, options)?;
    if let Some(vectors) = vectors {
        crate::care::remember(vectors, embedder.id(), &folder);
    }
    Ok(LoadedModel {
        runtime: embedder.backend().to_owned(),
        notes: embedder.notes().to_vec(),
        embedder,
    })
}

/// A model that some session of this process has loaded, and what it was loaded from.
struct Open {
    folder: PathBuf,
    options: OnnxOptions,
    files: Vec<Option<(u64, SystemTime)>>,
    model: Weak<OnnxEmbedder>,
}

/// The model in a folder: in a service one for all sessions that want it, for as long as one of them does.
fn shared(folder: &Path, options: &OnnxOptions) -> Result<Arc<OnnxEmbedder>, EmbedError> {
    static OPEN: Mutex<Vec<Open>> = Mutex::new(Vec::new());
    let stamp = |name: &str| {
        let metadata = std::fs::metadata(folder.join(name)).ok()?;
        Some((metadata.len(), metadata.modified().ok()?))
    };
    let files = vec![stamp("model.onnx"), stamp("tokenizer.json")];
    // Within the lock: two that want it at once wait for one.
    let mut open = OPEN.lock();
    open.retain(|it| it.model.strong_count() > 0);
    let known = open
        .iter()
        .filter(|it| it.folder == folder && it.options == *options && it.files == files)
        .find_map(|it| it.model.upgrade());
    if let Some(model) = known {
        return Ok(model);
    }
    let model = Arc::new(OnnxEmbedder::open(folder, options)?);
    open.push(Open {
        folder: folder.to_owned(),
        options: options.clone(),
        files,
        model: Arc::downgrade(&model),
    });
    Ok(model)
}
