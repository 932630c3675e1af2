//! Ways to lie about a person.

/// What is wrong with an ID token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forgery {
    /// It names another issuer.
    Issuer,
    /// It is for another client.
    Audience,
    /// It is for this client and another one.
    TwoAudiences,
    /// It was issued to another client.
    AuthorizedParty,
    /// It has expired.
    Expired,
    /// It counts only from tomorrow on.
    NotYet,
    /// It was issued tomorrow.
    Future,
    /// It belongs to another sign-in.
    Nonce,
    /// It belongs to no sign-in.
    NoNonce,
    /// It belongs to another access token.
    AccessToken,
    /// It is not signed.
    Unsigned,
    /// Its signature was cut off.
    CutOff,
    /// It is signed with the client's secret.
    SharedSecret,
    /// It is signed with the public key, taken for a shared secret.
    PublicKeyAsSecret,
    /// It is signed with another key under the name of the right one.
    OtherKey,
    /// It is signed with a key that nobody knows.
    UnknownKey,
    /// There is none.
    Missing,
}

impl Forgery {
    /// All of them.
    pub const ALL: [Self; 17] = [
        Self::Issuer,
        Self::Audience,
        Self::TwoAudiences,
        Self::AuthorizedParty,
        Self::Expired,
        Self::NotYet,
        Self::Future,
        Self::Nonce,
        Self::NoNonce,
        Self::AccessToken,
        Self::Unsigned,
        Self::CutOff,
        Self::SharedSecret,
        Self::PublicKeyAsSecret,
        Self::OtherKey,
        Self::UnknownKey,
        Self::Missing,
    ];
}
