//! The models: the table inside the program, those that the user keeps, and what runs them.

use symseek_embed::{Embedder, ModelStore, OnnxRuntime, StaticEmbedder, StoredModel};

use super::super::words;
use super::Check;

const TABLE: &str = "embedding table";
const MODEL: &str = "model";
const RUNTIME: &str = "ONNX Runtime";

/// Models up to this size are compared with their checksums always, larger ones when the look is to be thorough.
const QUICK: u64 = 100_000_000;

pub(super) fn check(checks: &mut Vec<Check>, runtime: &OnnxRuntime, thorough: bool) {
    checks.push(table());
    match ModelStore::of_user() {
        Ok(store) => kept(checks, &store, thorough),
        Err(error) => {
            let advice = "set HOME, or use a model by its folder";
            checks.push(Check::warning(MODEL, error.to_string(), advice));
        }
    }
    match runtime.find() {
        Ok(found) => {
            let what = match found.library {
                Some((path, version)) => format!("version {version}, {}", path.display()),
                None => "none is found; the interpreter inside the program stands in".to_owned(),
            };
            checks.push(Check::ok(RUNTIME, what));
            let advice = "install version 1.24 or newer, or name one with --onnx-runtime";
            let notes = found.notes.into_iter();
            checks.extend(notes.map(|note| Check::warning(RUNTIME, note, advice)));
        }
        Err(error) => {
            let advice = "name a library of version 1.24 or newer, or `builtin`";
            checks.push(Check::error(RUNTIME, error.to_string(), advice));
        }
    }
}

fn table() -> Check {
    let verified = StaticEmbedder::built_in().and_then(|table| {
        table.verify()?;
        table.warm()?;
        Ok(table.id().to_string())
    });
    match verified {
        Ok(id) => Check::ok(TABLE, format!("{id}, as it was built")),
        Err(error) => Check::error(TABLE, error.to_string(), "install symseek again"),
    }
}

fn kept(checks: &mut Vec<Check>, store: &ModelStore, thorough: bool) {
    let models = store.list();
    let chosen = store.chosen();
    if let Some(name) = &chosen
        && !models.iter().flatten().any(|model| model.name == *name)
    {
        checks.push(Check::error(
            MODEL,
            format!("{name} is chosen, but not kept"),
            "symseek model use, with another name or `none`",
        ));
    }
    if models.is_empty() && chosen.is_none() {
        checks.push(Check::ok(MODEL, "none is kept, and none is needed"));
    }
    for model in models {
        checks.push(match model {
            Ok(model) => one(store, &model, chosen.as_deref(), thorough),
            Err(error) => {
                let advice = "remove its folder, and add the model again";
                Check::error(MODEL, error.to_string(), advice)
            }
        });
    }
}

fn one(store: &ModelStore, model: &StoredModel, chosen: Option<&str>, thorough: bool) -> Check {
    let name = &model.name;
    let bytes = model.files.values().map(|file| file.bytes).sum();
    let again = || format!("symseek model remove {name}, then add it again");
    let compared = if thorough || bytes <= QUICK {
        if let Err(error) = store.checked(name) {
            return Check::error(MODEL, error.to_string(), again());
        }
        "as it was added (SHA-256)"
    } else {
        for (file, stored) in &model.files {
            let path = store.directory().join(name).join(file);
            let found = std::fs::metadata(&path).map(|metadata| metadata.len());
            if found.as_ref().ok() != Some(&stored.bytes) {
                let found = format!("{} has not {} bytes", path.display(), stored.bytes);
                return Check::error(MODEL, found, again());
            }
        }
        "of its right size; --thorough compares it"
    };
    let mark = if chosen == Some(name) { ", in use" } else { "" };
    Check::ok(
        MODEL,
        format!("{name}, {}, {compared}{mark}", words::size(bytes)),
    )
}
