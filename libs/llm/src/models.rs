//! What is known about model families, as data.

use crate::ModelInfo;

/// The context window of a model that nothing is known about.
pub const DEFAULT_CONTEXT_WINDOW: u32 = 128_000;
/// What a model that nothing is known about may generate.
const DEFAULT_MAX_OUTPUT: u32 = 8_192;

struct Family {
    /// The beginning of the names, with `-` for every `.`.
    prefix: &'static str,
    context_window: u32,
    max_output: u32,
}

const fn family(prefix: &'static str, context_window: u32, max_output: u32) -> Family {
    Family {
        prefix,
        context_window,
        max_output,
    }
}

/// The longest prefix wins; the order is for readers.
const FAMILIES: &[Family] = &[
    family("claude-", 1_000_000, 128_000),
    family("claude-3", 200_000, 8_192),
    family("claude-3-haiku", 200_000, 4_096),
    family("claude-3-opus", 200_000, 4_096),
    family("claude-3-7", 200_000, 64_000),
    family("claude-opus-4", 200_000, 32_000),
    family("claude-opus-4-5", 200_000, 64_000),
    family("claude-opus-4-6", 1_000_000, 128_000),
    family("claude-opus-4-7", 1_000_000, 128_000),
    family("claude-opus-4-8", 1_000_000, 128_000),
    family("claude-sonnet-4", 200_000, 64_000),
    family("claude-sonnet-4-6", 1_000_000, 64_000),
    family("claude-haiku-4-5", 200_000, 64_000),
    family("gpt-3-5", 16_385, 4_096),
    family("gpt-4", 8_192, 8_192),
    family("gpt-4-turbo", 128_000, 4_096),
    family("gpt-4o", 128_000, 16_384),
    family("gpt-4-1", 1_047_576, 32_768),
    family("gpt-5", 400_000, 128_000),
    family("gpt-5-4", 1_050_000, 128_000),
    family("gpt-5-5", 1_050_000, 128_000),
    family("gpt-5-6", 1_000_000, 128_000),
    family("gpt-5-6-luna", 400_000, 128_000),
    family("gpt-oss", 131_072, 32_768),
    family("o1", 200_000, 100_000),
    family("o3", 200_000, 100_000),
    family("o4-mini", 200_000, 100_000),
    family("gemini-", 1_048_576, 65_536),
    family("gemini-3-5-pro", 2_000_000, 65_536),
    family("deepseek", 128_000, 8_192),
    family("glm-4", 128_000, 96_000),
    family("glm-4-6", 200_000, 128_000),
    family("glm-5", 200_000, 128_000),
    family("kimi-k2", 262_144, 32_768),
    family("qwen2-5", 32_768, 8_192),
    family("qwen3", 131_072, 32_768),
    family("llama3", 8_192, 8_192),
    family("llama3-1", 131_072, 8_192),
    family("llama3-2", 131_072, 8_192),
    family("llama3-3", 131_072, 8_192),
    family("llama-3", 131_072, 8_192),
    family("llama-4", 1_000_000, 8_192),
    family("mistral", 128_000, 8_192),
    family("gemma2", 8_192, 8_192),
    family("gemma3", 131_072, 8_192),
    family("phi4", 16_384, 8_192),
    family("grok-4", 256_000, 64_000),
];

/// How many tokens a conversation with this model may have, by its name.
#[must_use]
pub fn context_window(model: &str) -> u32 {
    find(model).map_or(DEFAULT_CONTEXT_WINDOW, |family| family.context_window)
}

/// How many tokens this model may generate at most, by its name.
#[must_use]
pub fn max_output(model: &str) -> u32 {
    find(model).map_or(DEFAULT_MAX_OUTPUT, |family| family.max_output)
}

/// A model with the window that the provider reported, or the known one.
pub(crate) fn info(id: &str, reported: Option<u64>) -> ModelInfo {
    let reported = reported.and_then(|tokens| u32::try_from(tokens).ok());
    ModelInfo {
        id: id.to_owned(),
        context_window: reported.unwrap_or_else(|| context_window(id)),
    }
}

fn find(model: &str) -> Option<&'static Family> {
    // Routers put the maker in front: `anthropic/claude-sonnet-4.5`.
    let name = model
        .rsplit('/')
        .next()
        .unwrap_or(model)
        .to_lowercase()
        .replace('.', "-");
    FAMILIES
        .iter()
        .filter(|family| name.starts_with(family.prefix))
        .max_by_key(|family| family.prefix.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_specific_family_gives_the_window() {
        assert_eq!(context_window("claude-sonnet-4-5-20250929"), 200_000);
        assert_eq!(context_window("anthropic/claude-opus-4.6"), 1_000_000);
        assert_eq!(context_window("claude-opus-5-5"), 1_000_000);
        assert_eq!(context_window("gpt-4o-mini"), 128_000);
        assert_eq!(context_window("llama3.2:3b"), 131_072);
        assert_eq!(
            context_window("somebody/unheard-of"),
            DEFAULT_CONTEXT_WINDOW
        );
    }
}
