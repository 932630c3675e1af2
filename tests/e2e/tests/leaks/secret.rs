//! Something that must not be found.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use crate::places::Place;

/// How much is shown around a leak.
const AROUND: usize = 80;
/// Bytes of a key that seals.
const KEY: usize = 32;

/// A secret, and the forms in which it could be written.
pub(crate) struct Secret {
    name: &'static str,
    forms: Vec<Vec<u8>>,
}

impl Secret {
    pub(crate) fn new(name: &'static str, value: &str) -> Self {
        let quoted: String = value
            .chars()
            .map(|letter| match letter {
                '+' | '/' | '=' | ':' | '@' => format!("%{:02x}", u32::from(letter)),
                other => other.to_string(),
            })
            .collect();
        let mut forms = written(value.as_bytes());
        forms.push(quoted.into_bytes());
        // A key is configured in base64, and could be printed as the bytes that it is.
        if let Ok(key) = STANDARD.decode(value)
            && key.len() == KEY
        {
            forms.extend(written(&key));
        }
        for form in &mut forms {
            form.make_ascii_lowercase();
        }
        forms.sort();
        forms.dedup();
        Self { name, forms }
    }

    /// Where it is found, with what stands around it and without itself.
    pub(crate) fn leaks(&self, places: &[Place]) -> Vec<String> {
        let mut leaks = Vec::new();
        for place in places {
            let found = self.forms.iter().find_map(|form| {
                let at = place.position(form)?;
                Some((at, at + form.len()))
            });
            if let Some((from, to)) = found {
                let before = place.text(from.saturating_sub(AROUND), from);
                let after = place.text(to, to + AROUND);
                leaks.push(format!(
                    "{} in {}: …{before}[{}]{after}…",
                    self.name, place.name, self.name
                ));
            }
        }
        leaks
    }
}

/// Bytes as they could be written down: as they are, in hex, as a list of numbers, in base64.
fn written(bytes: &[u8]) -> Vec<Vec<u8>> {
    let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
    let list = format!("{bytes:?}");
    let list = list.trim_matches(['[', ']']);
    let texts = [
        digits.collect::<Vec<_>>().concat(),
        list.to_owned(),
        list.replace(' ', ""),
        STANDARD.encode(bytes),
        URL_SAFE_NO_PAD.encode(bytes),
    ];
    let mut forms = vec![bytes.to_vec()];
    forms.extend(texts.into_iter().map(String::into_bytes));
    forms
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}
