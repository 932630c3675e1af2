//! Telegram's HTML, read as strictly as Telegram reads it.

const TAGS: [&str; 9] = [
    "b",
    "i",
    "u",
    "s",
    "a",
    "pre",
    "code",
    "blockquote",
    "tg-spoiler",
];

/// What is shown: tags taken out, escapes resolved.
pub(super) fn shown(html: &str) -> Result<String, String> {
    let mut open: Vec<&str> = Vec::new();
    let mut text = String::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        text.push_str(&rest[..at]);
        let end = rest[at..].find('>').ok_or("Unclosed start tag")?;
        let tag = &rest[at + 1..at + end];
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop() != Some(name) {
                return Err(format!("Unmatched end tag \"{name}\""));
            }
        } else {
            let name = tag.split(' ').next().unwrap_or_default();
            if !TAGS.contains(&name) {
                return Err(format!("Unsupported start tag \"{name}\""));
            }
            open.push(name);
        }
        rest = &rest[at + end + 1..];
    }
    text.push_str(rest);
    if let Some(name) = open.pop() {
        return Err(format!(
            "Can't find end tag corresponding to start tag \"{name}\""
        ));
    }
    Ok(text
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&"))
}
