package io.emque.transport.http.limits;

import static java.util.Objects.requireNonNull;

/**
 * What clients may take of a port. {@link LiveLimits} says which of them change while it is open.
 *
 * @param connections how many there may be; 0 for as many as open files and the heap allow
 * @param connectionsPerAddress how many of one address; 0 for no limit
 * @param subscriptions how many a connection may hold; positive
 * @param perAddress how fast one address may publish
 * @param perIdentity how fast one who has said who it is may publish
 * @param inFlightBytes memory of all messages that are being received; at least 1 MiB
 * @param timeouts how long things may take
 * @param heads sizes of requests beside their bodies
 */
public record Limits(
    int connections,
    int connectionsPerAddress,
    int subscriptions,
    Rate perAddress,
    Rate perIdentity,
    long inFlightBytes,
    Timeouts timeouts,
    Heads heads) {
  private static final long MIB = 1024 * 1024;

  /** As many connections as files and heap allow, an eighth of the heap in flight, no rates. */
  public static final Limits DEFAULT =
      new Limits(
          0,
          0,
          1_000,
          Rate.NONE,
          Rate.NONE,
          HeapRoom.inFlightBytes(),
          Timeouts.DEFAULT,
          Heads.DEFAULT);

  /** Refuses values outside the rules. */
  public Limits {
    requireNonNull(perAddress, "perAddress");
    requireNonNull(perIdentity, "perIdentity");
    requireNonNull(timeouts, "timeouts");
    requireNonNull(heads, "heads");
    Rule.require(
        connections >= 0, "max_connections", connections, "0 (as files and heap allow) or more");
    Rule.require(
        connectionsPerAddress >= 0,
        "max_connections_per_address",
        connectionsPerAddress,
        "0 (no limit) or more");
    Rule.require(subscriptions > 0, "max_subscriptions", subscriptions, "at least 1");
    Rule.require(inFlightBytes >= MIB, "inflight_bytes", inFlightBytes, "at least 1 MiB");
  }

  /** These limits with others for connections. */
  public Limits connections(int all, int ofOneAddress) {
    return new Limits(
        all, ofOneAddress, subscriptions, perAddress, perIdentity, inFlightBytes, timeouts, heads);
  }

  /** These limits with another number of subscriptions. */
  public Limits subscriptions(int ofOneConnection) {
    return new Limits(
        connections,
        connectionsPerAddress,
        ofOneConnection,
        perAddress,
        perIdentity,
        inFlightBytes,
        timeouts,
        heads);
  }

  /** These limits with other rates. */
  public Limits rates(Rate address, Rate identity) {
    return new Limits(
        connections,
        connectionsPerAddress,
        subscriptions,
        address,
        identity,
        inFlightBytes,
        timeouts,
        heads);
  }

  /** These limits with another budget for what is being received. */
  public Limits inFlightBytes(long bytes) {
    return new Limits(
        connections,
        connectionsPerAddress,
        subscriptions,
        perAddress,
        perIdentity,
        bytes,
        timeouts,
        heads);
  }

  /** These limits with other time-outs. */
  public Limits timeouts(Timeouts others) {
    return new Limits(
        connections,
        connectionsPerAddress,
        subscriptions,
        perAddress,
        perIdentity,
        inFlightBytes,
        others,
        heads);
  }

  /** These limits with other sizes. */
  public Limits heads(Heads others) {
    return new Limits(
        connections,
        connectionsPerAddress,
        subscriptions,
        perAddress,
        perIdentity,
        inFlightBytes,
        timeouts,
        others);
  }
}
