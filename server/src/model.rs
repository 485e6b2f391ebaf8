//! Which model gives second opinions, made of settings or arguments: the one place that knows the embedder, the store of models
//! and the engine at once.

use std::path::{Path, PathBuf};
use std::sync::Arc;

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
            Arc::new(move || open(path.clone(), &options))
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
    let embedder = OnnxEmbedder::open(&folder, options)?;
    if let Some(vectors) = vectors {
        crate::care::remember(vectors, embedder.id(), &folder);
    }
    Ok(LoadedModel {
        runtime: embedder.backend().to_owned(),
        notes: embedder.notes().to_vec(),
        embedder: Arc::new(embedder),
    })
}
