package io.emque.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.emque.api.spi.Action;
import io.emque.api.spi.Authentication;
import io.emque.api.spi.Authentication.Accepted;
import io.emque.api.spi.Authentication.Reason;
import io.emque.api.spi.Authentication.Refused;
import io.emque.api.spi.Authority;
import io.emque.api.spi.Authorizer;
import io.emque.api.spi.Credential;
import io.emque.api.spi.Identity;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What any {@link Authorizer} must pass. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
public abstract class AuthorizerContract {
  /** A topic that {@link #goodToken} may publish to. */
  protected static final String TOPIC = "orders/1";

  /** A folder for each test. */
  @TempDir protected Path folder;

  private Authority authority;

  /** For the subclass, which has a constructor without parameters too. */
  protected AuthorizerContract() {}

  /** The authorizer to be tested. */
  protected abstract Authorizer authorizer();

  /** What it is opened with, so that {@link #goodToken} is good. */
  protected abstract Map<String, String> options() throws Exception;

  /** One that may publish to {@link #TOPIC}, and may not administer a topic called "other". */
  protected abstract String goodToken() throws Exception;

  @BeforeEach
  final void openTheAuthorizer() throws Exception {
    authority = authorizer().open(new FixedContext(options()));
  }

  @AfterEach
  final void closeTheAuthorizer() {
    authority.close();
  }

  private Authentication ask(String token) {
    return authority.authenticate(new Credential(token, null));
  }

  @Test
  final void nameIsOneThatMayBeChosen() {
    assertThat(authorizer().name()).matches("[a-z][a-z0-9_-]*").isNotEqualTo("none");
  }

  @Test
  final void goodTokenIsSomebodyWithRulesAndWithTimeLeft() throws Exception {
    Identity identity = ((Accepted) ask(goodToken())).identity();

    assertThat(identity.name()).isNotBlank();
    assertThat(identity.may(Action.PUBLISH, TOPIC)).isTrue();
    assertThat(identity.may(Action.ADMIN, "other")).isFalse();
    if (identity.expires() != null) {
      assertThat(identity.expires()).isAfter(Instant.now());
    }
  }

  @Test
  final void nothingIsRefusedAsMissing() {
    assertThat(authority.authenticate(Credential.NONE))
        .isInstanceOfSatisfying(
            Refused.class, refused -> assertThat(refused.reason()).isEqualTo(Reason.MISSING));
  }

  @Test
  final void whateverIsLikeAGoodTokenIsRefusedWithoutRepeatingIt() throws Exception {
    String good = goodToken();
    var others =
        List.of(
            good.substring(1),
            good.substring(0, good.length() - 6),
            good + "x",
            good.toUpperCase(java.util.Locale.ROOT),
            "x",
            ".",
            "..",
            "a.b.c",
            "A".repeat(10_000));
    for (String other : others) {
      assertThat(ask(other))
          .as(other)
          .isInstanceOfSatisfying(
              Refused.class,
              refused ->
                  assertThat(refused.message())
                      .isNotBlank()
                      .doesNotContain("\n")
                      .doesNotContain(good));
    }
  }

  @Test
  final void manyMayAskAtATime() throws Exception {
    String good = goodToken();
    Callable<Boolean> asking = () -> ask(good) instanceof Accepted && ask("x") instanceof Refused;
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var answers = new ArrayList<Future<Boolean>>();
      for (int i = 0; i < 100; i++) {
        answers.add(threads.submit(asking));
      }
      for (Future<Boolean> answer : answers) {
        assertThat(answer.get()).isTrue();
      }
    }
  }

  @Test
  final void readingItsFilesAgainChangesNothingWhenTheyAreTheSame() throws Exception {
    authority.reload();

    assertThat(ask(goodToken())).isInstanceOf(Accepted.class);
  }
}
