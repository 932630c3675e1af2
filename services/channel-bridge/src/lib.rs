//! Carries messages between chat channels and Mosaic.
