use super::*;

const NOW: i64 = 1_800_000_000;
const OLD: &str = "0123456789abcdef0123456789abcdef";
const NEW: &str = "fedcba9876543210fedcba9876543210";

fn keys(token: &str, previous: &[&str]) -> ServiceKeys {
    let previous: Vec<_> = previous.iter().copied().map(SecretString::from).collect();
    ServiceKeys::new(&SecretString::from(token), &previous)
}

fn token(keys: &ServiceKeys) -> String {
    keys.sign(&claims()).unwrap()
}

fn claims() -> ServiceClaims {
    ServiceClaims::new("gateway", "one", "memory-indexer", NOW)
}

#[test]
fn a_token_says_who_calls() {
    let keys = keys(NEW, &[]);
    let seen = keys.verify(&token(&keys), "memory-indexer", NOW).unwrap();
    assert_eq!(seen, claims());
}

#[test]
fn a_token_counts_at_the_service_it_was_made_for_and_nowhere_else() {
    let keys = keys(NEW, &[]);
    for other in ["agent-worker", "", "memory-indexe"] {
        let refused = keys.verify(&token(&keys), other, NOW);
        assert_eq!(refused.unwrap_err(), ServiceTokenError::Audience);
    }
}

#[test]
fn a_token_counts_for_a_minute_and_what_clocks_may_be_apart() {
    let keys = keys(NEW, &[]);
    let at = |now| keys.verify(&token(&keys), "memory-indexer", now);
    for now in [NOW - 30, NOW, NOW + 60, NOW + 89] {
        assert!(at(now).is_ok(), "{}", now - NOW);
    }
    for now in [i64::MIN, NOW - 31, NOW + 90, NOW + 3_600, i64::MAX] {
        assert_eq!(at(now).unwrap_err(), ServiceTokenError::Time, "{now}");
    }
}

#[test]
fn who_has_the_key_cannot_sign_for_good_either() {
    let keys = keys(NEW, &[]);
    let lasting = ServiceClaims {
        expires_at: NOW + 3_600,
        ..claims()
    };
    let token = keys.sign(&lasting).unwrap();
    let refused = keys.verify(&token, "memory-indexer", NOW);
    assert_eq!(refused.unwrap_err(), ServiceTokenError::Time);
}

#[test]
fn a_token_of_another_key_is_refused_until_that_is_a_previous_one() {
    let old = token(&keys(OLD, &[]));
    let refused = keys(NEW, &[]).verify(&old, "memory-indexer", NOW);
    assert_eq!(refused.unwrap_err(), ServiceTokenError::Signature);
    assert!(
        keys(NEW, &[OLD])
            .verify(&old, "memory-indexer", NOW)
            .is_ok()
    );
    // The one that is to come must be known before it signs.
    let new = token(&keys(NEW, &[OLD]));
    assert!(
        keys(OLD, &[NEW])
            .verify(&new, "memory-indexer", NOW)
            .is_ok()
    );
}

#[test]
fn a_changed_cut_or_foreign_token_is_refused() {
    let keys = keys(NEW, &[]);
    let good = token(&keys);
    for at in 0..good.len() {
        let mut changed = good.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        let refused = keys.verify(&changed, "memory-indexer", NOW);
        assert!(refused.is_err(), "{at}");
        assert!(keys.verify(&good[..at], "memory-indexer", NOW).is_err());
    }
    let unsigned = good.rsplit_once('.').unwrap().0;
    let unsigned = format!("{unsigned}.");
    let long = format!("{PREFIX}{}", "A".repeat(LONGEST));
    for wrong in ["", "mst1.", "mst1..", NEW, &unsigned, &long] {
        assert!(keys.verify(wrong, "memory-indexer", NOW).is_err());
    }
}

#[test]
fn the_shared_secret_is_not_in_the_token_and_not_the_key() {
    let keys = keys(NEW, &[]);
    assert!(!token(&keys).contains(NEW));
    let mut bare = Hmac::<Sha256>::new_from_slice(NEW.as_bytes()).unwrap();
    let good = token(&keys);
    let (signed, _) = good.rsplit_once('.').unwrap();
    bare.update(signed.as_bytes());
    let mac = URL_SAFE_NO_PAD.encode(bare.finalize().into_bytes());
    let forged = format!("{signed}.{mac}");
    let refused = keys.verify(&forged, "memory-indexer", NOW);
    assert_eq!(refused.unwrap_err(), ServiceTokenError::Signature);
    assert_eq!(format!("{keys:?}"), "ServiceKeys { .. }");
}
