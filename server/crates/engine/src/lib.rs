//! A workspace kept alive: finds files, indexes them, follows open documents and the disk, commits behind, and answers.
//!
//! Everything the language server and the command line share lives here or below; what belongs to only one of them (the
//! protocol, arguments, colours) does not. No async: one writer thread applies changes in order, one indexer thread per folder
//! owns its stored index, short-lived workers parse. Readers take an immutable view and never wait for either.

pub mod cache;
mod change;
mod engine;
mod explore;
mod hub;
mod indexer;
mod options;
mod packs;
mod prepare;
mod refine;
mod scan;
mod status;
mod watch;
mod writer;

pub use cache::{user_cache, vectors_directory};
pub use change::{Change, UNTITLED};
pub use engine::{Engine, EngineError};
pub use hub::{Hub, HubFolder};
pub use options::{EngineOptions, Settings};
pub use refine::{LoadModel, LoadedModel, ModelProblem, ModelSettings, ModelStatus};
pub use scan::check_glob;
pub use status::{FolderStatus, Progress, ProgressHook, StatusReport, StoreMode};
