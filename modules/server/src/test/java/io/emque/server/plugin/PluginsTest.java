package io.emque.server.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.emque.api.spi.Selector;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PluginsTest {
  @TempDir Path plugins;

  @Test
  void moduleIsLoadedInALayerOfItsOwn() throws Exception {
    PluginJar.selector("third.one", "first", "")
        .module("third.one")
        .into(plugins.resolve("one/one.jar"));
    PluginJar.selector("third.two", "second", "")
        .module("third.two")
        .into(plugins.resolve("two/two.jar"));

    var providers = Plugins.load(plugins);

    Module one = providers.selector("first").getClass().getModule();
    Module two = providers.selector("second").getClass().getModule();
    assertThat(one.getName()).isEqualTo("third.one");
    assertThat(one.getLayer()).isNotSameAs(two.getLayer());
    assertThat(one.getLayer().findModule("third.two")).isEmpty();
    assertThat(providers.selector("shard")).as("those of the program").isNotNull();
  }

  @Test
  void jarThatIsNoModuleIsLoadedByItsServicesFile() throws Exception {
    PluginJar.selector("third.old", "old", "")
        .service("third.old.Given")
        .into(plugins.resolve("old/old-selector-1.2.jar"));

    Selector selector = Plugins.load(plugins).selector("old");

    Module module = selector.getClass().getModule();
    assertThat(module.getDescriptor().isAutomatic()).isTrue();
    assertThat(module.getName()).isEqualTo("old.selector");
  }

  @Test
  void twoPluginsMayBringTwoVersionsOfOneDependency() throws Exception {
    for (String version : new String[] {"one", "two"}) {
      Path dependency = plugins.resolve(version + "/dependency.jar");
      new PluginJar()
          .file("module-info.java", "module dependency { exports dependency; }")
          .file(
              "dependency/Version.java",
              "package dependency; public final class Version { public static String get() {"
                  + " return \""
                  + version
                  + "\"; } }")
          .into(dependency);
      PluginJar.selector(
              "third." + version,
              version,
              "@Override public String toString() { return dependency.Version.get(); }")
          .module("third." + version, "requires dependency;")
          .against(dependency)
          .into(plugins.resolve(version + "/plugin.jar"));
    }

    var providers = Plugins.load(plugins);

    assertThat(providers.selector("one")).hasToString("one");
    assertThat(providers.selector("two")).hasToString("two");
  }

  @Test
  void filesAndFoldersThatBeginWithADotAreLeftAlone() throws Exception {
    Files.writeString(plugins.resolve("README.md"), "read me");
    Files.createDirectories(plugins.resolve(".git"));

    assertThat(Plugins.load(plugins).selector("all")).isNotNull();
  }

  @Test
  void folderThatIsNotThereIsNamed() {
    Path missing = plugins.resolve("nowhere");

    assertThatThrownBy(() -> Plugins.load(missing))
        .isInstanceOf(PluginException.class)
        .hasMessage(
            "cannot read the folder of plugins "
                + missing
                + ": there is no such folder; see --plugins");
  }

  @Test
  void jarOutsideAFolderIsNamed() throws Exception {
    PluginJar.selector("third.stray", "stray", "")
        .module("third.stray")
        .into(plugins.resolve("stray.jar"));

    assertThatThrownBy(() -> Plugins.load(plugins))
        .isInstanceOf(PluginException.class)
        .hasMessage(
            plugins.resolve("stray.jar")
                + " belongs to no plugin; move it into a folder of its own, as "
                + plugins
                + "/NAME/");
  }

  @Test
  void folderWithoutAJarIsNamed() throws Exception {
    Files.createDirectories(plugins.resolve("bad"));

    assertThatBadIsNamedWith("it holds no jar");
  }

  @Test
  void jarThatIsDamagedIsNamed() throws Exception {
    Files.createDirectories(plugins.resolve("bad"));
    Files.writeString(plugins.resolve("bad/broken.jar"), "no zip file");

    assertThatBadIsNamedWith("Error reading", "broken.jar", "zip");
  }

  @Test
  void moduleThatIsMissingIsNamed() throws Exception {
    Path dependency = plugins.resolve("dependency.jar");
    new PluginJar()
        .file("module-info.java", "module dependency { exports dependency; }")
        .file("dependency/Some.java", "package dependency; public final class Some {}")
        .into(dependency);
    PluginJar.selector("third.bad", "bad", "")
        .module("third.bad", "requires dependency;")
        .against(dependency)
        .into(plugins.resolve("bad/bad.jar"));
    Files.delete(dependency);

    assertThatBadIsNamedWith("Module dependency not found, required by third.bad");
  }

  @Test
  void packageInTwoModulesIsNamed() throws Exception {
    PluginJar.selector("third.bad", "bad", "")
        .module("third.bad")
        .into(plugins.resolve("bad/bad.jar"));
    new PluginJar()
        .file("third/bad/Other.java", "package third.bad; public final class Other {}")
        .file("module-info.java", "module third.other {}")
        .into(plugins.resolve("bad/other.jar"));

    assertThatBadIsNamedWith("the package third.bad is in both modules third.bad and third.other");
  }

  @Test
  void pluginThatProvidesNothingIsNamed() throws Exception {
    new PluginJar()
        .file("third/bad/Other.java", "package third.bad; public final class Other {}")
        .into(plugins.resolve("bad/bad.jar"));

    assertThatBadIsNamedWith("it provides nothing that Emque knows");
  }

  @Test
  void pluginThatBringsTheApiIsNamed() throws Exception {
    PluginJar.selector("third.bad", "bad", "")
        .module("third.bad")
        .into(plugins.resolve("bad/bad.jar"));
    new PluginJar()
        .file("module-info.java", "module io.emque.api {}")
        .into(plugins.resolve("bad/emque-api.jar"));

    assertThatBadIsNamedWith("it brings the module io.emque.api, which is Emque's");
  }

  @Test
  void providerThatThrowsIsNamed() throws Exception {
    PluginJar.selector(
            "third.bad", "bad", "public Given() { throw new IllegalStateException(\"no dice\"); }")
        .module("third.bad")
        .into(plugins.resolve("bad/bad.jar"));

    assertThatBadIsNamedWith(
        "a selector cannot be made: Provider third.bad.Given could not be instantiated:"
            + " java.lang.IllegalStateException: no dice");
  }

  @Test
  void nameThatIsTakenIsNamed() throws Exception {
    PluginJar.selector("third.bad", "shard", "")
        .module("third.bad")
        .into(plugins.resolve("bad/bad.jar"));

    assertThatBadIsNamedWith(
        "two providers are called selector \"shard\": io.emque.client.select.ShardSelector of"
            + " module io.emque.client and third.bad.Given of module third.bad; remove one");
  }

  @Test
  void providerWhoseClassIsMissingIsNamed() throws Exception {
    PluginJar.selector("third.bad", "bad", "")
        .service("third.bad.Gone")
        .into(plugins.resolve("bad/bad.jar"));

    assertThatBadIsNamedWith("a selector cannot be made: Provider third.bad.Gone not found");
  }

  @Test
  void demandThatTheJvmWasNotStartedForIsNamedWithTheOptionToUse() throws Exception {
    PluginJar.selector("third.bad", "bad", "")
        .module("third.bad")
        .manifest("Emque-Add-Opens: java.base/sun.nio.ch")
        .into(plugins.resolve("bad/bad.jar"));

    assertThatBadIsNamedWith(
        "it wants java.base/sun.nio.ch opened; start Java with"
            + " --add-opens=java.base/sun.nio.ch=io.emque.server, as by EMQUE_JAVA_OPTS");
  }

  @Test
  void demandThatIsMalformedIsNamed() throws Exception {
    for (String[] demand :
        new String[][] {
          {"sun.nio.ch", "Emque-Add-Opens names \"sun.nio.ch\", which is not MODULE/PACKAGE"},
          {"no.such/p", "Emque-Add-Opens names no.such/p, and there is no such module"},
          {
            "java.base/no.such",
            "Emque-Add-Opens names java.base/no.such, and there is no such package"
          }
        }) {
      PluginJar.selector("third.bad", "bad", "")
          .module("third.bad")
          .manifest("Emque-Add-Opens: " + demand[0])
          .into(plugins.resolve("bad/bad.jar"));

      assertThatBadIsNamedWith(demand[1]);
    }
  }

  private void assertThatBadIsNamedWith(String... parts) throws URISyntaxException {
    assertThatThrownBy(() -> Plugins.load(plugins))
        .isInstanceOf(PluginException.class)
        .message()
        .startsWith("plugin bad cannot be loaded: ")
        .contains(parts)
        .endsWith("; repair or remove " + plugins.resolve("bad"))
        .doesNotContain("\n");
  }
}
