package io.emque.client.link;

import com.google.protobuf.CodedInputStream;
import io.emque.api.BrokerException;
import io.emque.api.Cursor;
import io.emque.api.ErrorCode;
import io.emque.wire.Envelopes;
import io.emque.wire.v1.Delivery;
import io.emque.wire.v1.PublishReply;
import java.io.IOException;
import java.time.Duration;

/** What a server sends, handed on. */
final class Deliveries {
  private static final Duration LONGEST_RETRY = Duration.ofDays(1);

  private Deliveries() {}

  /** Hands a serialized {@code emque.v1.Delivery} on. */
  static void hand(byte[] bytes, int at, int n, Feed.Sink sink) throws LinkException {
    try {
      hand(Delivery.parseFrom(CodedInputStream.newInstance(bytes, at, n)), sink);
    } catch (LinkException e) {
      throw e;
    } catch (IOException e) {
      throw new LinkException("the server sent what is no emque.v1.Delivery", e);
    }
  }

  /** Hands a delivery on. */
  static void hand(Delivery delivery, Feed.Sink sink) throws LinkException {
    try {
      switch (delivery.getDeliveryCase()) {
        case MESSAGE -> sink.message(Envelopes.message(delivery.getMessage()));
        case GAP -> sink.gap(Envelopes.gap(delivery.getGap()));
        case HEARTBEAT -> sink.position(Cursor.parse(delivery.getHeartbeat().getCursor()));
        case MOVED -> sink.moved(retry(delivery.getMoved().getRetryAfterMillis()));
        case DELIVERY_NOT_SET -> {} // of a later kind
      }
    } catch (BrokerException e) {
      throw new LinkException("the server sent a malformed delivery: " + e.getMessage(), e);
    }
  }

  private static Duration retry(long millis) {
    return Duration.ofMillis(Math.clamp(millis, 0, LONGEST_RETRY.toMillis()));
  }

  /** Hands an answer on. */
  static void hand(PublishReply reply, PublishChannel.Replies replies) {
    switch (reply.getReplyCase()) {
      case ACK -> replies.reply(Envelopes.published(reply.getAck()), null);
      case ERROR -> replies.reply(null, Envelopes.refusal(reply.getError()));
      case REPLY_NOT_SET ->
          replies.reply(
              null, new BrokerException(ErrorCode.INTERNAL, "the server gave an empty answer"));
    }
  }
}
