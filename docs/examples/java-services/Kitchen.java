import io.emque.api.Cursor;
import io.emque.api.Delivery;
import io.emque.api.Gap;
import io.emque.api.Message;
import io.emque.api.Publication;
import io.emque.api.StartPosition;
import io.emque.api.SubscribeOptions;
import io.emque.api.Subscription;
import io.emque.client.Emque;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Serves what is ordered; started again, it goes on with the order after the last one served. */
final class Kitchen {
  private static final Path PLACE = Path.of("kitchen.cursor");

  public static void main(String[] servers) throws Exception {
    var from = SubscribeOptions.DEFAULT.from(place());
    try (Emque emque = Emque.builder().servers(servers).connect();
        Subscription orders = emque.subscribe("orders", from)) {
      System.out.println("the kitchen is open");
      for (Delivery delivery : orders) {
        switch (delivery) {
          case Message order -> serve(emque, order);
          case Gap gap -> System.err.println("missed " + gap.missed() + " orders");
        }
      }
    }
  }

  private static StartPosition place() throws Exception {
    return Files.exists(PLACE)
        ? StartPosition.after(Cursor.parse(Files.readString(PLACE)))
        : StartPosition.EARLIEST;
  }

  /** Killed between the two steps, it serves the order once more: under the same id, so once. */
  private static void serve(Emque emque, Message order) throws Exception {
    emque.publish(
        "served",
        Publication.of(order.text() + ", hot")
            .id("served-" + order.cursor())
            .headers(Map.of("order", String.valueOf(order.id()))));
    Files.writeString(PLACE, order.cursor().toString());
  }
}
