package io.emque.client.link;

import io.emque.pem.KeyAndChain;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.security.KeyManagementException;
import java.security.SecureRandom;
import java.util.function.Function;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLContextSpi;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocketFactory;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;

/**
 * A context that shows what a {@link ClientCertificate} is when a connection is made. Another
 * certificate is another context of the JDK's, or it would resume sessions of the old one.
 */
final class FollowingContext extends SSLContext {
  FollowingContext(ClientCertificate certificate, Function<KeyManager, SSLContext> contexts) {
    this(new Current(certificate, contexts));
  }

  private FollowingContext(Current current) {
    super(new Spi(current), current.get().getProvider(), current.get().getProtocol());
  }

  /** The context of the certificate that is there now. Any thread. */
  private static final class Current {
    private final ClientCertificate certificate;
    private final Function<KeyManager, SSLContext> contexts;

    // Under the monitor.
    private KeyAndChain shown;
    private SSLContext context;

    Current(ClientCertificate certificate, Function<KeyManager, SSLContext> contexts) {
      this.certificate = certificate;
      this.contexts = contexts;
      this.shown = certificate.current();
      this.context = contexts.apply(new OwnKeyManager(shown));
    }

    synchronized SSLContext get() {
      KeyAndChain now = certificate.current();
      if (!now.equals(shown)) {
        shown = now;
        context = contexts.apply(new OwnKeyManager(now));
      }
      return context;
    }
  }

  private static final class Spi extends SSLContextSpi {
    private final Current current;

    Spi(Current current) {
      this.current = current;
    }

    @Override
    protected void engineInit(KeyManager[] keys, TrustManager[] trust, SecureRandom random)
        throws KeyManagementException {
      throw new KeyManagementException("the context is complete");
    }

    @Override
    protected SSLSocketFactory engineGetSocketFactory() {
      return new Factory(current);
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

    @Override
    protected SSLParameters engineGetDefaultSSLParameters() {
      return current.get().getDefaultSSLParameters();
    }

    @Override
    protected SSLParameters engineGetSupportedSSLParameters() {
      return current.get().getSupportedSSLParameters();
    }
  }

  private static final class Factory extends SSLSocketFactory {
    private final Current current;

    Factory(Current current) {
      this.current = current;
    }

    private SSLSocketFactory now() {
      return current.get().getSocketFactory();
    }

    @Override
    public String[] getDefaultCipherSuites() {
      return now().getDefaultCipherSuites();
    }

    @Override
    public String[] getSupportedCipherSuites() {
      return now().getSupportedCipherSuites();
    }

    @Override
    public Socket createSocket() throws IOException {
      return now().createSocket();
    }

    @Override
    public Socket createSocket(Socket socket, String host, int port, boolean autoClose)
        throws IOException {
      return now().createSocket(socket, host, port, autoClose);
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
      return now().createSocket(host, port);
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress local, int localPort)
        throws IOException {
      return now().createSocket(host, port, local, localPort);
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
      return now().createSocket(host, port);
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort)
        throws IOException {
      return now().createSocket(host, port, local, localPort);
    }
  }
}
