//! Sealing: how secrets that must be read again lie in the record.
//!
//! A sealed value opens only with the key it was sealed with, only in its column and only in its row: every column has a key
//! of its own, derived from the installation's by HKDF, and the row's id is authenticated with the value. Whoever reads a dump
//! reads nothing, and whoever may write rows cannot move a value to where it means something else.
//!
//! Layout: one byte of version, four that name the key, 24 of nonce, then XChaCha20-Poly1305. The long nonce may be random: no
//! counter must survive a restore. Keys are named so that old ones can stay until everything is sealed anew; the name is
//! derived from the key and says nothing about it.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{Key, KeyInit as _, XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
pub use mosaic_domain::SealedColumn;
use secrecy::{ExposeSecret as _, SecretSlice, SecretString};
use sha2::Sha256;
use uuid::Uuid;
use zeroize::Zeroizing;

/// The only layout so far.
const VERSION: u8 = 1;
const KEY: usize = 32;
const KEY_ID: usize = 4;
const NONCE: usize = 24;
/// Version and name of the key: authenticated with the value.
const HEADER: usize = 1 + KEY_ID;

/// A text that is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a key: it must be 32 bytes in base64, as `openssl rand -base64 32` prints them")]
pub struct MalformedKey;

/// Why a sealed value does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// It was cut off, or is something else.
    #[error("it is no sealed value")]
    Malformed,
    /// None of the keys at hand sealed it.
    #[error(
        "none of the keys at hand sealed it; the one that did is missing from secrets.previous_keys"
    )]
    UnknownKey,
    /// It was changed, or comes from another row or column.
    #[error("it was changed, or belongs to another row or column")]
    Refused,
}

/// Seals with the current key and opens with all. Cheap enough to clone; what it holds is overwritten when it goes.
#[derive(Clone)]
pub struct Sealer {
    current: Root,
    previous: Vec<Root>,
}

impl Sealer {
    /// A new key from the system's randomness, as the configuration writes keys.
    #[must_use]
    pub fn generate_key() -> SecretString {
        let key: Zeroizing<[u8; KEY]> = Zeroizing::new(rand::random());
        SecretString::from(STANDARD.encode(key.as_slice()))
    }

    /// A sealer of these keys, each 32 bytes in base64.
    pub fn new(key: &SecretString, previous: &[SecretString]) -> Result<Self, MalformedKey> {
        Ok(Self {
            current: Root::parse(key)?,
            previous: previous.iter().map(Root::parse).collect::<Result<_, _>>()?,
        })
    }

    /// Seals a value for its place.
    #[must_use]
    pub fn seal(&self, column: SealedColumn, row: Uuid, plain: &[u8]) -> Vec<u8> {
        self.current.seal(column, row, rand::random(), plain)
    }

    /// Opens a value from its place.
    pub fn open(
        &self,
        column: SealedColumn,
        row: Uuid,
        sealed: &[u8],
    ) -> Result<SecretSlice<u8>, OpenError> {
        let parts = Parts::of(sealed).ok_or(OpenError::Malformed)?;
        let mut refused = OpenError::UnknownKey;
        for root in self.named(parts.key_id) {
            match root.open(column, row, &parts) {
                Ok(plain) => return Ok(plain),
                Err(error) => refused = error,
            }
        }
        Err(refused)
    }

    /// Whether a value was sealed with the current key, as far as its header says.
    #[must_use]
    pub fn is_current(&self, sealed: &[u8]) -> bool {
        Parts::of(sealed).is_some_and(|parts| parts.key_id == self.current.id)
    }

    /// The keys with this name. Two may share one: it is short.
    fn named(&self, id: [u8; KEY_ID]) -> impl Iterator<Item = &Root> {
        let all = std::iter::once(&self.current).chain(&self.previous);
        all.filter(move |root| root.id == id)
    }
}

/// Shows which keys are at hand, and nothing of them.
impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealer")
            .field("previous", &self.previous.len())
            .finish_non_exhaustive()
    }
}

/// A sealed value taken apart.
struct Parts<'a> {
    header: &'a [u8],
    key_id: [u8; KEY_ID],
    nonce: [u8; NONCE],
    text: &'a [u8],
}

impl<'a> Parts<'a> {
    fn of(sealed: &'a [u8]) -> Option<Self> {
        let (header, rest) = sealed.split_at_checked(HEADER)?;
        let (nonce, text) = rest.split_first_chunk::<NONCE>()?;
        let key_id = header.last_chunk::<KEY_ID>()?;
        (header.first() == Some(&VERSION)).then_some(Self {
            header,
            key_id: *key_id,
            nonce: *nonce,
            text,
        })
    }
}

/// A key of the installation, from which those of the columns are derived.
#[derive(Clone)]
struct Root {
    id: [u8; KEY_ID],
    key: Zeroizing<[u8; KEY]>,
}

impl Root {
    fn parse(text: &SecretString) -> Result<Self, MalformedKey> {
        let bytes = STANDARD.decode(text.expose_secret().trim());
        let bytes = Zeroizing::new(bytes.map_err(|_| MalformedKey)?);
        let key = <[u8; KEY]>::try_from(bytes.as_slice()).map_err(|_| MalformedKey)?;
        let key = Zeroizing::new(key);
        let id = *derive(key.as_slice(), "mosaic/v1/key-id");
        Ok(Self { id, key })
    }

    fn cipher(&self, column: SealedColumn) -> XChaCha20Poly1305 {
        let info = format!("mosaic/v1/{}", column.name());
        let key: Zeroizing<[u8; KEY]> = derive(self.key.as_slice(), &info);
        XChaCha20Poly1305::new(&Key::from(*key))
    }

    #[expect(
        clippy::expect_used,
        reason = "encryption fails only for texts of more than 256 GiB"
    )]
    fn seal(&self, column: SealedColumn, row: Uuid, nonce: [u8; NONCE], plain: &[u8]) -> Vec<u8> {
        let header = header(self.id);
        let (msg, place) = (plain, place(&header, row));
        let aad = place.as_slice();
        let text = self
            .cipher(column)
            .encrypt(&XNonce::from(nonce), Payload { msg, aad })
            .expect("a secret is shorter than 256 GiB");
        [&header[..], &nonce[..], &text[..]].concat()
    }

    fn open(
        &self,
        column: SealedColumn,
        row: Uuid,
        parts: &Parts<'_>,
    ) -> Result<SecretSlice<u8>, OpenError> {
        let (msg, place) = (parts.text, place(parts.header, row));
        let aad = place.as_slice();
        let opened = self
            .cipher(column)
            .decrypt(&XNonce::from(parts.nonce), Payload { msg, aad });
        opened
            .map(SecretSlice::from)
            .map_err(|_| OpenError::Refused)
    }
}

fn header(key_id: [u8; KEY_ID]) -> [u8; HEADER] {
    let mut header = [VERSION; HEADER];
    header[1..].copy_from_slice(&key_id);
    header
}

/// What is authenticated beside the value; the column is in the key.
fn place(header: &[u8], row: Uuid) -> Vec<u8> {
    [header, &row.as_bytes()[..]].concat()
}

/// A key, or the name of one, for this purpose.
#[expect(
    clippy::expect_used,
    reason = "HKDF-SHA256 gives up to 8160 bytes; a few are asked for"
)]
pub(crate) fn derive<const N: usize>(key: &[u8], purpose: &str) -> Zeroizing<[u8; N]> {
    let mut derived = Zeroizing::new([0; N]);
    Hkdf::<Sha256>::new(None, key)
        .expand(purpose.as_bytes(), derived.as_mut_slice())
        .expect("a key is shorter than 8160 bytes");
    derived
}

#[cfg(test)]
mod tests;
