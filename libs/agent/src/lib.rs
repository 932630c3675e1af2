//! The agent loop, against traits: prompt, model step, tool steps, resume. No I/O.
