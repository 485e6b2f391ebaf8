//! What facts depend on besides the text: a change here makes stored facts stale.

use symseek_base::ContentHash;

use crate::language::Language;

/// Bump when the code that makes facts changes what it makes.
const FACTS: u32 = 4;

/// Names the query packs and the code that turns texts into facts. Equal versions give equal facts.
pub fn version() -> String {
    let mut packs = Vec::new();
    for language in Language::all() {
        packs.extend_from_slice(language.name().as_bytes());
        for (name, source) in language.query_files() {
            packs.extend_from_slice(name.as_bytes());
            packs.extend_from_slice(source.as_bytes());
        }
    }
    packs.extend_from_slice(crate::language::detection().as_bytes());
    format!("{FACTS}-{:032x}", ContentHash::of(&packs).0)
}
