//! `POST /api/bootstrap/setup`

use std::net::IpAddr;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::HOST;
use http::request::Parts;
use http::uri::Authority;
use http::{HeaderName, StatusCode, Version};
use mosaic_error::{ErrorCode, Problem};
use mosaic_identity::ApiToken;
use mosaic_runtime::clock;
use mosaic_storage::{AdminLogin, Error, NewAdmin, SessionOrigin};
use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;

use crate::error::{ApiError, ApiResult};
use crate::extract::Stranger;
use crate::routes::refusals::SettingUp;
use crate::sign_in::NewSignIn;
use crate::state::Gateway;
use crate::wire::{SetUpBody, SetUpDoneBody};

/// Creates the first admin with the first workspace, signs them in and makes a token for them. Only while nobody exists, and only
/// from the machine on which the gateway runs, or with `auth.setup_code` where that is set.
#[utoipa::path(
    post,
    path = "/api/bootstrap/setup",
    operation_id = "setUp",
    tag = "identity",
    security(()),
    request_body = SetUpBody,
    responses((status = CREATED, body = SetUpDoneBody, description = "You are the first admin"), SettingUp)
)]
pub(crate) async fn setup(
    State(gateway): State<Gateway>,
    stranger: Stranger<SetUpBody>,
) -> ApiResult<Response> {
    let Stranger {
        parts,
        address,
        body,
    } = stranger;
    if !gateway.storage.needs_setup().await? {
        return Err(is_set_up());
    }
    let page = gateway.limits.public_origin.as_deref();
    let mut proxies = gateway.limits.proxies.iter();
    let here = is_here(&parts, address, page) && !proxies.any(|proxy| proxy.contains(address));
    if !here {
        require_code(&gateway, address, body.code.as_ref()).await?;
    }
    let (admin, workspace) = body.into_admin(gateway.password_rules())?;
    let password_hash = gateway.passwords.hash(address, admin.password);
    let login = AdminLogin {
        email: admin.email.to_string(),
        password_hash: Some(password_hash.await?),
    };
    let token = ApiToken::generate();
    let new = NewAdmin {
        user_id: clock::id(),
        name: admin.name,
        workspace_id: clock::id(),
        workspace,
        token_id: clock::id(),
        token_hash: *token.hash().as_bytes(),
    };
    let created = gateway.storage.set_up(&new, Some(&login), Some(address));
    let scope = match created.await {
        Ok(created) => created.scope,
        Err(Error::AlreadyBootstrapped) => return Err(is_set_up()),
        Err(error) => return Err(error.into()),
    };
    tracing::info!(user = %scope.user_id, "the first admin was created");
    let signed_in = gateway.sign_in(NewSignIn {
        parts: &parts,
        address,
        scope,
        name: &new.name,
        origin: SessionOrigin::Password,
        password_since: None,
    });
    let signed_in = signed_in.await?;
    let done = SetUpDoneBody {
        me: gateway.me(&signed_in.caller).await?,
        token: token.expose().into(),
    };
    let mut response = (StatusCode::CREATED, Json(done)).into_response();
    signed_in.hand_over(response.headers_mut());
    Ok(response)
}

/// Refuses who does not show the code. Somebody has made it up, so it is guessed at no more often than a password.
async fn require_code(
    gateway: &Gateway,
    address: IpAddr,
    shown: Option<&SecretString>,
) -> ApiResult<()> {
    if shown.is_none() {
        return Err(gateway.refuse_secret(address, elsewhere()));
    }
    let attempt = gateway.sign_ins.attempt(address, "auth.setup_code").await;
    let attempt = attempt.map_err(|wait| {
        let detail = "The setup code was guessed at too often.";
        ApiError::too_often(detail, wait)
    })?;
    if !is_code(gateway.auth.setup_code.as_ref(), shown) {
        return Err(elsewhere());
    }
    attempt.succeeded().await;
    Ok(())
}

/// Whether the code that was shown is the one that is set. Where none is set, none is right.
fn is_code(set: Option<&SecretString>, shown: Option<&SecretString>) -> bool {
    let (Some(set), Some(shown)) = (set, shown) else {
        return false;
    };
    let (set, shown) = (set.expose_secret(), shown.expose_secret().trim());
    set.as_bytes().ct_eq(shown.as_bytes()).into()
}

/// Whether somebody sits at this machine: they come from it, not through a proxy on it, and to it by a name that is only its own, so
/// that no page of another site can come in their place. Where the `page` is said to be found elsewhere, a proxy stands on this
/// machine that speaks for everybody, whatever it says of them.
fn is_here(parts: &Parts, address: IpAddr, page: Option<&str>) -> bool {
    let direct = parts.version >= Version::HTTP_11 && !parts.headers.keys().any(is_of_proxy);
    let named = is_local(host(parts).as_ref()) && page.is_none_or(is_local_origin);
    direct && address.to_canonical().is_loopback() && named
}

/// Whether a header is one that proxies add. Some add none: the simplest still speak HTTP/1.0 to what is behind them.
fn is_of_proxy(name: &HeaderName) -> bool {
    let name = name.as_str();
    let named = [
        "forwarded",
        "via",
        "x-real-ip",
        "x-client-ip",
        "true-client-ip",
    ];
    named.contains(&name)
        || ["x-forwarded", "cf-"]
            .iter()
            .any(|begin| name.starts_with(begin))
}

fn is_local_origin(origin: &str) -> bool {
    let host = origin.split_once("://").map_or(origin, |(_, host)| host);
    is_local(host.parse::<Authority>().ok().as_ref())
}

fn host(parts: &Parts) -> Option<Authority> {
    match parts.headers.get(HOST) {
        Some(host) => host.to_str().ok()?.parse().ok(),
        None => parts.uri.authority().cloned(),
    }
}

fn is_local(host: Option<&Authority>) -> bool {
    let Some(host) = host.map(Authority::host) else {
        return false;
    };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn is_set_up() -> ApiError {
    let detail = "This installation has its first admin already.";
    Problem::new(ErrorCode::Conflict, detail)
        .with_remedy(
            "Sign in, or have somebody with access to the server run `mosaic-migrate token`.",
        )
        .into()
}

fn elsewhere() -> ApiError {
    let detail =
        "The first admin is created on the machine on which Mosaic runs, or with the setup code.";
    Problem::new(ErrorCode::PermissionDenied, detail)
        .with_remedy("Open http://localhost:14242 there, run `mosaic-migrate bootstrap`, or set auth.setup_code and send it.")
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(host: &str, more: Option<&str>, version: Version) -> Parts {
        let mut request = http::Request::post("/api/bootstrap/setup").version(version);
        request = request.header("host", host);
        if let Some(name) = more {
            request = request.header(name, "203.0.113.7");
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        parts
    }

    fn here(address: &str, host: &str, more: Option<&str>) -> bool {
        let parts = request(host, more, Version::HTTP_11);
        is_here(&parts, address.parse().unwrap(), None)
    }

    #[test]
    fn who_sits_at_the_machine_is_here() {
        for host in [
            "localhost:14242",
            "127.0.0.1:14242",
            "[::1]:14242",
            "LOCALHOST",
        ] {
            assert!(here("127.0.0.1", host, None), "{host}");
            assert!(here("::1", host, None), "{host}");
            assert!(here("::ffff:127.0.0.1", host, None), "{host}");
        }
    }

    #[test]
    fn who_comes_from_elsewhere_through_a_proxy_or_by_another_name_is_not() {
        for (address, host, more) in [
            ("192.168.1.7", "localhost", None),
            ("203.0.113.7", "127.0.0.1", None),
            ("127.0.0.1", "mosaic.example", None),
            ("127.0.0.1", "localhost.evil.example", None),
            ("127.0.0.1", "192.168.1.7:14242", None),
            ("127.0.0.1", "", None),
            ("127.0.0.1", "localhost", Some("x-forwarded-for")),
            ("::1", "localhost", Some("forwarded")),
            ("127.0.0.1", "localhost", Some("x-forwarded-proto")),
            ("127.0.0.1", "localhost", Some("cf-connecting-ip")),
        ] {
            assert!(!here(address, host, more), "{address} {host} {more:?}");
        }
    }

    #[test]
    fn who_may_have_come_through_a_proxy_that_says_nothing_of_them_is_not() {
        let local = "127.0.0.1".parse().unwrap();
        let modern = request("127.0.0.1:14242", None, Version::HTTP_11);
        for (page, is_one) in [
            (None, true),
            (Some("http://localhost:14242"), true),
            (Some("http://[::1]:14242"), true),
            (Some("https://mosaic.example"), false),
            (Some("http://192.168.1.7:14242"), false),
        ] {
            assert_eq!(is_here(&modern, local, page), is_one, "{page:?}");
        }
        let former = request("127.0.0.1:14242", None, Version::HTTP_10);
        assert!(!is_here(&former, local, None));
    }

    #[test]
    fn a_code_counts_only_where_one_is_set() {
        let code = |text: &str| Some(SecretString::from(text));
        let (set, other) = (code("sixteen letters!"), code("sixteen letters?"));
        assert!(is_code(set.as_ref(), set.as_ref()));
        assert!(!is_code(set.as_ref(), other.as_ref()));
        assert!(!is_code(set.as_ref(), None));
        assert!(!is_code(None, set.as_ref()));
        assert!(!is_code(None, None));
    }
}
