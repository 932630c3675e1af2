use super::*;

fn way(body: &str) -> Result<SignInWay, (u16, Vec<String>)> {
    let body: SignInBody = serde_json::from_str(body).unwrap();
    body.into_way().map_err(|error| {
        let fields = error.problem.errors.into_iter();
        (error.problem.status, fields.map(|one| one.field).collect())
    })
}

#[test]
fn one_way_to_sign_in_is_meant() {
    let token = way(r#"{"token": "mos_x"}"#);
    assert!(matches!(token, Ok(SignInWay::Token(_))));
    let password = way(r#"{"email": "ada@example.org", "password": "x"}"#);
    let Ok(SignInWay::Password(login)) = password else {
        panic!("no password")
    };
    assert_eq!(login.email.as_str(), "ada@example.org");
    assert!(login.workspace.is_none());
    for (body, status, field) in [
        ("{}", 400, "token"),
        (r#"{"email": "ada@example.org"}"#, 400, "password"),
        (r#"{"password": "x"}"#, 400, "email"),
        (r#"{"token": "mos_x", "password": "x"}"#, 400, "token"),
        (r#"{"email": "ada", "password": "x"}"#, 422, "email"),
    ] {
        let Err(refused) = way(body) else {
            panic!("{body}")
        };
        assert_eq!(refused, (status, vec![field.to_owned()]), "{body}");
    }
}

#[test]
fn everything_that_is_wrong_with_a_newcomer_is_told_at_once() {
    let body = r#"{"name": " ", "email": "x", "password": "short"}"#;
    let body: RegisterBody = serde_json::from_str(body).unwrap();
    let refused = body.into_newcomer(PasswordRules { least: 12 }).unwrap_err();
    let fields: Vec<_> = refused
        .problem
        .errors
        .iter()
        .map(|one| &one.field)
        .collect();
    assert_eq!(fields, ["name", "email", "password"]);
    assert!(!format!("{refused:?}").contains("short\""), "{refused:?}");
}
