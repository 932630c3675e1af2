//! Where somebody goes on after signing in: a place of Mosaic's own page and nowhere else.

use std::fmt;

/// The longest place.
const LONGEST: usize = 1_000;

/// A path of the own page, fit for a `Location` header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnTo(String);

impl ReturnTo {
    /// The path if it is one of the own page; else the page's beginning.
    ///
    /// A browser takes `//host`, `/\host` and, because it drops tabs and line breaks, `/<tab>/host` for another site.
    #[must_use]
    pub fn or_home(text: Option<&str>) -> Self {
        let home = || Self("/".to_owned());
        let Some(text) = text else { return home() };
        let own = text.starts_with('/')
            && text.len() <= LONGEST
            && !text.starts_with("//")
            && !text.starts_with("/api/")
            && text
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        if own { Self(text.to_owned()) } else { home() }
    }

    /// The path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ReturnTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_the_own_page_are_kept() {
        for own in ["/", "/c/1", "/approve#ABCDE-FGHJK", "/memory?q=a%20b&x=//y"] {
            assert_eq!(ReturnTo::or_home(Some(own)).as_str(), own);
        }
    }

    #[test]
    fn nobody_is_sent_elsewhere() {
        let long = format!("/{}", "x".repeat(LONGEST));
        for other in [
            "",
            "c/1",
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "\\/evil.example",
            "javascript:alert(1)",
            "/a b",
            "/ü",
            "/api/auth/oidc/sso/start",
            long.as_str(),
        ] {
            assert_eq!(ReturnTo::or_home(Some(other)).as_str(), "/", "{other:?}");
        }
        assert_eq!(ReturnTo::or_home(None).as_str(), "/");
    }
}
