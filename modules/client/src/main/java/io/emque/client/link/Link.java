package io.emque.client.link;

import io.emque.api.BrokerException;
import io.emque.api.SubscribeOptions;
import io.emque.api.TopicInfo;
import io.emque.api.spi.ServerAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One server through one transport.
 *
 * <p><b>Threads:</b> every method may be called from any thread; those that connect block for at
 * most the time-out of the link.
 *
 * <p><b>Errors:</b> {@link LinkException} when the server cannot be reached, {@link
 * BrokerException} when it refuses.
 */
public interface Link extends AutoCloseable {
  /** The server. */
  ServerAddress server();

  /** Opens a channel to publish on. */
  PublishChannel publisher(PublishChannel.Replies replies) throws LinkException;

  /**
   * Subscribes; when this returns, what is published from then on will come or be told as a gap.
   */
  Feed subscribe(String topic, SubscribeOptions options) throws LinkException;

  /**
   * Lists topics in the order of their names.
   *
   * @param only the one to list, or null for all
   * @param after names up to this one are left out; null to start with the first
   * @param limit most entries, positive
   */
  List<TopicInfo> topics(@Nullable String only, @Nullable String after, int limit)
      throws LinkException;

  /**
   * Removes a topic.
   *
   * @return whether it was there
   */
  boolean delete(String topic) throws LinkException;

  /**
   * Lets go of what the link shares between calls; channels and feeds are closed by their users.
   */
  @Override
  void close();
}
