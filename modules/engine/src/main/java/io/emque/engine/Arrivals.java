package io.emque.engine;

import static java.util.Objects.requireNonNull;

import io.emque.api.Ack;
import io.emque.api.BrokerException;
import io.emque.api.Cursor;
import io.emque.api.Publication;
import io.emque.api.Published;
import io.emque.api.spi.StoredLog;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * Messages for one topic that came together, and what becomes of each. They are appended in parts,
 * in their order; as {@link StoredLog.Records}, this is what of the present part is new.
 *
 * <p><b>Threads:</b> one appends; who has its answers to hand on does so after {@link #known}.
 */
final class Arrivals implements StoredLog.Records {
  private static final CompletableFuture<Void> DONE = CompletableFuture.completedFuture(null);

  private final List<Publication> messages;
  private final @Nullable BrokerException[] refusals;
  private final @Nullable Published[] published;
  private final long[] offsets; // of those in the part; not given to any before the part has ended
  private final int[] fresh; // places of the part's messages that are new
  private int count; // of fresh
  private int from; // all before it are done with
  private int to; // where the part ends
  private long first; // the offset that the first new one is to get
  private long timeNanos;
  private boolean some; // was taken, in this part or before
  private CompletableFuture<Void> known = DONE;

  Arrivals(List<Publication> messages) {
    this.messages = messages;
    this.refusals = new @Nullable BrokerException[messages.size()];
    this.published = new @Nullable Published[messages.size()];
    this.offsets = new long[messages.size()];
    this.fresh = new int[messages.size()];
  }

  List<Publication> messages() {
    return messages;
  }

  boolean hasNext() {
    return from < messages.size();
  }

  /**
   * Makes a part of the next messages.
   *
   * @param mostBytes of their payloads, unless it is one message
   * @return bytes of their payloads
   */
  long beginPart(long mostBytes) {
    long bytes = messages.get(from).payload().length;
    for (to = from + 1; to < messages.size(); to++) {
      long more = messages.get(to).payload().length;
      if (bytes + more > mostBytes) {
        break;
      }
      bytes += more;
    }
    return bytes;
  }

  /** The part is its first message alone. */
  void onlyOne() {
    to = from + 1;
  }

  /** Whether the part has a message with an id. */
  boolean hasIds() {
    for (int i = from; i < to; i++) {
      if (messages.get(i).id() != null) {
        return true;
      }
    }
    return false;
  }

  /** A message that must not be appended. */
  void refuse(int i, BrokerException reason) {
    refusals[i] = reason;
  }

  /** Ends the part: none of it was appended. */
  void refusePart(BrokerException reason) {
    for (; from < to; from++) {
      if (refusals[from] == null) {
        refusals[from] = reason;
      }
    }
  }

  /**
   * Finds out what of the part is new. {@link #settle} must follow, whatever happens.
   *
   * @param ids null when {@link #hasIds} is false
   * @param next the offset that the first new one is to get
   * @param nowNanos the time they are given
   * @param steadyNanos for the ids
   */
  void sort(@Nullable DedupeWindow ids, long next, long nowNanos, long steadyNanos) {
    first = next;
    timeNanos = nowNanos;
    count = 0;
    for (int i = from; i < to; i++) {
      if (refusals[i] != null) {
        continue;
      }
      String id = messages.get(i).id();
      long before = id == null ? -1 : requireNonNull(ids).take(id, next + count, steadyNanos);
      offsets[i] = before < 0 ? next + count : before;
      if (before < 0) {
        fresh[count++] = i;
      }
    }
  }

  /** A new message of the part. */
  Publication message(int i) {
    return messages.get(fresh[i]);
  }

  /**
   * Ends the part.
   *
   * @param ids as before
   * @param taken how many of the new ones were appended
   * @param refusal of the others
   * @return how many of the part's messages had been taken before
   */
  int settle(
      @Nullable DedupeWindow ids,
      int taken,
      @Nullable BrokerException refusal,
      String epoch,
      Ack ack) {
    for (int i = taken; i < count; i++) {
      String id = message(i).id();
      if (id != null && ids != null) {
        ids.forget(id);
      }
    }
    if (ids != null) {
      ids.trim();
    }
    int duplicates = 0;
    int passed = 0; // of the new ones
    for (; from < to; from++) {
      if (refusals[from] != null) {
        continue;
      }
      boolean isNew = passed < count && fresh[passed] == from;
      passed += isNew ? 1 : 0;
      if (offsets[from] < first + taken) {
        some = true;
        published[from] = new Published(new Cursor(epoch, offsets[from]), ack, !isNew);
        duplicates += isNew ? 0 : 1;
      } else {
        refusals[from] = refusal;
      }
    }
    return duplicates;
  }

  /** Whether anything was taken. */
  boolean tookSome() {
    return some;
  }

  /** What was appended is safe when this is done, too. */
  void awaits(CompletableFuture<Void> safe) {
    known = known.isDone() && !known.isCompletedExceptionally() ? safe : both(known, safe);
  }

  @SuppressWarnings("ReferenceEquality") // parts that were forced by one round
  private static CompletableFuture<Void> both(
      CompletableFuture<Void> a, CompletableFuture<Void> b) {
    return a == b ? a : CompletableFuture.allOf(a, b);
  }

  // ---- what became of them

  /** Done when all answers are known. */
  CompletableFuture<Void> known() {
    return known;
  }

  /** The only message's answer; waits until it is known. */
  Published only() {
    BrokerException refusal = refusals[0] == null ? unsafe() : refusals[0];
    if (refusal != null) {
      throw refusal;
    }
    return requireNonNull(published[0]);
  }

  /** Hands all answers on, in their order; waits until they are known. */
  void answer(PublishPipeline.Answers answers) {
    BrokerException unsafe = unsafe();
    for (int i = 0; i < published.length; i++) {
      BrokerException refusal = refusals[i] == null ? unsafe : refusals[i];
      answers.answer(refusal == null ? published[i] : null, refusal);
    }
  }

  /** Why what was appended may not be safe; null when it is. */
  private @Nullable BrokerException unsafe() {
    try {
      known.join();
      return null;
    } catch (CompletionException e) {
      return PublishPipeline.refusal(e.getCause());
    }
  }

  // ---- the new ones of the part, on their way to the disk

  @Override
  public int count() {
    return count;
  }

  @Override
  public long timeNanos(int i) {
    return timeNanos;
  }

  @Override
  public @Nullable String id(int i) {
    return message(i).id();
  }

  @Override
  public Map<String, String> headers(int i) {
    return message(i).headers();
  }

  @Override
  public byte[] array(int i) {
    return message(i).payload();
  }

  @Override
  public int start(int i) {
    return 0;
  }

  @Override
  public int length(int i) {
    return message(i).payload().length;
  }
}
