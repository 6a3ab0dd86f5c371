/**
 * A network that fails as networks do: {@link io.emque.testkit.network.FaultProxy} stands between
 * two parties, and a {@link io.emque.testkit.network.Line} says what it does to their bytes.
 */
@org.jspecify.annotations.NullMarked
package io.emque.testkit.network;
