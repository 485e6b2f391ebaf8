//! `symseek model`: the sentence encoders that the user keeps on this machine.

use anstream::{eprintln, println};
use symseek_embed::{ModelStore, OnnxOptions, StoredModel};

use super::args::{Common, ModelAction};
use super::run::Outcome;

/// Runs one action.
pub(crate) fn run(action: ModelAction, common: &Common) -> anyhow::Result<Outcome> {
    let store = ModelStore::of_user()?;
    match action {
        ModelAction::List => return Ok(list(&store)),
        ModelAction::Add { name, from } => {
            let options = OnnxOptions {
                runtime: common.runtime(),
                ..OnnxOptions::default()
            };
            let (model, doubt) = store.add(&name, &from, &options)?;
            describe(&model, false);
            if let Some(doubt) = doubt {
                eprintln!("note: {name} {doubt}");
            }
            println!("kept in {}", store.directory().join(&name).display());
            println!("to use it: symseek model use {name}");
        }
        ModelAction::Use { name } if name == "none" => {
            store.choose(None)?;
            println!("no model is in use");
        }
        ModelAction::Use { name } => {
            store.choose(Some(&name))?;
            println!("{name} is in use; a running server takes it at its next start");
        }
        ModelAction::Remove { name } => {
            store.remove(&name)?;
            println!("{name} is removed");
        }
    }
    Ok(Outcome::Found)
}

fn list(store: &ModelStore) -> Outcome {
    let chosen = store.chosen();
    let models = store.list();
    for model in &models {
        match model {
            Ok(model) => describe(model, chosen.as_ref() == Some(&model.name)),
            Err(error) => eprintln!("note: {error}"),
        }
    }
    if models.is_empty() {
        eprintln!("no models in {}", store.directory().display());
        return Outcome::Nothing;
    }
    Outcome::Found
}

fn describe(model: &StoredModel, is_chosen: bool) {
    let mark = if is_chosen { "  (in use)" } else { "" };
    println!(
        "{}  {} dimensions, from {}{mark}",
        model.name, model.dims, model.source
    );
    for (file, stored) in &model.files {
        println!("  {}  {:>10}  {file}", stored.sha256, stored.bytes);
    }
}
