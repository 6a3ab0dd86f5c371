package io.emque.server.histories;

import io.emque.testkit.network.Direction;
import io.emque.testkit.network.FaultProxy;
import io.emque.testkit.network.Line;
import java.time.Duration;
import java.util.List;

/** Breaks networks and deletes topics. */
final class Mischief extends Actor {
  private static final List<Direction> WAYS = List.of(Direction.values());

  private final World world;
  private int deleted;

  Mischief(String name, long seed, World world) {
    super(name, seed);
    this.world = world;
  }

  int deleted() {
    return deleted;
  }

  @Override
  void run() throws InterruptedException {
    while (!stopped()) {
      pause(400);
      FaultProxy network = any(world.networks());
      switch (upTo(7)) {
        case 0, 1 -> {
          network.line(world.isGentle(network) ? gentleLine() : line());
          network.cut();
        }
        case 2 -> network.line(Line.GOOD);
        case 3, 4 -> network.cut();
        case 5 -> {
          network.stall();
          pause(500);
          network.resume();
        }
        case 6 -> {
          network.refuse(true);
          pause(300);
          network.refuse(false);
        }
        default -> {
          String topic = any(world.vanishing());
          if (world.log(topic).delete(topic)) {
            deleted++;
          }
        }
      }
    }
  }

  private Line gentleLine() {
    return Line.GOOD.latency(Duration.ofMillis(1 + upTo(20))).split(100 + upTo(5_000));
  }

  private Line line() {
    return switch (upTo(7)) {
      case 0 -> Line.GOOD.latency(Duration.ofMillis(1 + upTo(20)));
      case 1 -> Line.GOOD.split(1 + upTo(200));
      case 2 -> Line.GOOD.merged(Duration.ofMillis(1 + upTo(10)));
      case 3 -> Line.GOOD.bandwidth(100_000 + upTo(1_000_000));
      case 4 -> Line.GOOD.drip(5_000);
      case 5 -> Line.GOOD.halfCloseAt(any(WAYS), upTo(100_000));
      default -> Line.GOOD.resetAt(any(WAYS), upTo(100_000)).split(1 + upTo(5_000));
    };
  }
}
