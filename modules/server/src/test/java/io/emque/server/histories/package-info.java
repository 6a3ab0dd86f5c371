/**
 * Histories: what publishers were answered and what subscribers got, while connections break and
 * topics come and go, and a checker that says whether a log can have done that.
 *
 * <pre>
 *   HistoriesTest  runs, short and long
 *   HistoryRun     one run: a World, its Actors, then calm, then the checker
 *     World        two servers and a proxy, each behind a network that fails
 *     Publisher    sends by one protocol and writes down what it was answered
 *     Subscriber   reads by one protocol and writes down what it got
 *     Mischief     breaks networks and deletes topics
 *   Ledger, Observation  what was written down; Checker reads it
 * </pre>
 */
package io.emque.server.histories;
