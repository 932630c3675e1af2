//! Which passwords are taken: long enough, and none that is guessed first.

use crate::email::EmailAddress;

/// The longest password, in bytes. Longer ones say no more and only cost.
pub const LONGEST_PASSWORD: usize = 1_024;
/// What everybody tries first, without the digits and marks that people put behind it. Sorted by nothing: there are few.
const COMMON: &str = include_str!("common.txt");
/// A password of fewer different letters is a pattern.
const DIFFERENT: usize = 4;
/// Shorter words say nothing about anybody.
const TELLING: usize = 3;

/// What a new password is held to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordRules {
    /// The fewest characters.
    pub least: usize,
}

/// Why a new password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WeakPassword {
    /// Too few characters.
    #[error("is too short: it takes at least {least} characters")]
    Short {
        /// So many are needed.
        least: usize,
    },
    /// Too many bytes.
    #[error("is longer than {LONGEST_PASSWORD} bytes")]
    Long,
    /// Everybody would try it.
    #[error("is one of those that are tried first; take several words that do not belong together")]
    Common,
    /// Whoever knows the person would try it.
    #[error("is the own name or email address")]
    Own,
}

impl PasswordRules {
    /// Refuses a password that is too short, too long, common, or made from what is known of its person.
    pub fn check(
        self,
        password: &str,
        name: &str,
        email: Option<&EmailAddress>,
    ) -> Result<(), WeakPassword> {
        let least = self.least;
        if password.len() > LONGEST_PASSWORD {
            return Err(WeakPassword::Long);
        }
        if password.chars().count() < least {
            return Err(WeakPassword::Short { least });
        }
        let core = core(password);
        let same = |own: &str| {
            let own = squeeze(own);
            own.chars().count() >= TELLING && (core == own || squeeze(password) == own)
        };
        if same(name) || email.is_some_and(|email| same(email.as_str()) || same(email.local())) {
            return Err(WeakPassword::Own);
        }
        if is_common(password, &core) {
            return Err(WeakPassword::Common);
        }
        Ok(())
    }
}

fn is_common(password: &str, core: &str) -> bool {
    let whole = squeeze(password);
    let listed = COMMON
        .lines()
        .any(|common| common == whole || common == core);
    let mut letters: Vec<char> = whole.chars().collect();
    letters.sort_unstable();
    letters.dedup();
    listed || letters.len() < DIFFERENT || is_run(&whole)
}

/// Whether the whole counts up or down, e.g. `123456789012` or `abcdefghijkl`.
fn is_run(text: &str) -> bool {
    let letters: Vec<i64> = text
        .chars()
        .map(|letter| i64::from(u32::from(letter)))
        .collect();
    let steps = letters.windows(2).map(|pair| match pair {
        [first, second] => second - first,
        _ => 0,
    });
    // From 9 to 0 as on a keyboard, and back.
    let step = |step: i64| match step {
        -9 => 1,
        9 => -1,
        other => other,
    };
    let steps: Vec<i64> = steps.map(step).collect();
    steps
        .first()
        .is_some_and(|first| first.abs() <= 1 && steps.iter().all(|step| step == first))
}

/// Letters and digits alone, without case.
fn squeeze(text: &str) -> String {
    let letters = text.chars().filter(|letter| letter.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// The same without what people put behind it.
fn core(text: &str) -> String {
    let whole = squeeze(text);
    let word = whole.trim_end_matches(|letter: char| letter.is_numeric());
    word.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(password: &str) -> Result<(), WeakPassword> {
        let email = EmailAddress::parse("ada.lovelace@example.org").unwrap();
        PasswordRules { least: 12 }.check(password, "Ada King-Lovelace", Some(&email))
    }

    #[test]
    fn long_and_unlikely_passwords_are_taken() {
        for password in [
            "nine horses under a green moon",
            "0x8f3a-nightjar",
            "ein Pferd frisst keinen Gurkensalat",
            "Ada Lovelace rides a zebra",
            "пароль из нескольких слов",
        ] {
            assert_eq!(check(password), Ok(()), "{password}");
        }
    }

    #[test]
    fn others_are_refused_and_it_is_said_why() {
        use WeakPassword::{Common, Long, Own, Short};
        let long = "ab1-".repeat(300);
        for (password, why) in [
            ("short", Short { least: 12 }),
            ("elevenchars", Short { least: 12 }),
            (long.as_str(), Long),
            ("password12345", Common),
            ("Password1234!", Common),
            ("qwertyuiop123", Common),
            ("aaaaaaaaaaaaa", Common),
            ("abababababab1", Common),
            ("1234567890123", Common),
            ("abcdefghijklm", Common),
            ("adalovelace@example.org", Own),
            ("ADA.lovelace1815", Own),
            ("ada king lovelace", Own),
        ] {
            assert_eq!(check(password), Err(why), "{password}");
        }
    }

    #[test]
    fn characters_are_counted_and_not_bytes() {
        let rules = PasswordRules { least: 8 };
        assert!(rules.check("äöüßéè", "x", None).is_err());
        assert!(rules.check("äöüßéèêç", "x", None).is_ok());
    }

    #[test]
    fn every_listed_password_is_as_it_is_compared() {
        for common in COMMON.lines() {
            assert_eq!(squeeze(common), common);
        }
    }
}
