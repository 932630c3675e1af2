//! One conversation is one conversation: begun on Telegram, continued in the terminal and on the web page, and whoever
//! watches sees it live wherever they are.

#[cfg(test)]
mod parity {
    mod browser;
    mod scene;
}
