package io.emque.cli;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * A Unix datagram socket to send to. Java has none; these are libc's own {@code socket}, {@code
 * sendto} and {@code close}, as Linux has them on 64 bits.
 */
final class UnixDatagrams {
  private static final int AF_UNIX = 1;
  private static final int SOCK_DGRAM = 2;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int FAMILY_BYTES = 2;
  private static final int MAX_PATH = 108; // of sockaddr_un

  private final byte[] path;

  private UnixDatagrams(byte[] path) {
    this.path = path;
  }

  /**
   * @param address a path, or {@code @NAME} for a name that is in no file system
   * @throws IllegalArgumentException for any other
   */
  static UnixDatagrams to(String address) {
    byte[] path = address.getBytes(UTF_8);
    if (path.length < 2 || path.length >= MAX_PATH || (path[0] != '/' && path[0] != '@')) {
      throw new IllegalArgumentException(
          "\"" + address + "\" is no Unix socket: a path or @name of at most 107 bytes");
    }
    if (path[0] == '@') {
      path[0] = 0;
    }
    return new UnixDatagrams(path);
  }

  /**
   * Sends one datagram.
   *
   * @throws IllegalStateException when nobody receives it, or this is no Linux
   */
  void send(String text) {
    try (Arena arena = Arena.ofConfined()) {
      int descriptor =
          (int)
              function("socket", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT)
                  .invokeExact(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
      if (descriptor < 0) {
        throw new IllegalStateException("the system gives no socket");
      }
      try {
        send(descriptor, arena, text.getBytes(UTF_8));
      } finally {
        int closed = (int) function("close", JAVA_INT, JAVA_INT).invokeExact(descriptor);
        assert closed == 0;
      }
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("a native call failed", e);
    }
  }

  private void send(int descriptor, Arena arena, byte[] bytes) throws Throwable {
    MemorySegment address = arena.allocate(FAMILY_BYTES + MAX_PATH, JAVA_SHORT.byteAlignment());
    address.set(JAVA_SHORT, 0, (short) AF_UNIX);
    MemorySegment.copy(path, 0, address, JAVA_BYTE, FAMILY_BYTES, path.length);
    MemorySegment message = arena.allocateFrom(JAVA_BYTE, bytes);
    long sent =
        (long)
            function("sendto", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT)
                .invokeExact(
                    descriptor,
                    message,
                    (long) bytes.length,
                    MSG_NOSIGNAL,
                    address,
                    FAMILY_BYTES + path.length);
    if (sent != bytes.length) {
      throw new IllegalStateException("nobody receives it");
    }
  }

  @SuppressWarnings("restricted") // allowed to this module by the image's jvm.options
  private static MethodHandle function(
      String name, MemoryLayout result, MemoryLayout... arguments) {
    Linker linker = Linker.nativeLinker();
    MemorySegment symbol =
        linker
            .defaultLookup()
            .find(name)
            .orElseThrow(() -> new IllegalStateException("libc has no " + name));
    return linker.downcallHandle(symbol, FunctionDescriptor.of(result, arguments));
  }
}
