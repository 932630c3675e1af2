//! Email addresses, as far as they must be understood here: by what people sign in with, and never sent to.

use std::fmt;
use std::sync::Arc;

/// The longest address that mail knows.
const LONGEST: usize = 254;

/// An email address as its person wrote it. Compared without case.
#[derive(Debug, Clone)]
pub struct EmailAddress(Arc<str>);

/// A text that is no email address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not an email address")]
pub struct MalformedEmail;

impl EmailAddress {
    /// Reads an address: something before one `@`, a domain behind it, nothing that cannot be seen.
    pub fn parse(text: &str) -> Result<Self, MalformedEmail> {
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@').ok_or(MalformedEmail)?;
        let odd = |letter: char| {
            // A sign that without case is another letter of ASCII would be taken for somebody else's address.
            let poses = !letter.is_ascii() && letter.to_lowercase().any(|lower| lower.is_ascii());
            let marks = "<>()[],;:\\\"@".contains(letter);
            poses || marks || letter.is_whitespace() || letter.is_control()
        };
        let labels = domain
            .split('.')
            .all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'));
        let fits = text.len() <= LONGEST
            && !local.is_empty()
            && labels
            && !local.contains(odd)
            && !domain.contains(odd);
        if fits {
            Ok(Self(Arc::from(text)))
        } else {
            Err(MalformedEmail)
        }
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What is the same for all ways to write it.
    #[must_use]
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }

    /// What stands before the `@`.
    #[must_use]
    pub fn local(&self) -> &str {
        self.0.rsplit_once('@').map_or(&self.0, |(local, _)| local)
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl PartialEq for EmailAddress {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for EmailAddress {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_have_is_an_address() {
        for (text, local) in [
            ("ada@example.org", "ada"),
            (" Ada.Lovelace+x@mail.example.org ", "Ada.Lovelace+x"),
            ("o'neil@example", "o'neil"),
            ("jörg@bücher.example", "jörg"),
        ] {
            let address = EmailAddress::parse(text).unwrap();
            assert_eq!(address.as_str(), text.trim());
            assert_eq!(address.local(), local);
        }
        let (one, other) = ("Ada@Example.org", "ada@example.ORG");
        assert_eq!(EmailAddress::parse(one), EmailAddress::parse(other));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = format!("{}@example.org", "a".repeat(250));
        for text in [
            "",
            "ada",
            "@example.org",
            "ada@",
            "ada@@example.org",
            "a b@example.org",
            "ada@exa mple.org",
            "ada@.org",
            "ada@example.",
            "Ada <ada@example.org>",
            "ada\n@example.org",
            "mi\u{212a}e@example.org",
            "\u{130}da@example.org",
            &long,
        ] {
            assert_eq!(EmailAddress::parse(text), Err(MalformedEmail), "{text}");
        }
    }
}
