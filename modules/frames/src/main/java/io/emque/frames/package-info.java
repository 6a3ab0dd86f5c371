/** Frames of WebSocket (RFC 6455): taken apart, put together, checked. */
package io.emque.frames;
