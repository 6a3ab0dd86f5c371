package io.emque.plugin.srv;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A name server by UDP that knows SRV records, or is silent. */
final class DnsServer implements AutoCloseable {
  private static final int HEADER_BYTES = 12;
  private static final int ANSWER = 0x8580; // a reply, authoritative, recursion desired, available
  private static final int NXDOMAIN = 3;
  private static final int SRV = 33;
  private static final int INTERNET = 1;

  private final DatagramSocket socket;
  private final Map<String, List<Srv>> records = new ConcurrentHashMap<>();
  private volatile boolean silent;

  DnsServer() throws IOException {
    socket = new DatagramSocket(0, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::serve);
  }

  String url() {
    return "dns://127.0.0.1:" + socket.getLocalPort();
  }

  void put(String name, Srv... answer) {
    records.put(name, List.of(answer));
  }

  void silent(boolean isSilent) {
    silent = isSilent;
  }

  private void serve() {
    try {
      while (true) {
        var packet = new DatagramPacket(new byte[1500], 1500);
        socket.receive(packet);
        if (!silent) {
          byte[] answer = answer(packet.getData());
          socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
        }
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private byte[] answer(byte[] question) throws IOException {
    int end = HEADER_BYTES;
    var name = new StringBuilder();
    while (question[end] != 0) {
      name.append(name.isEmpty() ? "" : ".")
          .append(new String(question, end + 1, question[end], US_ASCII));
      end += question[end] + 1;
    }
    end += 5; // the last length, type and class
    List<Srv> known = records.get(name.toString().toLowerCase(Locale.ROOT));
    var bytes = new ByteArrayOutputStream();
    var out = new DataOutputStream(bytes);
    out.write(question, 0, 2);
    out.writeShort(known == null ? ANSWER | NXDOMAIN : ANSWER);
    out.writeShort(1);
    out.writeShort(known == null ? 0 : known.size());
    out.writeInt(0);
    out.write(question, HEADER_BYTES, end - HEADER_BYTES);
    for (Srv srv : known == null ? List.<Srv>of() : known) {
      out.writeShort(0xc000 | HEADER_BYTES);
      out.writeShort(SRV);
      out.writeShort(INTERNET);
      out.writeInt(60);
      byte[] target = encode(srv.target);
      out.writeShort(6 + target.length);
      out.writeShort(srv.priority);
      out.writeShort(srv.weight);
      out.writeShort(srv.port);
      out.write(target);
    }
    return bytes.toByteArray();
  }

  private static byte[] encode(String name) {
    var bytes = new ByteArrayOutputStream();
    for (String label : name.split("\\.")) {
      bytes.write(label.length());
      bytes.writeBytes(label.getBytes(US_ASCII));
    }
    if (!name.isEmpty()) {
      bytes.write(0);
    }
    return bytes.toByteArray();
  }

  @Override
  public void close() {
    socket.close();
  }

  record Srv(int priority, int weight, int port, String target) {}
}
