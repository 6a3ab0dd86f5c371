package io.emque.server.tls;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyManagementException;
import java.security.SecureRandom;
import java.time.Duration;
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
 * TLS 1.2 and 1.3 for accepted connections: with a deadline for the handshake, and an answer in
 * words to plaintext.
 */
public final class ServerTls {
  private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};
  private static final Duration HANDSHAKE = Duration.ofSeconds(10);
  private static final int TLS_HANDSHAKE = 0x16; // RFC 8446, section 5.1

  private ServerTls() {}

  /** A context whose sockets serve with this identity. */
  public static SSLContext context(Identity identity) {
    return context(identity, HANDSHAKE);
  }

  /** As above; a handshake may take so long from first to last, however its bytes are spread. */
  static SSLContext context(Identity identity, Duration handshake) {
    try {
      var context = SSLContext.getInstance("TLS");
      context.init(new KeyManager[] {new IdentityKeyManager(identity)}, null, null);
      return new AcceptingContext(context, handshake);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has TLS", e);
    }
  }

  private static final class AcceptingContext extends SSLContext {
    AcceptingContext(SSLContext context, Duration handshake) {
      super(new AcceptingSpi(context, handshake), context.getProvider(), context.getProtocol());
    }
  }

  private static final class AcceptingSpi extends SSLContextSpi {
    private final SSLContext context;
    private final Duration handshake;

    AcceptingSpi(SSLContext context, Duration handshake) {
      this.context = context;
      this.handshake = handshake;
    }

    @Override
    protected void engineInit(KeyManager[] keys, TrustManager[] trust, SecureRandom random)
        throws KeyManagementException {
      throw new KeyManagementException("the context is complete");
    }

    @Override
    protected SSLSocketFactory engineGetSocketFactory() {
      return new AcceptingFactory(context.getSocketFactory(), handshake);
    }

    @Override
    protected SSLServerSocketFactory engineGetServerSocketFactory() {
      return context.getServerSocketFactory();
    }

    @Override
    protected SSLEngine engineCreateSSLEngine() {
      return context.createSSLEngine();
    }

    @Override
    protected SSLEngine engineCreateSSLEngine(String host, int port) {
      return context.createSSLEngine(host, port);
    }

    @Override
    protected SSLSessionContext engineGetServerSessionContext() {
      return context.getServerSessionContext();
    }

    @Override
    protected SSLSessionContext engineGetClientSessionContext() {
      return context.getClientSessionContext();
    }
  }

  /** Layers TLS over accepted sockets; called on the connection's own thread. */
  private static final class AcceptingFactory extends SSLSocketFactory {
    private final SSLSocketFactory factory;
    private final Duration handshake;

    AcceptingFactory(SSLSocketFactory factory, Duration handshake) {
      this.factory = factory;
      this.handshake = handshake;
    }

    @Override
    public Socket createSocket(Socket socket, InputStream consumed, boolean autoClose)
        throws IOException {
      var deadline = Deadline.closing(socket, handshake);
      boolean begun = false;
      try {
        int first = socket.getInputStream().read();
        if (first < 0) {
          throw new EOFException("connected and said nothing");
        }
        if (first != TLS_HANDSHAKE) {
          Plaintext.answer(socket);
          throw new IOException("plaintext on a TLS port");
        }
        var peeked = new ByteArrayInputStream(new byte[] {(byte) first});
        var tls = (SSLSocket) factory.createSocket(socket, peeked, autoClose);
        tls.setEnabledProtocols(PROTOCOLS);
        begun = true;
        return new AcceptedSocket(tls, deadline);
      } finally {
        if (!begun) {
          deadline.met();
        }
      }
    }

    @Override
    public String[] getDefaultCipherSuites() {
      return factory.getDefaultCipherSuites();
    }

    @Override
    public String[] getSupportedCipherSuites() {
      return factory.getSupportedCipherSuites();
    }

    @Override
    public Socket createSocket(Socket socket, String host, int port, boolean autoClose)
        throws IOException {
      return factory.createSocket(socket, host, port, autoClose);
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
      return factory.createSocket(host, port);
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress local, int localPort)
        throws IOException {
      return factory.createSocket(host, port, local, localPort);
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
      return factory.createSocket(host, port);
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort)
        throws IOException {
      return factory.createSocket(host, port, local, localPort);
    }
  }
}
