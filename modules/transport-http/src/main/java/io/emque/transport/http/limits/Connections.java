package io.emque.transport.http.limits;

import static java.lang.System.Logger.Level.INFO;

import io.emque.api.ErrorCode;
import java.net.InetAddress;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * How many connections there are, in all and of each address. A connection has one thread from its
 * first byte to its last: where TLS comes first it enters there, and the protocol above finds that
 * it has.
 */
public final class Connections {
  /** Those that are over the limit and are told so; to others the door is shut. */
  private static final int EXPLAINED = 32;

  /** There is plenty of room when this part of it is free. */
  private static final int ROOM_SHARE = 8;

  private static final System.Logger LOG = System.getLogger(Connections.class.getName());
  private static final ThreadLocal<@Nullable Permit> ENTERED = new ThreadLocal<>();

  private final AtomicInteger open = new AtomicInteger();
  private final ConcurrentMap<InetAddress, Integer> byAddress = new ConcurrentHashMap<>();
  private final Semaphore explaining = new Semaphore(EXPLAINED);
  private final LongAdder refused = new LongAdder();
  private final LongAdder refusedOfAddress = new LongAdder();
  private final AtomicBoolean full = new AtomicBoolean();
  private volatile int limit;
  private volatile int limitOfAddress;

  Connections() {}

  void set(int all, int ofOneAddress) {
    limit = all;
    limitOfAddress = ofOneAddress;
  }

  /** A connection comes in, on its own thread. Close what is returned when it ends. */
  public Permit enter(@Nullable InetAddress address) {
    Permit known = ENTERED.get();
    if (known != null) {
      return known;
    }
    InetAddress network = Who.network(address);
    int now = open.incrementAndGet();
    int ofAddress = network == null ? 0 : byAddress.merge(network, 1, Integer::sum);
    String refusal = null;
    if (now > limit && limit > 0) {
      refused.increment();
      sayFull();
      refusal =
          "there are "
              + limit
              + " connections, as many as may be; try again later, or raise --max_connections";
    } else if (ofAddress > limitOfAddress && limitOfAddress > 0) {
      refusedOfAddress.increment();
      refusal =
          "there are "
              + limitOfAddress
              + " connections from this address, as many as may be; close some, or raise"
              + " --max_connections_per_address";
    }
    var permit = new Permit(network, refusal, refusal != null && explaining.tryAcquire());
    ENTERED.set(permit);
    return permit;
  }

  /** Once, until there is plenty of room again. */
  private void sayFull() {
    if (full.compareAndSet(false, true)) {
      LOG.log(
          INFO,
          () ->
              "there are "
                  + limit
                  + " connections, as many as may be; others are turned away until some have gone."
                  + " Raise --max_connections, the open files of the process (ulimit -n), or its heap");
    }
  }

  private void sayRoom(int now) {
    if (now < limit - limit / ROOM_SHARE && full.get() && full.compareAndSet(true, false)) {
      LOG.log(INFO, () -> "there is room for connections again");
    }
  }

  /** Connections now, those included that have not said anything yet. */
  public int open() {
    return open.get();
  }

  int addresses() {
    return byAddress.size();
  }

  /** How many there may be. */
  public int limit() {
    return limit;
  }

  long refused() {
    return refused.sum();
  }

  long refusedOfAddress() {
    return refusedOfAddress.sum();
  }

  /** A connection's place. */
  public final class Permit implements AutoCloseable {
    private final @Nullable InetAddress network;
    private ErrorCode code = ErrorCode.OVERLOADED; // these three: the connection's own thread
    private @Nullable String refusal;
    private boolean explained;
    private final AtomicBoolean closed = new AtomicBoolean();

    private Permit(@Nullable InetAddress network, @Nullable String refusal, boolean explained) {
      this.network = network;
      this.refusal = refusal;
      this.explained = explained;
    }

    /**
     * It may not stay for a reason of its own, found before anything is spoken. By its own thread.
     */
    public void refuse(ErrorCode why, String message) {
      if (refusal == null) {
        code = why;
        refusal = message;
        explained = explaining.tryAcquire();
      }
    }

    /** What the refusal is called. */
    public ErrorCode code() {
      return code;
    }

    /** Why it may not stay; null when it may. */
    public @Nullable String refusal() {
      return refusal;
    }

    /** Whether it is to be told why; else it is ended without a word, which costs nothing. */
    public boolean isExplained() {
      return explained;
    }

    /** The connection has ended. By its own thread. */
    @Override
    public void close() {
      ENTERED.remove();
      if (!closed.compareAndSet(false, true)) {
        return;
      }
      sayRoom(open.decrementAndGet());
      if (network != null) {
        byAddress.computeIfPresent(
            network, (a, count) -> count == 1 ? null : (Integer) (count - 1));
      }
      if (explained) {
        explaining.release();
      }
    }
  }
}
