package io.emque.transport.http.limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.emque.api.BrokerException;
import io.emque.api.ErrorCode;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Token buckets by address and by identity, on a clock of the test's own. */
class RatesTest {
  private static final long SECOND = 1_000_000_000L;

  private final AtomicLong now = new AtomicLong(7);
  private final Rates rates = new Rates(now::get);
  private final Who here = Who.at(address("192.0.2.1"));
  private final Who there = Who.at(address("192.0.2.2"));

  private static InetAddress address(String literal) {
    try {
      return InetAddress.getByName(literal);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(e);
    }
  }

  @Test
  void withoutALimitEverythingPasses() {
    for (int i = 0; i < 1_000; i++) {
      rates.require(here, 1 << 20);
    }

    assertThat(rates.known()).isZero();
  }

  @Test
  void aSecondsWorthPassesAtOnceAndThenOneByOne() {
    rates.set(new Rate(4, 0), Rate.NONE);
    for (int i = 0; i < 4; i++) {
      rates.require(here, 10);
    }

    assertRefused(here);
    rates.require(there, 10);
    now.addAndGet(SECOND / 4 + 1);
    rates.require(here, 10);
    assertRefused(here);
  }

  @Test
  void whatIsLargerThanASecondsWorthPassesAndIsPaidFor() {
    rates.set(new Rate(0, 1_000), Rate.NONE);

    rates.require(here, 4_000);

    assertThatThrownBy(() -> rates.require(here, 1))
        .isInstanceOfSatisfying(
            BrokerException.class,
            e -> assertThat(e.retryAfter()).hasValueSatisfying(this::isThreeSeconds));
    now.addAndGet(3 * SECOND);
    assertRefused(here);
    now.addAndGet(SECOND / 100);
    rates.require(here, 1);
  }

  private void isThreeSeconds(Duration after) {
    assertThat(after).isBetween(Duration.ofSeconds(3), Duration.ofMillis(3_002));
    assertThat(Rates.seconds(after)).isBetween(3L, 4L);
  }

  @Test
  void anIdentityHasARateOfItsOwnWhereverItIs() {
    rates.set(Rate.NONE, new Rate(1, 0));
    rates.require(here.as("alice"), 1);

    assertRefused(there.as("alice"));
    rates.require(here.as("bob"), 1);
    rates.require(here, 1);
  }

  @Test
  void aNetworkOfIpv6IsOneAddress() {
    rates.set(new Rate(1, 0), Rate.NONE);
    rates.require(Who.at(address("2001:db8::1")), 1);

    assertRefused(Who.at(address("2001:db8::ffff:2")));
    rates.require(Who.at(address("2001:db8:0:1::1")), 1);
  }

  @Test
  void waitingTakesWhatItWaitedFor() throws Exception {
    rates.set(new Rate(1, 0), Rate.NONE);
    rates.require(here, 1);

    assertThat(rates.await(here, 1, 1, () -> false)).isFalse();
    now.addAndGet(SECOND + 1);
    assertThat(rates.await(here, 1, 1, () -> true)).isTrue();
    assertRefused(here);
  }

  @Test
  void anotherRateCountsFromNowOn() {
    rates.set(new Rate(1, 0), Rate.NONE);
    rates.require(here, 1);
    assertRefused(here);

    rates.set(Rate.NONE, Rate.NONE);

    rates.require(here, 1);
  }

  @Test
  void thoseWhoHaveGoneAreForgotten() {
    rates.set(new Rate(10, 0), Rate.NONE);
    for (int i = 0; i < 200; i++) {
      rates.require(Who.at(address("198.51.100." + i)), 1);
    }
    assertThat(rates.known()).isEqualTo(200);

    now.addAndGet(11 * SECOND);
    rates.require(here, 1);

    assertThat(rates.known()).isLessThanOrEqualTo(2);
  }

  private void assertRefused(Who who) {
    assertThatThrownBy(() -> rates.require(who, 1))
        .isInstanceOfSatisfying(
            BrokerException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.RATE_LIMITED);
              assertThat(e.retryAfter()).isPresent();
            });
  }
}
