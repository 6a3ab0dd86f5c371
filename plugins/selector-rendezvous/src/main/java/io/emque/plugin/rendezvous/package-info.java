/** The selector {@code rendezvous}. */
package io.emque.plugin.rendezvous;
