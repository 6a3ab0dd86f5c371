package io.emque.transport.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.module.ModuleDescriptor;
import org.junit.jupiter.api.Test;

/** What others may see of the module, and what of ours it leans on. */
class ModuleTest {
  private final ModuleDescriptor module = HttpTransport.class.getModule().getDescriptor();

  @Test
  void exportsItselfItsAccessControlItsLimitsAndItsMetricsAlone() {
    assertThat(module.name()).isEqualTo("io.emque.transport.http");
    assertThat(module.exports())
        .extracting(ModuleDescriptor.Exports::source)
        .containsExactlyInAnyOrder(
            "io.emque.transport.http",
            "io.emque.transport.http.access",
            "io.emque.transport.http.limits",
            "io.emque.transport.http.metrics");
  }

  @Test
  void leansOnTheEngineTheWebSocketAndTheWireFormat() {
    assertThat(module.requires())
        .extracting(ModuleDescriptor.Requires::name)
        .filteredOn(name -> name.startsWith("io.emque."))
        .containsExactlyInAnyOrder(
            "io.emque.engine", "io.emque.frames", "io.emque.websocket", "io.emque.wire");
  }
}
