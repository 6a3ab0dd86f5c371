import io.emque.api.Delivery;
import io.emque.api.Message;
import io.emque.api.Publication;
import io.emque.api.SubscribeOptions;
import io.emque.api.Subscription;
import io.emque.client.Emque;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;

/** Orders, and waits for what it has ordered. */
final class Counter {
  public static void main(String[] items) throws Exception {
    String servers = System.getProperty("servers", "localhost:8081");
    try (Emque emque = Emque.connect(servers);
        // First listen, then ask: whoever is quick is heard.
        Subscription served = emque.subscribe("served", SubscribeOptions.DEFAULT)) {
      Set<String> open = new HashSet<>();
      for (String item : items) {
        String id = UUID.randomUUID().toString();
        emque.publish("orders", Publication.of(item).id(id));
        open.add(id);
      }
      while (!open.isEmpty()) {
        Delivery delivery = served.take();
        if (delivery instanceof Message message && open.remove(message.headers().get("order"))) {
          System.out.println(message.text());
        }
      }
    }
  }
}
