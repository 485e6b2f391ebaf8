//! temp
use std::sync::Arc;
use symseek_base::{Cancel, Edit};
use symseek_syntax::{Document, Language};
fn main() {
    let file = std::env::args().nth(1).unwrap_or_default();
    let lang = if file.ends_with("rs") { "rust" } else { "python" };
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let mut d = Document::open(text.clone().into(), Language::by_name(lang));
    let n = 400;
    for round in 0..n {
        let at = text.len() * (round + 1) / (n + 2);
        let at = text[..at].rfind('\n').map_or(0, |at| at + 1);
        for ins in ["x", ""] {
            let old = d.text().clone();
            let edit = Edit::replace(&old, at, at + usize::from(ins.is_empty()), ins);
            let new: Arc<str> = if ins.is_empty() { text.as_str().into() } else { format!("{}x{}", &text[..at], &text[at..]).into() };
            let _ = d.edit(&[edit], new, &Cancel::new());
        }
    }
    println!("{} lines {} bytes {} refs {} syms", text.lines().count(), text.len(), d.facts().references.len(), d.facts().symbols.len());
}
