//! Generated contracts and their conversions to domain types.
