/**
 * What browsers get from a broker.
 *
 * <pre>
 *   Console  which files are served, and where
 *   Asset    one file: its bytes, type and tag
 * </pre>
 *
 * <p>The page's own sources are resources, in {@code web}: modules for browsers that need no build.
 */
package io.emque.console;
