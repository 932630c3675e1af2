//! Secrets have types that do not show them.

use mosaic_architecture_tests::{Findings, SourceFile, Workspace, files_under};

/// How fields are called that hold secrets, alone or at the end of a longer name.
const SECRET: [&str; 7] = [
    "password", "secret", "token", "api_key", "cookie", "verifier", "nonce",
];
/// Types that show what they hold.
const TELLING: [&str; 6] = ["String", "Arc<str>", "Box<str>", "&str", "&'a str", "Cow<"];

/// The type of a field that is called like a secret and would show it.
fn shown(line: &str) -> Option<&str> {
    let line = line.trim();
    let (left, kind) = line.trim_end_matches(',').split_once(": ")?;
    let name = left.rsplit(' ').next()?;
    let plain = |letter: char| letter.is_ascii_lowercase() || letter == '_';
    let called = SECRET.iter().any(|word| {
        let rest = name.strip_suffix(word);
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('_'))
    });
    let inner = kind.strip_prefix("Option<").unwrap_or(kind);
    let telling = TELLING.iter().any(|one| inner.starts_with(one));
    (name.chars().all(plain) && called && telling).then_some(name)
}

/// Fields of types with a derived `Debug` that would show a secret.
fn fields(file: &SourceFile, findings: &mut Findings) {
    let (mut printable, mut inside) = (false, false);
    for (number, line) in file.code() {
        let start = line.trim_start();
        let item = start
            .trim_start_matches("pub ")
            .trim_start_matches("pub(crate) ");
        let item = item.trim_start_matches("pub(super) ");
        if start.starts_with("#[derive(") {
            printable = start.contains("Debug");
        } else if item.starts_with("struct ") || item.starts_with("enum ") {
            inside = printable && line.trim_end().ends_with('{');
            printable = false;
        } else if line.starts_with('}') {
            inside = false;
        } else if inside && let Some(name) = shown(line) {
            let place = format!("{}:{number}", file.path);
            findings.add(place, format_args!("{name} would be printed"));
        }
    }
}

#[test]
fn what_is_called_like_a_secret_has_a_type_that_does_not_show_it() -> anyhow::Result<()> {
    let mut findings = Findings::new(
        "A field that holds a secret has a type whose Debug shows nothing of it",
        "use SecretString, mosaic_identity::ShownOnce for what is answered once, or write Debug by hand",
    );
    let root = Workspace::load()?.root;
    for folder in ["libs", "services", "clients"] {
        for file in files_under(&root, folder, ".rs")? {
            let exempt = file.is_test() || file.path.starts_with("libs/testkit/");
            if !exempt && !file.path.contains("/gen/") {
                fields(&file, &mut findings);
            }
        }
    }
    findings.verdict()
}

#[test]
fn fields_are_told_by_their_names_and_types() {
    for wrong in [
        "    pub token: String,",
        "    new_token: Option<String>,",
        "    pub(crate) session_cookie: Arc<str>,",
        "    password: &'a str,",
    ] {
        assert!(shown(wrong).is_some(), "{wrong}");
    }
    for fine in [
        "    pub token: SecretString,",
        "    pub tokens: String,",
        "    pub token_name: String,",
        "    pub password: Option<SecretString>,",
    ] {
        assert!(shown(fine).is_none(), "{fine}");
    }
}
