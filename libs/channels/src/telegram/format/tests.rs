use proptest::prelude::*;

use super::html;
use crate::chunk::units;

/// What Telegram shows: tags taken out, escapes resolved. Fails on tags that are not closed in their place.
fn shown(html: &str) -> Result<String, String> {
    let mut open = Vec::new();
    let mut text = String::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        text.push_str(&rest[..at]);
        let end = rest[at..].find('>').ok_or("a tag without end")?;
        let tag = &rest[at + 1..at + end];
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop() != Some(name) {
                return Err(format!("</{name}> closes nothing in {html}"));
            }
        } else {
            let name = tag.split(' ').next().unwrap_or_default();
            if !["b", "i", "s", "a", "pre", "code", "blockquote"].contains(&name) {
                return Err(format!("<{tag}> is not ours"));
            }
            open.push(name);
        }
        rest = &rest[at + end + 1..];
    }
    text.push_str(rest);
    if !open.is_empty() {
        return Err(format!("{open:?} is open at the end of {html}"));
    }
    Ok(text
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&"))
}

#[test]
fn what_would_show_nothing_is_shown_as_it_is_written() {
    for (markdown, expected) in [
        ("```python\n", "```python\n"),
        ("```", "```"),
        ("```sh\n\n```", "```sh\n\n```"),
        (">", "&gt;"),
        ("> \n>", "&gt; \n&gt;"),
        ("\u{200b}\n", "…"),
        ("```\n\u{feff}", "```\n\u{feff}"),
    ] {
        assert_eq!(html(markdown), expected);
    }
}

#[test]
fn markdown_becomes_what_telegram_shows() {
    for (markdown, expected) in [
        (
            "plain & <b>not bold</b>",
            "plain &amp; &lt;b&gt;not bold&lt;/b&gt;",
        ),
        (
            "**bold**, *italic*, `a<b`",
            "<b>bold</b>, <i>italic</i>, <code>a&lt;b</code>",
        ),
        (
            "snake_case_name and 2 * 3 * 4",
            "snake_case_name and 2 * 3 * 4",
        ),
        (
            "# Title\n\n- one\n- **two**",
            "<b>Title</b>\n\n• one\n• <b>two</b>",
        ),
        ("~~gone~~ \\*star\\*", "<s>gone</s> *star*"),
        (
            "[here](https://example.org/?a=1&b=2)",
            "<a href=\"https://example.org/?a=1&amp;b=2\">here</a>",
        ),
        ("[bad](javascript:alert)", "[bad](javascript:alert)"),
        (
            "```rust\nfn a() -> &T {}\n```",
            "<pre><code class=\"language-rust\">fn a() -&gt; &amp;T {}</code></pre>",
        ),
        ("```\nunclosed", "<pre>unclosed</pre>"),
        (
            "> quoted\n> more\nnot",
            "<blockquote>quoted\nmore</blockquote>\nnot",
        ),
        ("**open", "**open"),
        ("|a|b|\n|--|--|\n|1|2|", "<pre>|a|b|\n|--|--|\n|1|2|</pre>"),
    ] {
        assert_eq!(html(markdown), expected);
        shown(expected).unwrap();
    }
}

fn words(text: &str) -> String {
    text.chars()
        .filter(|letter| letter.is_alphanumeric())
        .collect()
}

proptest! {
    #[test]
    fn any_text_becomes_well_formed_html_that_is_not_longer(text in "([a-z *_`~<>&\"#|!\\[\\]()\\\\-]|\\*\\*|```|\n|https://|🦀){0,120}") {
        let seen = shown(&html(&text)).map_err(TestCaseError::fail)?;
        prop_assert!(units(&seen) <= units(&text), "{seen:?} is longer than {text:?}");
    }

    #[test]
    fn no_letter_is_lost(text in "([a-z *_`~<>&]|\\*\\*|\n){0,120}") {
        // Behind a fence stands a language, which is not shown.
        prop_assume!(!text.contains("```") && !text.contains("~~~"));
        let seen = shown(&html(&text)).map_err(TestCaseError::fail)?;
        prop_assert_eq!(words(&seen), words(&text));
    }
}
