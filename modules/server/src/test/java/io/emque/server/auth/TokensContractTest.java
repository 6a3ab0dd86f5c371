package io.emque.server.auth;

import io.emque.api.spi.Authorizer;
import io.emque.testkit.AuthorizerContract;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** The authorizer {@code tokens} is one. */
class TokensContractTest extends AuthorizerContract {
  private final String token = TokenText.create();

  @Override
  protected Authorizer authorizer() {
    return new TokensAuthorizer();
  }

  @Override
  protected Map<String, String> options() throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("tokens.yaml"),
            "tokens:\n  - name: shop\n    hash: "
                + TokenText.hash(token)
                + "\n    publish: ['orders/*']\n");
    return Map.of("tokens_file", file.toString());
  }

  @Override
  protected String goodToken() {
    return token;
  }
}
