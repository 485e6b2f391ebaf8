//! Caretaking of what lies on the disk: which indexes there are ([`list`]), what is wrong and how it is repaired ([`doctor`]), what
//! can go ([`gc`], [`forget`]).
//!
//! All of it works on the cache directory alone, without an engine and without a service: [`catalog`] reads it, nothing is scanned,
//! and an index that another process holds is looked at and never touched. What is removed is a direct child of the cache
//! directory that is no link and holds only what we put there.

mod catalog;
mod doctor;
mod forget;
mod gc;
mod list;
mod vectors;
mod words;

use std::path::PathBuf;

use clap::Args;

pub(crate) use catalog::folders;
pub(crate) use doctor::{Surroundings, doctor};
pub(crate) use forget::forget;
pub(crate) use gc::gc;
pub(crate) use list::list;
pub(crate) use vectors::remember;

/// Arguments of `symseek doctor`.
#[derive(Debug, Clone, Args)]
pub(crate) struct DoctorArguments {
    /// Repair what can be repaired safely, and say what was done
    #[arg(long)]
    pub(crate) fix: bool,
    /// Compare every checksum of indexes and models, which reads all of them
    #[arg(long)]
    pub(crate) thorough: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `symseek gc`.
#[derive(Debug, Clone, Args)]
pub(crate) struct GcArguments {
    /// Only say what would be removed
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Also remove what nobody used for so many days
    #[arg(long, value_name = "DAYS")]
    pub(crate) unused_for: Option<u32>,
}

/// Arguments of `symseek forget`.
#[derive(Debug, Clone, Args)]
pub(crate) struct ForgetArguments {
    /// The folder, which need not exist any more
    #[arg(value_name = "FOLDER")]
    pub(crate) path: PathBuf,
    /// Remove without asking
    #[arg(long)]
    pub(crate) yes: bool,
}
