package io.emque.api.spi;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.module.ModuleFinder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Providers in layers of modules that are compiled here; this module itself comes with none. */
class ProvidersTest {
  private static final String NOT_MADE =
      "public Given() { throw new IllegalStateException(\"no dice\"); }";

  @TempDir Path folder;

  @Test
  void providerIsFoundByInterfaceAndName() throws Exception {
    ModuleLayer plugin = plugin("one", "\"given\"", "");

    Providers providers = Providers.builtIn().with(plugin);

    assertThat(providers.of(plugin)).containsExactly("selector \"given\"");
    Selector selector = providers.find(Selector.class, "given");
    assertThat(selector.getClass().getModule().getName()).isEqualTo("one");
    assertThat(providers.selector("given")).as("made once").isSameAs(selector);
  }

  @Test
  void unknownNameIsNamedWithThoseKnownAndTheWayOut() throws Exception {
    Providers providers =
        Providers.builtIn()
            .with(plugin("two", "\"second\"", ""))
            .with(plugin("one", "\"first\"", ""));

    assertThatThrownBy(() -> providers.find(Selector.class, "frist"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "selector \"frist\" is not known; known are first, second; a plugin that brings it"
                + " goes into plugins/NAME/");
    assertThatThrownBy(() -> providers.find(Resolver.class, "first"))
        .hasMessage(
            "resolver \"first\" is not known; known are none; a plugin that brings it goes into"
                + " plugins/NAME/");
  }

  @Test
  void interfaceThatIsNotForPluginsIsRefused() {
    assertThatThrownBy(() -> Providers.builtIn().find(Runnable.class, "x"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("java.lang.Runnable is not for plugins to provide");
  }

  @Test
  void twoProvidersWithOneNameAreRefusedWithBothModules() throws Exception {
    Providers providers = Providers.builtIn().with(plugin("one", "\"given\"", ""));
    ModuleLayer other = plugin("two", "\"given\"", "");

    assertThatThrownBy(() -> providers.with(other))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "two providers are called selector \"given\": one.Given of module one and two.Given of"
                + " module two; remove one");
  }

  @Test
  void providerWhoseConstructorThrowsIsNamedWithTheReason() throws Exception {
    ModuleLayer plugin = plugin("one", "\"given\"", NOT_MADE);

    assertThatThrownBy(() -> Providers.builtIn().with(plugin))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "a selector cannot be made: Provider one.Given could not be instantiated:"
                + " java.lang.IllegalStateException: no dice");
  }

  @Test
  void providerWhoseClassCannotBeInitializedIsNamedWithTheReason() throws Exception {
    ModuleLayer plugin =
        plugin("one", "\"given\"", "static final int N = Integer.parseInt(\"x\");");

    assertThatThrownBy(() -> Providers.builtIn().with(plugin))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(
            "a selector cannot be made: Provider one.Given could not be instantiated: java.lang."
                + "ExceptionInInitializerError");
  }

  @Test
  void providerWhoseNameThrowsIsNamedWithTheReason() throws Exception {
    ModuleLayer plugin = plugin("one", "String.valueOf(1 / Integer.parseInt(\"0\"))", "");

    assertThatThrownBy(() -> Providers.builtIn().with(plugin))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "one.Given of module one has no name: java.lang.ArithmeticException: / by zero");
  }

  @Test
  void namesThatCannotBeTypedAreRefused() throws Exception {
    for (String name : List.of("null", "\"\"", "\"Given\"", "\"a b\"", "\"-x\"")) {
      ModuleLayer plugin = plugin("one", name, "");

      assertThatThrownBy(() -> Providers.builtIn().with(plugin))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("one.Given of module one has the name ");
    }
  }

  @Test
  void providerMethodMayReturnTheInterface() throws Exception {
    ModuleLayer plugin =
        layer(
            "one",
            """
            package one;
            import io.emque.api.spi.*;
            import java.util.List;
            public final class Given {
              public static Selector provider() {
                return new Selector() {
                  @Override public String name() { return "made"; }
                  @Override public List<ServerAddress> select(
                      String topic, List<ServerAddress> servers) {
                    return servers;
                  }
                };
              }
            }
            """);

    assertThat(Providers.builtIn().with(plugin).of(plugin)).containsExactly("selector \"made\"");
  }

  private ModuleLayer plugin(String module, String name, String member) throws IOException {
    return layer(
        module,
        """
        package %s;
        import io.emque.api.spi.*;
        import java.util.List;
        public final class Given implements Selector {
          %s
          @Override public String name() { return %s; }
          @Override public List<ServerAddress> select(String topic, List<ServerAddress> servers) {
            return servers;
          }
        }
        """
            .formatted(module, member, name));
  }

  /** A layer with one module, whose class {@code Given} provides a selector. */
  private ModuleLayer layer(String module, String source) throws IOException {
    Path sources =
        Files.createDirectories(Files.createTempDirectory(folder, module).resolve("src"));
    Path classes = sources.resolveSibling("classes");
    Files.writeString(
        sources.resolve("module-info.java"),
        "module "
            + module
            + " { requires io.emque.api; provides io.emque.api.spi.Selector with "
            + module
            + ".Given; }");
    Files.writeString(sources.resolve("Given.java"), source);
    int code =
        ToolProvider.findFirst("javac")
            .orElseThrow()
            .run(
                System.out,
                System.err,
                "--module-path",
                Path.of(
                        Selector.class
                            .getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .getPath())
                    .toString(),
                "-d",
                classes.toString(),
                sources.resolve("module-info.java").toString(),
                sources.resolve("Given.java").toString());
    assertThat(code).isZero();
    ModuleLayer own = requireNonNull(Selector.class.getModule().getLayer());
    return own.defineModulesWithOneLoader(
        own.configuration().resolve(ModuleFinder.of(classes), ModuleFinder.of(), Set.of(module)),
        Selector.class.getClassLoader());
  }
}
