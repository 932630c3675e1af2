//! What tests share: databases, buses, a scripted model server, fixtures.
