package io.emque.server.tls;

import io.emque.transport.http.limits.Connections;
import io.emque.transport.http.limits.LiveLimits;
import io.emque.transport.http.limits.LiveLimits.Overdue;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyManagementException;
import java.security.SecureRandom;
import java.util.function.Supplier;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLContextSpi;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLServerSocketFactory;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;

/**
 * TLS 1.2 and 1.3 for accepted connections: as many as there may be, with a deadline for the
 * handshake however its bytes are spread, and an answer in words to plaintext.
 */
final class ServerTls {
  private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};
  private static final int TLS_HANDSHAKE = 0x16; // RFC 8446, section 5.1

  private ServerTls() {}

  /**
   * A context whose sockets are accepted with what {@code current} gives at the time of each.
   *
   * @param current contexts as {@link #plainContext} makes them
   */
  static SSLContext context(
      Supplier<SSLContext> current, Handshakes handshakes, LiveLimits limits) {
    return new AcceptingContext(current, handshakes, limits);
  }

  /** The JDK's context for this identity. It remembers its own sessions alone. */
  static SSLContext plainContext(Identity identity) {
    try {
      var context = SSLContext.getInstance("TLS");
      context.init(new KeyManager[] {new IdentityKeyManager(identity)}, null, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has TLS", e);
    }
  }

  private static final class AcceptingContext extends SSLContext {
    AcceptingContext(Supplier<SSLContext> current, Handshakes handshakes, LiveLimits limits) {
      super(
          new AcceptingSpi(current, handshakes, limits),
          current.get().getProvider(),
          current.get().getProtocol());
    }
  }

  private static final class AcceptingSpi extends SSLContextSpi {
    private final Supplier<SSLContext> current;
    private final Handshakes handshakes;
    private final LiveLimits limits;

    AcceptingSpi(Supplier<SSLContext> current, Handshakes handshakes, LiveLimits limits) {
      this.current = current;
      this.handshakes = handshakes;
      this.limits = limits;
    }

    @Override
    protected void engineInit(KeyManager[] keys, TrustManager[] trust, SecureRandom random)
        throws KeyManagementException {
      throw new KeyManagementException("the context is complete");
    }

    @Override
    protected SSLSocketFactory engineGetSocketFactory() {
      return new AcceptingFactory(() -> current.get().getSocketFactory(), handshakes, limits);
    }

    @Override
    protected SSLServerSocketFactory engineGetServerSocketFactory() {
      return current.get().getServerSocketFactory();
    }

    @Override
    protected SSLEngine engineCreateSSLEngine() {
      return current.get().createSSLEngine();
    }

    @Override
    protected SSLEngine engineCreateSSLEngine(String host, int port) {
      return current.get().createSSLEngine(host, port);
    }

    @Override
    protected SSLSessionContext engineGetServerSessionContext() {
      return current.get().getServerSessionContext();
    }

    @Override
    protected SSLSessionContext engineGetClientSessionContext() {
      return current.get().getClientSessionContext();
    }
  }

  /** Layers TLS over accepted sockets; called on the connection's own thread. */
  private static final class AcceptingFactory extends SSLSocketFactory {
    private final Supplier<SSLSocketFactory> current;
    private final Handshakes handshakes;
    private final LiveLimits limits;

    AcceptingFactory(Supplier<SSLSocketFactory> current, Handshakes handshakes, LiveLimits limits) {
      this.current = current;
      this.handshakes = handshakes;
      this.limits = limits;
    }

    @Override
    public Socket createSocket(Socket socket, InputStream consumed, boolean autoClose)
        throws IOException {
      Connections.Permit permit = limits.connections().enter(socket.getInetAddress());
      if (permit.refusal() != null && !permit.isExplained()) {
        permit.close();
        throw new IOException("one connection too many");
      }
      var deadline =
          Deadline.closing(
              socket,
              limits.current().timeouts().handshake(),
              () -> limits.overdue(Overdue.HANDSHAKE));
      boolean begun = false;
      try {
        int first = socket.getInputStream().read();
        if (first < 0) {
          handshakes.failed.increment();
          throw new EOFException("connected and said nothing");
        }
        if (first != TLS_HANDSHAKE) {
          handshakes.plaintext.increment();
          Plaintext.answer(socket);
          throw new IOException("plaintext on a TLS port");
        }
        var peeked = new ByteArrayInputStream(new byte[] {(byte) first});
        var tls = (SSLSocket) current.get().createSocket(socket, peeked, autoClose);
        tls.setEnabledProtocols(PROTOCOLS);
        begun = true;
        return new AcceptedSocket(tls, deadline, handshakes, permit);
      } finally {
        if (!begun) {
          permit.close();
          deadline.met();
        }
      }
    }

    @Override
    public String[] getDefaultCipherSuites() {
      return current.get().getDefaultCipherSuites();
    }

    @Override
    public String[] getSupportedCipherSuites() {
      return current.get().getSupportedCipherSuites();
    }

    @Override
    public Socket createSocket(Socket socket, String host, int port, boolean autoClose)
        throws IOException {
      return current.get().createSocket(socket, host, port, autoClose);
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
      return current.get().createSocket(host, port);
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress local, int localPort)
        throws IOException {
      return current.get().createSocket(host, port, local, localPort);
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
      return current.get().createSocket(host, port);
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort)
        throws IOException {
      return current.get().createSocket(host, port, local, localPort);
    }
  }
}
