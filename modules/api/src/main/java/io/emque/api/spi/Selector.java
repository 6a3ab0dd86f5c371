package io.emque.api.spi;

import java.util.List;

/**
 * Says which of several servers a topic lives on. Chosen by {@link #name} with {@code
 * --select=NAME}; found by {@link java.util.ServiceLoader}: {@code provides
 * io.emque.api.spi.Selector with …}.
 *
 * <p>A message is published to every server selected, and subscribers read from all of them; what
 * arrives in several copies is delivered once.
 *
 * <p><b>Lifecycle:</b> made once, by its public constructor without parameters; never closed.
 *
 * <p><b>Threads:</b> {@link #select} is called from any thread, many at once, and must not block.
 *
 * <p><b>Order:</b> the same topic and the same servers must give the same answer, in this process
 * and in every other, or publishers and subscribers miss each other.
 *
 * <p><b>Errors:</b> what {@link #select} throws, and an empty answer, fails the publish or the
 * subscription that asked, and nothing else.
 */
public interface Selector {
  /** The name that chooses it: lower case, unique, never blank. */
  String name();

  /**
   * The servers that a topic lives on.
   *
   * @param topic a valid topic name
   * @param servers all servers, never empty, in the order given and then resolved; immutable
   * @return one or more of {@code servers}
   */
  List<ServerAddress> select(String topic, List<ServerAddress> servers);
}
