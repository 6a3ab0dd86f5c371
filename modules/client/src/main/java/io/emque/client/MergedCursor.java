package io.emque.client;

import io.emque.api.BrokerException;
import io.emque.api.Cursor;
import io.emque.api.ErrorCode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A position in a topic merged from several servers: where each of them stands, and which one the
 * message at the position is from. Written as a {@link Cursor} whose epoch is {@code
 * ~SOURCE~LENGTH.EPOCH.OFFSET~…}, a part for each server in order, {@code ~0} for one whose
 * position is not known; lengths let an epoch be merged itself. Its offset is 0 for the message
 * itself and more for what comes after it.
 *
 * @param source index of the server that the message is from; -1 when it stands for no message
 * @param next the next cursor of each server; null where it is not known
 */
record MergedCursor(int source, List<@Nullable Cursor> next) {
  private static final int MAX = 480;

  /** Writes it as the cursor of its message. */
  Cursor toCursor() {
    var epoch = new StringBuilder("~").append(source < 0 ? "x" : Integer.toString(source));
    for (Cursor cursor : next) {
      if (cursor == null) {
        epoch.append("~0");
      } else {
        epoch
            .append('~')
            .append(cursor.epoch().length())
            .append('.')
            .append(cursor.epoch())
            .append('.')
            .append(cursor.offset());
      }
    }
    if (epoch.length() > MAX) {
      throw new BrokerException(
          ErrorCode.OPTION_INVALID,
          "the positions of "
              + next.size()
              + " servers do not fit into a cursor; select fewer servers for a topic");
    }
    return new Cursor(epoch.toString(), 0);
  }

  /**
   * Reads what {@link #toCursor} wrote, and applies its offset: the server that the message is from
   * stands after it when the cursor does.
   */
  static MergedCursor parse(Cursor cursor) {
    try {
      MergedCursor parsed = parse(cursor.epoch());
      if (cursor.offset() <= 0 || parsed.source < 0) {
        return parsed;
      }
      var after = new ArrayList<@Nullable Cursor>(parsed.next);
      Cursor at = after.get(parsed.source);
      after.set(parsed.source, at == null ? null : at.next());
      return new MergedCursor(-1, after);
    } catch (IndexOutOfBoundsException | NumberFormatException | BrokerException e) {
      throw new BrokerException(
          ErrorCode.CURSOR_INVALID,
          "cursor \"" + cursor + "\" is not one of several merged servers; use one that was given");
    }
  }

  private static MergedCursor parse(String epoch) {
    int at = epoch.indexOf('~', 1);
    String first = epoch.substring(1, at < 0 ? epoch.length() : at);
    int source = first.equals("x") ? -1 : Integer.parseInt(first);
    var next = new ArrayList<@Nullable Cursor>();
    while (at >= 0 && at < epoch.length()) {
      if (epoch.charAt(at) != '~') {
        throw new NumberFormatException("no ~ at " + at);
      }
      at++;
      if (epoch.charAt(at) == '0') {
        next.add(null);
        at++;
        continue;
      }
      int dot = epoch.indexOf('.', at);
      int length = Integer.parseInt(epoch.substring(at, dot));
      String name = epoch.substring(dot + 1, dot + 1 + length);
      int offsetAt = dot + 2 + length;
      int end = epoch.indexOf('~', offsetAt);
      end = end < 0 ? epoch.length() : end;
      next.add(new Cursor(name, Long.parseLong(epoch.substring(offsetAt, end))));
      at = end;
    }
    if (source >= next.size() || first.startsWith("-")) {
      throw new NumberFormatException("no server " + source);
    }
    return new MergedCursor(source, next);
  }

  static MergedCursor of(int source, @Nullable Cursor[] next) {
    return new MergedCursor(source, Arrays.asList(next.clone()));
  }
}
