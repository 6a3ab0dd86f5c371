package io.emque.transport.http;

import io.helidon.common.socket.PeerInfo;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import org.jspecify.annotations.Nullable;

/**
 * Whom a connection is with. The server's own answers are made anew each time they are asked for,
 * the one about a certificate that was not shown by an exception.
 *
 * @param host the address, as text
 * @param certificate the one shown; null for none
 */
record RemotePeer(String host, @Nullable X509Certificate certificate) {
  static RemotePeer of(PeerInfo peer) {
    Certificate[] chain = peer.tlsCertificates().orElse(null);
    Certificate first = chain == null || chain.length == 0 ? null : chain[0];
    return new RemotePeer(peer.host(), first instanceof X509Certificate own ? own : null);
  }
}
