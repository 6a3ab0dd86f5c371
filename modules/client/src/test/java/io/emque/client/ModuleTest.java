package io.emque.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.module.ModuleDescriptor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What others may see of the module, and what of ours it leans on. */
@Tag("whole")
class ModuleTest {
  private final ModuleDescriptor module = Emque.class.getModule().getDescriptor();

  @Test
  void exportsItsPackageAlone() {
    assertThat(module.name()).isEqualTo("io.emque.client");
    assertThat(module.exports())
        .extracting(ModuleDescriptor.Exports::source)
        .containsExactly("io.emque.client");
  }

  @Test
  void leansOnTheApiFramesPemAndTheWireFormat() {
    assertThat(module.requires())
        .extracting(ModuleDescriptor.Requires::name)
        .filteredOn(name -> name.startsWith("io.emque."))
        .containsExactlyInAnyOrder(
            "io.emque.api", "io.emque.frames", "io.emque.pem", "io.emque.wire");
  }
}
