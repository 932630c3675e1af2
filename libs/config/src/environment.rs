//! The environment of the process, for the few who need something from it that is not a setting.

use std::env;
use std::path::PathBuf;

use secrecy::SecretString;

/// The folders of `PATH`, in order.
#[must_use]
pub fn search_path() -> Vec<PathBuf> {
    env::var_os("PATH")
        .map(|path| env::split_paths(&path).collect())
        .unwrap_or_default()
}

/// The user's home folder.
#[must_use]
pub fn home() -> Option<PathBuf> {
    env::var_os("HOME")
        .filter(|home| !home.is_empty())
        .map(PathBuf::from)
}

/// Whether the user asked for output without colour (`NO_COLOR`, or a terminal that has none).
#[must_use]
pub fn no_color() -> bool {
    env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
        || env::var_os("TERM").is_some_and(|term| term == "dumb")
}

/// Whether the terminal says of itself that it can only print.
#[must_use]
pub fn dumb_terminal() -> bool {
    env::var_os("TERM").is_some_and(|term| term == "dumb")
}

/// Whether the terminal can show more than ASCII, judged by the locale.
#[must_use]
pub fn utf8_terminal() -> bool {
    ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .filter_map(env::var_os)
        .find(|value| !value.is_empty())
        .is_some_and(|value| {
            let value = value.to_string_lossy().to_ascii_lowercase();
            value.contains("utf-8") || value.contains("utf8")
        })
}

/// The password of the first admin, for whoever sets an installation up by a script.
#[must_use]
pub fn bootstrap_password() -> Option<SecretString> {
    let password = env::var_os("MOSAIC_BOOTSTRAP_PASSWORD")?
        .into_string()
        .ok()?;
    (!password.is_empty()).then(|| SecretString::from(password))
}

/// The folder for data that belongs to the user, by the customs of the system; relative when there is no home.
#[must_use]
pub fn default_data_dir() -> PathBuf {
    if let Some(xdg) = env::var_os("XDG_DATA_HOME").filter(|dir| !dir.is_empty()) {
        return PathBuf::from(xdg).join("mosaic");
    }
    match home() {
        Some(home) if cfg!(target_os = "macos") => home.join("Library/Application Support/Mosaic"),
        Some(home) => home.join(".local/share/mosaic"),
        None => PathBuf::from("mosaic-data"),
    }
}

/// The folder for settings and credentials that belong to the user, by the customs of the system; none without a home.
#[must_use]
pub fn user_config_dir() -> Option<PathBuf> {
    let xdg = env::var_os("XDG_CONFIG_HOME").map(PathBuf::from);
    if let Some(xdg) = xdg.filter(|dir| dir.is_absolute()) {
        return Some(xdg.join("mosaic"));
    }
    let home = home().filter(|home| home.is_absolute())?;
    Some(if cfg!(target_os = "macos") {
        home.join("Library/Application Support/Mosaic")
    } else {
        home.join(".config/mosaic")
    })
}

/// Whether a window can be opened where this runs.
#[must_use]
pub fn has_display() -> bool {
    cfg!(target_os = "macos")
        || ["WAYLAND_DISPLAY", "DISPLAY"]
            .iter()
            .any(|name| env::var_os(name).is_some_and(|value| !value.is_empty()))
}

/// Every variable as text; what is not Unicode is shown with replacement characters and fails its check.
pub(crate) fn variables() -> Vec<(String, String)> {
    env::vars_os()
        .map(|(name, value)| {
            (
                name.to_string_lossy().into_owned(),
                value.to_string_lossy().into_owned(),
            )
        })
        .collect()
}
