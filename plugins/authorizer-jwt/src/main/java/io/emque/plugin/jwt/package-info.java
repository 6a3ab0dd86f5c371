/** The authorizer {@code jwt}. */
package io.emque.plugin.jwt;
