//! What must not be seen where it does not belong.

use mosaic_isolation::Caller;

/// Texts by which it is recognised that something of the holder's or of workspace A got out.
#[derive(Debug, Clone, Default)]
pub(crate) struct Markers {
    /// What the holder said, heard, named or had remembered. For the holder alone.
    said: Vec<String>,
    /// Ids, names and texts of workspace A. For those who are in it.
    known: Vec<String>,
}

impl Markers {
    pub(crate) fn said(&mut self, text: impl Into<String>) {
        self.said.push(text.into());
    }

    pub(crate) fn known(&mut self, text: impl Into<String>) {
        self.known.push(text.into());
    }

    /// What `text` shows that this caller must not see. What they asked with they know already.
    pub(crate) fn seen<'a>(&'a self, caller: Caller, asked: &[String], text: &str) -> Vec<&'a str> {
        let said = self.said.iter().filter(|_| !caller.is_holder());
        let known = self.known.iter().filter(|_| !caller.is_inside());
        let forbidden = said.chain(known).map(String::as_str);
        forbidden
            .filter(|marker| !asked.iter().any(|own| own == marker))
            .filter(|marker| text.contains(marker))
            .collect()
    }
}
