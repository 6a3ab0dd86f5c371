/** What clients may take: how many connections, how fast, how long, how much memory. */
package io.emque.transport.http.limits;
