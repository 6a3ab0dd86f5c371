/**
 * {@link io.emque.server.EmqueServer} starts a whole broker from {@link
 * io.emque.server.ServerOptions}.
 */
package io.emque.server;
