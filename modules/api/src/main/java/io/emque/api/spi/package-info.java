/**
 * What a plugin implements. Providers are found by {@link java.util.ServiceLoader}, the built-in
 * ones like anybody's, and chosen by their {@code name()}.
 */
package io.emque.api.spi;
