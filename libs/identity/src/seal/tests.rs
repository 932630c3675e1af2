use std::fmt::Write as _;

use super::*;

const COLUMN: SealedColumn = SealedColumn::OidcRefreshToken;
const ROW: Uuid = Uuid::from_u128(7);
const PLAIN: &[u8] = b"a refresh token";

fn key(byte: u8) -> SecretString {
    SecretString::from(STANDARD.encode([byte; KEY]))
}

fn sealer(current: u8, previous: &[u8]) -> Sealer {
    let previous: Vec<_> = previous.iter().copied().map(key).collect();
    Sealer::new(&key(current), &previous).unwrap()
}

fn opened(sealer: &Sealer, sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
    let plain = sealer.open(COLUMN, ROW, sealed)?;
    Ok(plain.expose_secret().to_vec())
}

#[test]
fn a_sealed_value_opens_in_its_place_and_never_looks_the_same_twice() {
    let sealer = sealer(1, &[]);
    let sealed = sealer.seal(COLUMN, ROW, PLAIN);
    assert_eq!(opened(&sealer, &sealed).unwrap(), PLAIN);
    assert_ne!(sealed, sealer.seal(COLUMN, ROW, PLAIN));
    assert!(!sealed.windows(4).any(|part| PLAIN.starts_with(part)));
    assert_eq!(
        opened(&sealer, &sealer.seal(COLUMN, ROW, b"")).unwrap(),
        b""
    );
}

#[test]
fn another_row_or_column_is_refused() {
    let sealer = sealer(1, &[]);
    let sealed = sealer.seal(COLUMN, ROW, PLAIN);
    let moved = sealer.open(COLUMN, Uuid::from_u128(8), &sealed);
    assert_eq!(moved.unwrap_err(), OpenError::Refused);
    let moved = sealer.open(SealedColumn::OidcLoginSecrets, ROW, &sealed);
    assert_eq!(moved.unwrap_err(), OpenError::Refused);
}

#[test]
fn another_key_is_refused_and_told_apart_from_damage() {
    let sealed = sealer(1, &[]).seal(COLUMN, ROW, PLAIN);
    let refused = opened(&sealer(2, &[3]), &sealed);
    assert_eq!(refused.unwrap_err(), OpenError::UnknownKey);
}

#[test]
fn every_flipped_bit_and_every_cut_is_refused() {
    let sealer = sealer(1, &[]);
    let sealed = sealer.seal(COLUMN, ROW, PLAIN);
    for bit in 0..sealed.len() * 8 {
        let mut flipped = sealed.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(opened(&sealer, &flipped).is_err(), "bit {bit}");
    }
    for length in 0..sealed.len() {
        assert!(opened(&sealer, &sealed[..length]).is_err(), "{length}");
    }
    let longer = [&sealed[..], &[0]].concat();
    assert!(opened(&sealer, &longer).is_err());
}

#[test]
fn the_name_of_the_key_cannot_be_exchanged_for_that_of_another_key_at_hand() {
    let both = sealer(1, &[2]);
    let mut sealed = sealer(1, &[]).seal(COLUMN, ROW, PLAIN);
    sealed[..HEADER].copy_from_slice(&header(sealer(2, &[]).current.id));
    assert_eq!(opened(&both, &sealed).unwrap_err(), OpenError::Refused);
}

#[test]
fn a_previous_key_opens_and_is_not_current() {
    let old = sealer(1, &[]).seal(COLUMN, ROW, PLAIN);
    let sealer = sealer(2, &[3, 1]);
    assert_eq!(opened(&sealer, &old).unwrap(), PLAIN);
    assert!(!sealer.is_current(&old));
    let new = sealer.seal(COLUMN, ROW, PLAIN);
    assert!(sealer.is_current(&new));
    assert!(!sealer.is_current(b""));
}

#[test]
fn what_is_no_key_is_refused() {
    let short = STANDARD.encode([1; 31]);
    let long = STANDARD.encode([1; 33]);
    for wrong in ["", "x", "not base64!", short.as_str(), long.as_str()] {
        let refused = Sealer::new(&SecretString::from(wrong), &[]);
        assert_eq!(refused.unwrap_err(), MalformedKey, "{wrong}");
    }
    let printed = SecretString::from(format!("{}\n", STANDARD.encode([1; 32])));
    assert!(Sealer::new(&printed, &[]).is_ok());
    assert!(Sealer::new(&key(1), &[SecretString::from("x")]).is_err());
    assert!(Sealer::new(&Sealer::generate_key(), &[]).is_ok());
}

#[test]
fn values_sealed_by_earlier_versions_open() {
    let sealed = Root::parse(&key(1)).unwrap();
    let sealed = sealed.seal(COLUMN, ROW, [9; NONCE], b"kept");
    let hex = sealed.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    });
    assert_eq!(hex, FIXED);
    assert_eq!(opened(&sealer(1, &[]), &sealed).unwrap(), b"kept");
}

/// Key 01…01, row 7, nonce 09…09: must never change.
const FIXED: &str = concat!(
    "012d741c6b0909090909090909090909090909090909090909",
    "090909095f93bf1b94473caa79bde13206a58e8c584a070a"
);

#[test]
fn a_sealer_prints_nothing_of_its_keys() {
    let sealer = sealer(1, &[2]);
    assert_eq!(format!("{sealer:?}"), "Sealer { previous: 1, .. }");
}
