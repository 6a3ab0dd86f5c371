/** Metrics of the process and of the servers behind a proxy. */
package io.emque.server.metrics;
