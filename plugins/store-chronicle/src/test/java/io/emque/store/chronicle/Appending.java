package io.emque.store.chronicle;

import static io.emque.testkit.StoredRecord.append;

import io.emque.api.spi.Store;
import io.emque.testkit.StoredRecord;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Random;

/**
 * A process that appends to a few topics, and says on standard output what it has appended, until
 * it is killed: {@code TOPIC NEXT}.
 */
final class Appending {
  static final int TOPICS = 5;
  static final int MOST_BYTES = 3_000;
  static final int MOST_RECORDS = 9;

  private Appending() {}

  /**
   * Runs for ever.
   *
   * @param arguments folder, bytes of a segment, how many logs may be open, seed
   */
  public static void main(String[] arguments) throws Exception {
    var options =
        new Store.Options(
            Path.of(arguments[0]),
            1 << 20,
            Long.parseLong(arguments[1]),
            Integer.parseInt(arguments[2]));
    var random = new Random(Long.parseLong(arguments[3]));
    var topics = new ChronicleStore().open(options);
    System.out.println("open");
    while (true) {
      int topic = random.nextInt(TOPICS);
      var log = topics.open("topic " + topic, "e" + topic);
      for (int times = random.nextInt(20); times >= 0; times--) {
        var records = new ArrayList<StoredRecord>();
        for (int i = random.nextInt(MOST_RECORDS); i >= 0; i--) {
          records.add(StoredRecord.random((int) log.nextOffset() + records.size(), MOST_BYTES));
        }
        append(log, records);
        System.out.println(topic + " " + log.nextOffset());
      }
      if (random.nextInt(30) == 0) {
        log.force();
      }
    }
  }
}
