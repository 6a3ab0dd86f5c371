/**
 * RFC 6455 for Helidon's HTTP/1.1 server.
 *
 * <pre>
 * WebSockets            the connection selector to give to the server
 *   UpgradableSelector  HTTP/1.1 connections that end in their own time once upgraded
 *   Upgrader            the opening handshake, through HTTP routing with its filters and error handlers
 *   Connection          reads: one thread, FrameParser, the listener's callbacks
 *   Session             writes: any thread, one lock
 * </pre>
 */
package io.emque.websocket;
