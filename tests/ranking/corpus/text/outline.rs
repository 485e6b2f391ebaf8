//! The table of contents of a Markdown page.

/// A heading and where it leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    pub level: usize,
    pub title: String,
    pub anchor: String,
}

/// All headings outside of code blocks, in order.
pub fn headings(page: &str) -> Vec<Heading> {
    let mut found: Vec<Heading> = Vec::new();
    let mut in_code = false;
    for line in page.lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
            continue;
        }
        let level = line.bytes().take_while(|byte| *byte == b'#').count();
        if in_code || level == 0 || level > 6 || !line[level..].starts_with(' ') {
            continue;
        }
        let title = line[level..].trim().trim_end_matches('#').trim_end().to_owned();
        let anchor = unique(&slug(&title), &found);
        found.push(Heading { level, title, anchor });
    }
    found
}

/// Lower case, spaces to dashes, punctuation gone.
pub fn slug(title: &str) -> String {
    title
        .chars()
        .filter_map(|c| match c {
            ' ' | '-' => Some('-'),
            c if c.is_alphanumeric() || c == '_' => Some(c.to_ascii_lowercase()),
            _ => None,
        })
        .collect()
}

fn unique(anchor: &str, taken: &[Heading]) -> String {
    let same = taken.iter().filter(|heading| heading.anchor.starts_with(anchor)).count();
    if same == 0 { anchor.to_owned() } else { format!("{anchor}-{same}") }
}

/// A nested list of links.
pub fn render_contents(page: &str, deepest: usize) -> String {
    let headings = headings(page);
    let top = headings.iter().map(|heading| heading.level).min().unwrap_or(1);
    headings
        .iter()
        .filter(|heading| heading.level <= deepest)
        .map(|heading| format!("{}- [{}](#{})\n", "  ".repeat(heading.level - top), heading.title, heading.anchor))
        .collect()
}
