/** The resolver {@code srv}. */
package io.emque.plugin.srv;
