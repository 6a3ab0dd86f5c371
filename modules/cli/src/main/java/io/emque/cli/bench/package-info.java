/**
 * {@code emque bench}: load for a server, and what became of it.
 *
 * <pre>
 * Bench         one run, from the first connection to the result; knows no terminal
 *   Plan        who publishes where and who listens where
 *   Publishing  a publisher's loop: when messages are due (Pace), how many may be under way
 *     Lane      a connection that messages are published on: WebSocket, HTTP, gRPC
 *   Listener    what a subscriber saw: checks each message, times it
 *     Source    a connection that messages come from: WebSocket, HTTP, gRPC
 *   Tally       what was sent and what came, at any time
 *   Result      the figures; Report writes them for people, as JSON and as CSV
 * </pre>
 *
 * <p>No object is made for a message but where gRPC does; what is kept grows with publishers,
 * subscribers and topics, never with messages.
 */
@org.jspecify.annotations.NullMarked
package io.emque.cli.bench;
