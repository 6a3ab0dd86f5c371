/** The authorizer {@code tokens}, and what a server lends any authorizer. */
package io.emque.server.auth;
