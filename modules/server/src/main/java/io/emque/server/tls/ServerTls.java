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
 * handshake however its bytes are spread, and an answer in words to plaintext and to clients whose
 * certificate is not good.
 */
final class ServerTls {
  private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};
  private static final int TLS_HANDSHAKE = 0x16; // RFC 8446, section 5.1

  private ServerTls() {}

  /** A context whose sockets are accepted with what {@code current} gives at the time of each. */
  static SSLContext context(Supplier<Served> current, Handshakes handshakes, LiveLimits limits) {
    return new AcceptingContext(current, handshakes, limits);
  }

  private static final class AcceptingContext extends SSLContext {
    AcceptingContext(Supplier<Served> current, Handshakes handshakes, LiveLimits limits) {
      super(
          new AcceptingSpi(current, handshakes, limits),
          current.get().context().getProvider(),
          current.get().context().getProtocol());
    }
  }

  private static final class AcceptingSpi extends SSLContextSpi {
    private final Supplier<Served> current;
    private final Handshakes handshakes;
    private final LiveLimits limits;

    AcceptingSpi(Supplier<Served> current, Handshakes handshakes, LiveLimits limits) {
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
      return new AcceptingFactory(current, handshakes, limits);
    }

    @Override
    protected SSLServerSocketFactory engineGetServerSocketFactory() {
      return current.get().context().getServerSocketFactory();
    }

    @Override
    protected SSLEngine engineCreateSSLEngine() {
      return current.get().context().createSSLEngine();
    }

    @Override
    protected SSLEngine engineCreateSSLEngine(String host, int port) {
      return current.get().context().createSSLEngine(host, port);
    }

    @Override
    protected SSLSessionContext engineGetServerSessionContext() {
      return current.get().context().getServerSessionContext();
    }

    @Override
    protected SSLSessionContext engineGetClientSessionContext() {
      return current.get().context().getClientSessionContext();
    }
  }

  /** Layers TLS over accepted sockets; called on the connection's own thread. */
  private static final class AcceptingFactory extends SSLSocketFactory {
    private final Supplier<Served> current;
    private final Handshakes handshakes;
    private final LiveLimits limits;

    AcceptingFactory(Supplier<Served> current, Handshakes handshakes, LiveLimits limits) {
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
        Served served = current.get();
        var tls = (SSLSocket) factory(served).createSocket(socket, peeked, autoClose);
        tls.setEnabledProtocols(PROTOCOLS);
        tls.setWantClientAuth(served.trust() != null);
        begun = true;
        return new AcceptedSocket(tls, deadline, handshakes, permit, served.trust());
      } finally {
        if (!begun) {
          permit.close();
          deadline.met();
        }
      }
    }

    private static SSLSocketFactory factory(Served served) {
      return served.context().getSocketFactory();
    }

    @Override
    public String[] getDefaultCipherSuites() {
      return factory(current.get()).getDefaultCipherSuites();
    }

    @Override
    public String[] getSupportedCipherSuites() {
      return factory(current.get()).getSupportedCipherSuites();
    }

    @Override
    public Socket createSocket(Socket socket, String host, int port, boolean autoClose)
        throws IOException {
      return factory(current.get()).createSocket(socket, host, port, autoClose);
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
      return factory(current.get()).createSocket(host, port);
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress local, int localPort)
        throws IOException {
      return factory(current.get()).createSocket(host, port, local, localPort);
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
      return factory(current.get()).createSocket(host, port);
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort)
        throws IOException {
      return factory(current.get()).createSocket(host, port, local, localPort);
    }
  }
}
