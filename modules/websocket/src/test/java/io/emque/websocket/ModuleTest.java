package io.emque.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.module.ModuleDescriptor;
import org.junit.jupiter.api.Test;

/** What others may see of the module, and that it leans on the frames alone. */
class ModuleTest {
  private final ModuleDescriptor module = WebSockets.class.getModule().getDescriptor();

  @Test
  void exportsItsPackageAlone() {
    assertThat(module.name()).isEqualTo("io.emque.websocket");
    assertThat(module.exports())
        .extracting(ModuleDescriptor.Exports::source)
        .containsExactly("io.emque.websocket");
  }

  @Test
  void knowsTheFramesAlone() {
    assertThat(module.requires())
        .extracting(ModuleDescriptor.Requires::name)
        .filteredOn(name -> name.startsWith("io.emque."))
        .containsExactly("io.emque.frames");
  }
}
