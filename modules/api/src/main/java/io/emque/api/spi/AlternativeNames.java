package io.emque.api.spi;

import java.net.InetAddress;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Alternative names of certificates (RFC 5280, section 4.2.1.6), as text. */
final class AlternativeNames {
  private static final int EMAIL = 1;
  private static final int DNS = 2;
  private static final int URI = 6;
  private static final int IP = 7;

  private AlternativeNames() {}

  static List<String> of(X509Certificate certificate) {
    Collection<List<?>> given;
    try {
      given = certificate.getSubjectAlternativeNames();
    } catch (CertificateParsingException e) {
      return List.of();
    }
    if (given == null) {
      return List.of();
    }
    var names = new ArrayList<String>();
    for (List<?> name : given) {
      String text = name.get(0) instanceof Integer kind ? text(kind, name.get(1)) : null;
      if (text != null) {
        names.add(text);
      }
    }
    return names;
  }

  private static @Nullable String text(int kind, Object value) {
    return switch (kind) {
      case EMAIL -> "email:" + value;
      case DNS -> "dns:" + value.toString().toLowerCase(Locale.ROOT);
      case URI -> "uri:" + value;
      case IP -> "ip:" + InetAddress.ofLiteral(value.toString()).getHostAddress();
      default -> null;
    };
  }
}
