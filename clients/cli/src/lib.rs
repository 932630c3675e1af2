//! The mosaic command line.
