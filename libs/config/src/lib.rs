//! Configuration: annotated defaults, file, environment; every bad key reported at once.
