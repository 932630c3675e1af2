//! The adapters against the scripted model server, over real HTTP.

#[cfg(test)]
#[path = "wire/answers.rs"]
mod answers;
#[cfg(test)]
#[path = "wire/failures.rs"]
mod failures;
#[cfg(test)]
#[path = "wire/quirks.rs"]
mod quirks;
#[cfg(test)]
#[path = "wire/support.rs"]
mod support;
#[cfg(test)]
#[path = "wire/time.rs"]
mod time;
