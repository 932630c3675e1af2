//! Tests of the shape of the workspace.
