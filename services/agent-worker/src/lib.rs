//! Claims run jobs and executes the agent loop.
