//! Emphasis, code and links within a line.

/// Emphasis nested deeper than this is left as it is written.
const DEEPEST: usize = 6;

/// A text that means nothing but itself.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    text.chars().for_each(|letter| push(letter, &mut out));
    out
}

/// Renders what stands in one line.
pub(super) fn inline(line: &str) -> String {
    let mut out = String::with_capacity(line.len() + 16);
    Writer {
        links: true,
        depth: 0,
    }
    .write(line, &mut out);
    out
}

#[derive(Clone, Copy)]
struct Writer {
    /// Whether links may be made: not within a link.
    links: bool,
    depth: usize,
}

impl Writer {
    fn write(self, line: &str, out: &mut String) {
        let mut at = 0;
        while let Some(letter) = line[at..].chars().next() {
            let taken = match letter {
                '\\' => escaped(&line[at..], out),
                '`' => Some(code(&line[at..], out)),
                '*' | '_' | '~' if self.depth < DEEPEST => {
                    Some(self.emphasis(line, at, letter, out))
                }
                '[' if self.links => self.link(&line[at..], 0, out),
                '!' if self.links && line[at..].starts_with("![") => self.link(&line[at..], 1, out),
                _ => None,
            };
            at += taken.unwrap_or_else(|| {
                push(letter, out);
                letter.len_utf8()
            });
        }
    }

    fn emphasis(self, line: &str, at: usize, letter: char, out: &mut String) -> usize {
        let rest = &line[at..];
        let run = rest.len() - rest.trim_start_matches(letter).len();
        let (mark, tag) = match (letter, run) {
            ('*', 1) => ("*", "i"),
            ('_', 1) => ("_", "i"),
            ('*', 2..=3) => ("**", "b"),
            ('_', 2..=3) => ("__", "b"),
            ('~', 2) => ("~~", "s"),
            _ => return literal(rest, run, out),
        };
        // Underscores within words are letters.
        let before = line[..at].chars().next_back();
        if letter == '_' && before.is_some_and(char::is_alphanumeric) {
            return literal(rest, run, out);
        }
        let Some(end) = closing(&rest[mark.len()..], mark) else {
            return literal(rest, run, out);
        };
        let content = &rest[mark.len()..mark.len() + end];
        let inner = Self {
            depth: self.depth + 1,
            ..self
        };
        out.extend(["<", tag, ">"]);
        inner.write(content, out);
        out.extend(["</", tag, ">"]);
        mark.len() * 2 + end
    }

    /// `[text](address)`, or the same of an image behind `!`.
    fn link(self, rest: &str, skip: usize, out: &mut String) -> Option<usize> {
        let body = &rest[skip + 1..];
        let middle = body.find("](")?;
        let (text, behind) = (&body[..middle], &body[middle + 2..]);
        let end = behind.find(')')?;
        let address = &behind[..end];
        let plain = !address.contains([' ', '"', '<', '>']) && !text.contains('[');
        let known = ["https://", "http://", "tg://", "mailto:"];
        if !plain || !known.iter().any(|scheme| address.starts_with(scheme)) {
            return None;
        }
        out.push_str("<a href=\"");
        out.push_str(&escape(address));
        out.push_str("\">");
        if text.trim().is_empty() {
            out.push_str(&escape(address));
        } else {
            let inner = Self {
                links: false,
                depth: self.depth + 1,
            };
            inner.write(text, out);
        }
        out.push_str("</a>");
        Some(skip + 1 + middle + 2 + end + 1)
    }
}

/// A run of marks that emphasise nothing.
fn literal(rest: &str, run: usize, out: &mut String) -> usize {
    out.push_str(&escape(&rest[..run]));
    run
}

/// Where the mark comes again so that it closes: not behind a space, and not as a part of a longer run.
fn closing(text: &str, mark: &str) -> Option<usize> {
    let letter = mark.chars().next()?;
    if text.starts_with(char::is_whitespace) {
        return None;
    }
    let mut from = 0;
    while let Some(found) = text[from..].find(letter) {
        let at = from + found;
        let run = text[at..].len() - text[at..].trim_start_matches(letter).len();
        let behind = text[at + run..].chars().next();
        let word = letter == '_' && behind.is_some_and(char::is_alphanumeric);
        let before = text[..at].chars().next_back();
        let closes = before.is_some_and(|before| !before.is_whitespace() && before != '\\');
        if run == mark.len() && closes && !word {
            return Some(at);
        }
        from = at + run;
    }
    None
}

/// `\*` is a star.
fn escaped(rest: &str, out: &mut String) -> Option<usize> {
    let next = rest[1..]
        .chars()
        .next()
        .filter(char::is_ascii_punctuation)?;
    push(next, out);
    Some(2)
}

/// Between runs of backticks of the same length everything is code.
fn code(rest: &str, out: &mut String) -> usize {
    let run = rest.len() - rest.trim_start_matches('`').len();
    let body = &rest[run..];
    let mut from = 0;
    while let Some(found) = body[from..].find('`') {
        let at = from + found;
        let length = body[at..].len() - body[at..].trim_start_matches('`').len();
        if length == run {
            out.push_str("<code>");
            out.push_str(&escape(&body[..at]));
            out.push_str("</code>");
            return run + at + run;
        }
        from = at + length;
    }
    literal(rest, run, out)
}

fn push(letter: char, out: &mut String) {
    match letter {
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '&' => out.push_str("&amp;"),
        '"' => out.push_str("&quot;"),
        letter => out.push(letter),
    }
}
