package io.emque.transport.grpc;

import io.helidon.common.buffers.BufferData;
import io.helidon.http.http2.FlowControl;
import io.helidon.http.http2.Http2Flag;
import io.helidon.http.http2.Http2FrameData;
import io.helidon.http.http2.Http2FrameHeader;
import io.helidon.http.http2.Http2FrameTypes;
import io.helidon.http.http2.Http2StreamWriter;

/**
 * Writes one call's DATA frames as far as the client's windows have room (RFC 9113, section 6.9).
 *
 * <p>The library's own way looks at the windows first and takes from them after the write. Streams
 * that share a connection then take more than its window has, together; the client's next update
 * still finds it below zero, which the library takes for the client's fault, and ends the
 * connection. Here room is taken before the write, by one stream at a time.
 */
final class CallFrames {
  private final Http2StreamWriter
      writer; // one for all streams of a connection, which it stands for
  private final FlowControl.Outbound window;
  private final int streamId;

  CallFrames(Http2StreamWriter writer, FlowControl.Outbound window, int streamId) {
    this.writer = writer;
    this.window = window;
    this.streamId = streamId;
  }

  /** Blocks while the client does not read. */
  void write(byte[] bytes, int length) {
    int from = 0;
    while (from < length) {
      int room = takeRoom(length - from);
      if (room > 0) {
        var header =
            Http2FrameHeader.create(
                room, Http2FrameTypes.DATA, Http2Flag.DataFlags.create(0), streamId);
        writer.write(new Http2FrameData(header, BufferData.create(bytes, from, room)));
        from += room;
      } else {
        window.blockTillUpdate();
      }
    }
  }

  private int takeRoom(int wanted) {
    synchronized (writer) {
      int most = Math.min(window.maxFrameSize(), window.getRemainingWindowSize());
      int room = Math.max(0, Math.min(wanted, most));
      if (room > 0) {
        window.decrementWindowSize(room);
      }
      return room;
    }
  }
}
