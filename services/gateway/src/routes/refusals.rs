//! The problems that routes answer with, for the document.

use std::collections::BTreeMap;

use mosaic_error::{ErrorCode, PROBLEM_JSON};
use utoipa::IntoResponses;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};

fn refusals(codes: &[ErrorCode]) -> BTreeMap<String, RefOr<Response>> {
    let always = [
        ErrorCode::RateLimited,
        ErrorCode::Internal,
        ErrorCode::Unavailable,
    ];
    codes
        .iter()
        .chain(&always)
        .map(|code| {
            let schema = Ref::from_schema_name("Problem");
            let content = ContentBuilder::new().schema(Some(schema)).build();
            let response = ResponseBuilder::new()
                .description(code.title())
                .content(PROBLEM_JSON, content)
                .build();
            (code.http_status().as_u16().to_string(), response.into())
        })
        .collect()
}

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident: $($code:ident)*;)*) => {
        $(
            $(#[$doc])*
            pub(super) struct $name;

            impl IntoResponses for $name {
                fn responses() -> BTreeMap<String, RefOr<Response>> {
                    refusals(&[$(ErrorCode::$code),*])
                }
            }
        )*
    };
}

refusals! {
    /// Of a route that anybody may ask.
    Public: InvalidArgument;
    /// Of what chat platforms call.
    Calling: InvalidArgument NotFound PayloadTooLarge;
    /// Of signing in.
    SigningIn: InvalidArgument Unauthenticated PermissionDenied PayloadTooLarge UnsupportedMediaType Unprocessable;
    /// Of a route with which strangers become somebody, or show a secret.
    SettingUp: InvalidArgument PermissionDenied NotFound Conflict PayloadTooLarge UnsupportedMediaType Unprocessable;
    /// Of a route that reads what belongs to the caller.
    Reading: InvalidArgument Unauthenticated PermissionDenied NotFound Unprocessable;
    /// Of a route that takes a body.
    Writing: InvalidArgument Unauthenticated PermissionDenied NotFound Conflict PayloadTooLarge UnsupportedMediaType Unprocessable;
}
