/**
 * A broker for tests.
 *
 * <pre>
 *   EmqueTest       the annotation; EmqueExtension gives tests what they ask for
 *   TestBroker      a server, and how to reach it
 *   Faults          what is to go wrong: of messages by FaultyBroker, of connections by the network
 * </pre>
 */
package io.emque.junit;
