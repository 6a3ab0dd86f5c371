/**
 * Who may do what, for every protocol of a port. An endpoint has no broker of its own: it asks its
 * {@link io.emque.transport.http.access.Caller} for one, which does what that caller may do and
 * nothing else. So none can forget to ask.
 */
package io.emque.transport.http.access;
