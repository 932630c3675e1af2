//! The only public edge: REST, WebSocket, SSE.
