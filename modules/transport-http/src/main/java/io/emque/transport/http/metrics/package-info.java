/** Metrics in Prometheus' text: who has some, and how they are written. */
package io.emque.transport.http.metrics;
