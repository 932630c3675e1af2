use super::*;

fn secret(text: &str) -> SecretString {
    SecretString::from(text)
}

#[test]
fn a_password_is_recognised_and_hashed_anew_each_time() {
    let password = secret("nine horses under a green moon");
    let (one, other) = (
        hash_password(&password).unwrap(),
        hash_password(&password).unwrap(),
    );
    assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{one}");
    assert_ne!(one, other);
    for stored in [&one, &other] {
        let verdict = verify_password(&password, Some(stored));
        assert_eq!(verdict, Ok(Verdict::Right));
        let wrong = secret("nine horses under a green moo");
        assert_eq!(verify_password(&wrong, Some(stored)), Ok(Verdict::Wrong));
    }
}

#[test]
fn what_nobody_has_is_verified_and_never_right() {
    let hash = PasswordHash::new(NOBODY).unwrap();
    assert!(is_current(&hash));
    for password in ["", "nobody", "nine horses under a green moon"] {
        let verdict = verify_password(&secret(password), None);
        assert_eq!(verdict, Ok(Verdict::Wrong));
    }
}

#[test]
fn a_hash_of_bcrypt_or_of_less_effort_is_right_and_outdated() {
    let password = secret("nine horses under a green moon");
    let imported = bcrypt::hash(password.expose_secret(), 4).unwrap();
    for kind in ["$2a$", "$2b$", "$2y$"] {
        let stored = imported.replacen("$2b$", kind, 1);
        let verdict = verify_password(&password, Some(&stored));
        assert_eq!(verdict, Ok(Verdict::Outdated), "{stored}");
        let wrong = verify_password(&secret("x"), Some(&stored));
        assert_eq!(wrong, Ok(Verdict::Wrong));
    }
    let cheap = Params::new(1_024, 1, 1, None).unwrap();
    let cheap = Argon2::new(Algorithm::Argon2id, Version::V0x13, cheap);
    let stored = cheap.hash_password(password.expose_secret().as_bytes());
    let stored = stored.unwrap().to_string();
    let verdict = verify_password(&password, Some(&stored));
    assert_eq!(verdict, Ok(Verdict::Outdated));
}

#[test]
fn a_hash_that_cannot_be_read_is_no_wrong_password() {
    for stored in ["", "plain", "$5$salt$hash", "$2b$12$short"] {
        let verdict = verify_password(&secret("x"), Some(stored));
        assert!(
            matches!(verdict, Err(PasswordError::Unreadable(_))),
            "{stored}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_is_turned_away_and_everybody_in_line_is_served() {
    let passwords = Passwords::new();
    let attempts = (0..100).map(|_| passwords.verify(secret("x"), None));
    let verdicts = futures::future::join_all(attempts).await;
    let served = verdicts.iter().filter(|one| **one == Ok(Verdict::Wrong));
    assert_eq!(served.count(), 64);
    let busy = verdicts
        .iter()
        .filter(|one| **one == Err(PasswordError::Busy));
    assert_eq!(busy.count(), 36);
}
