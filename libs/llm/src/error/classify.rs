//! Which kind of error a provider means. Codes say it best, then known phrases, then the status.

use crate::LlmErrorKind::{
    self, Auth, BadRequest, ContentRefused, ContextTooLong, ModelNotFound, Overloaded, Protocol,
    RateLimited, Timeout,
};

/// Codes and types of the providers' error bodies. `not_found_error` and `invalid_request_error` say too little and
/// are left to phrases and status.
const CODES: &[(&str, LlmErrorKind)] = &[
    ("authentication_error", Auth),
    ("invalid_api_key", Auth),
    ("permission_error", Auth),
    ("permission_denied", Auth),
    ("insufficient_permissions", Auth),
    ("account_deactivated", Auth),
    ("rate_limit_error", RateLimited),
    ("rate_limit_exceeded", RateLimited),
    ("insufficient_quota", RateLimited),
    ("billing_error", RateLimited),
    ("billing_hard_limit_reached", RateLimited),
    ("overloaded_error", Overloaded),
    ("server_overloaded", Overloaded),
    ("server_error", Overloaded),
    ("api_error", Overloaded),
    ("internal_error", Overloaded),
    ("internal_server_error", Overloaded),
    ("service_unavailable", Overloaded),
    ("timeout_error", Timeout),
    ("context_length_exceeded", ContextTooLong),
    ("string_above_max_length", ContextTooLong),
    ("request_too_large", ContextTooLong),
    ("content_filter", ContentRefused),
    ("content_policy_violation", ContentRefused),
    ("model_not_found", ModelNotFound),
];

/// Phrases in messages of requests that a provider rejected.
const PHRASES: &[(&str, LlmErrorKind)] = &[
    ("prompt is too long", ContextTooLong),
    ("maximum context length", ContextTooLong),
    ("context length", ContextTooLong),
    ("context window", ContextTooLong),
    ("exceed context limit", ContextTooLong),
    ("exceeds the available context", ContextTooLong),
    ("too many tokens", ContextTooLong),
    ("content management policy", ContentRefused),
    ("content filtering policy", ContentRefused),
    ("safety system", ContentRefused),
    ("usage policy", ContentRefused),
    ("credit balance is too low", RateLimited),
    ("overloaded", Overloaded),
];

/// The kind of an error; `recognised` tells whether the body had the provider's own error shape.
pub(crate) fn kind(
    status: Option<u16>,
    codes: &[String],
    message: &str,
    recognised: bool,
) -> LlmErrorKind {
    let by_code = codes.iter().find_map(|code| {
        CODES
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(code))
    });
    if let Some((_, kind)) = by_code {
        return *kind;
    }
    let text = message.to_lowercase();
    let rejected = status.is_none_or(|status| matches!(status, 400 | 404 | 413 | 422));
    if rejected && recognised {
        if let Some((_, kind)) = PHRASES.iter().find(|(phrase, _)| text.contains(phrase)) {
            return *kind;
        }
        if names_missing_model(&text) {
            return ModelNotFound;
        }
    }
    match status {
        Some(status) => by_status(status, codes, recognised),
        None => codes
            .iter()
            .find_map(|code| code.parse().ok())
            .map_or(Overloaded, |status| {
                // Routers such as OpenRouter put the status of the model behind them into the code.
                by_status(status, &[], recognised)
            }),
    }
}

fn names_missing_model(text: &str) -> bool {
    text.starts_with("model:")
        || text.contains("model")
            && [
                "not found",
                "does not exist",
                "not exist",
                "not a valid model",
                "unknown model",
            ]
            .iter()
            .any(|phrase| text.contains(phrase))
}

fn by_status(status: u16, codes: &[String], recognised: bool) -> LlmErrorKind {
    match status {
        401 | 403 => Auth,
        402 | 429 => RateLimited,
        404 if codes.iter().any(|code| code == "not_found_error") => ModelNotFound,
        // A page that is not the provider's: something else answers there.
        404 | 405 if !recognised => Protocol,
        408 => Timeout,
        413 => ContextTooLong,
        409 | 500..=599 => Overloaded,
        400..=499 => BadRequest,
        _ => Protocol,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: Option<u16>, code: &str, message: &str) -> LlmErrorKind {
        kind(status, &[code.to_owned()], message, true)
    }

    #[test]
    fn codes_come_before_the_status() {
        assert_eq!(of(Some(429), "insufficient_quota", ""), RateLimited);
        assert_eq!(of(Some(400), "context_length_exceeded", ""), ContextTooLong);
        assert_eq!(of(None, "overloaded_error", "Overloaded"), Overloaded);
        assert_eq!(of(Some(404), "model_not_found", ""), ModelNotFound);
    }

    #[test]
    fn phrases_decide_where_the_code_says_only_invalid() {
        let invalid = "invalid_request_error";
        assert_eq!(
            of(Some(400), invalid, "prompt is too long: 3 > 2"),
            ContextTooLong
        );
        assert_eq!(
            of(Some(400), invalid, "Your credit balance is too low"),
            RateLimited
        );
        assert_eq!(
            of(Some(400), invalid, "max_tokens: Field required"),
            BadRequest
        );
        assert_eq!(of(Some(404), "", "model 'x' not found"), ModelNotFound);
        assert_eq!(
            of(Some(404), "not_found_error", "model: claude-x"),
            ModelNotFound
        );
    }

    #[test]
    fn the_status_decides_where_the_body_says_nothing() {
        let bare = |status| kind(Some(status), &[], "<html>", false);
        assert_eq!(bare(401), Auth);
        assert_eq!(bare(404), Protocol);
        assert_eq!(bare(302), Protocol);
        assert_eq!(bare(413), ContextTooLong);
        assert_eq!(bare(429), RateLimited);
        assert_eq!(bare(503), Overloaded);
        assert_eq!(bare(529), Overloaded);
    }

    #[test]
    fn a_router_may_report_the_status_as_code_inside_a_stream() {
        assert_eq!(of(None, "429", "slow down"), RateLimited);
        assert_eq!(of(None, "502", "upstream"), Overloaded);
    }
}
