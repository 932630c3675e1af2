//! Code fences: the lines between which Markdown is code.

/// Longer runs of the fence letter are taken for text.
const LONGEST: usize = 16;
/// Longer words behind a fence are taken for no language.
const LONGEST_LANGUAGE: usize = 24;

/// An open code block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fence {
    letter: char,
    length: usize,
    /// The first word behind the fence.
    pub(crate) language: String,
}

/// What a line means to code blocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Line {
    /// It begins one.
    Opens(Fence),
    /// It ends the open one.
    Closes,
    /// Neither.
    Other,
}

impl Fence {
    /// The line that ends it, without line break.
    pub(crate) fn closing(&self) -> String {
        std::iter::repeat_n(self.letter, self.length).collect()
    }

    /// Units of that line with a line break before it.
    pub(crate) fn closing_units(&self) -> usize {
        self.length + 1
    }

    /// The line that begins it again.
    pub(crate) fn reopening(&self) -> String {
        format!("{}{}\n", self.closing(), self.language)
    }
}

/// What a line means where `open` is open.
pub(crate) fn classify(line: &str, open: Option<&Fence>) -> Line {
    let indent = line.len() - line.trim_start_matches(' ').len();
    let line = line.trim_end_matches(['\r', '\n']);
    let body = &line[indent.min(line.len())..];
    let Some(letter) = body
        .chars()
        .next()
        .filter(|first| matches!(first, '`' | '~'))
    else {
        return Line::Other;
    };
    let rest = body.trim_start_matches(letter);
    let length = body.len() - rest.len();
    if length < 3 || indent > 3 {
        return Line::Other;
    }
    match open {
        Some(fence) => {
            if letter == fence.letter && length >= fence.length && rest.trim().is_empty() {
                Line::Closes
            } else {
                Line::Other
            }
        }
        None if length > LONGEST || (letter == '`' && rest.contains('`')) => Line::Other,
        None => Line::Opens(Fence {
            letter,
            length,
            language: language(rest),
        }),
    }
}

fn language(info: &str) -> String {
    let word = info.split_whitespace().next().unwrap_or_default();
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "+-#._".contains(letter);
    if word.len() <= LONGEST_LANGUAGE && word.chars().all(plain) {
        word.to_owned()
    } else {
        String::new()
    }
}
