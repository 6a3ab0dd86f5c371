/**
 * The command line.
 *
 * <pre>
 * Main        verbs, exit codes, the one place for standard streams
 *   Flags     every option: name, rule, default, help; nothing else repeats them
 *   Arguments what the command line says
 *   Settings  flag, environment, file, default, in that order
 *   Serve     starts the server and stops it on a signal
 * </pre>
 */
package io.emque.cli;
