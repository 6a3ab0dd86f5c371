package io.emque.plugin.jwt;

import io.emque.api.spi.Authority;
import io.emque.api.spi.Authorizer;
import java.io.IOException;

/** The authorizer {@code jwt}: JSON Web Tokens (RFC 7519) signed with keys that are known. */
public final class JwtAuthorizer implements Authorizer {
  /** For the service loader. */
  public JwtAuthorizer() {}

  @Override
  public String name() {
    return "jwt";
  }

  @Override
  public Authority open(Context context) throws IOException {
    var options = JwtOptions.of(context.options());
    return new JwtAuthority(options, Keys.open(options.keys(), context), context.clock());
  }
}
