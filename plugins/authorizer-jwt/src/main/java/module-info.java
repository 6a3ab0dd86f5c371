/** Plugin: the authorizer {@code jwt}. */
@org.jspecify.annotations.NullMarked
module io.emque.plugin.jwt {
  requires static org.jspecify;
  requires io.emque.api;
  requires com.nimbusds.jose.jwt;

  provides io.emque.api.spi.Authorizer with
      io.emque.plugin.jwt.JwtAuthorizer;
}
