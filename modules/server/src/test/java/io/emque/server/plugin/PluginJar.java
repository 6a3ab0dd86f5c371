package io.emque.server.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import io.emque.api.spi.Selector;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.spi.ToolProvider;

/** Somebody's jar: compiled and packed with the JDK's tools against nothing but the API. */
final class PluginJar {
  private final Map<String, String> files = new LinkedHashMap<>();
  private final List<String> manifest = new ArrayList<>();
  private final List<Path> modulePath = new ArrayList<>();

  PluginJar() throws URISyntaxException {
    modulePath.add(
        Path.of(Selector.class.getProtectionDomain().getCodeSource().getLocation().toURI()));
  }

  /** A source, or what goes into the jar as it is. */
  PluginJar file(String path, String content) {
    files.put(path, content);
    return this;
  }

  PluginJar manifest(String line) {
    manifest.add(line);
    return this;
  }

  /** Another jar that this one is compiled against. */
  PluginJar against(Path jar) {
    modulePath.add(jar);
    return this;
  }

  /** A class {@code p.Given} that provides a selector; {@code member} is put into it. */
  static PluginJar selector(String packageName, String name, String member)
      throws URISyntaxException {
    return new PluginJar()
        .file(
            packageName.replace('.', '/') + "/Given.java",
            """
            package %s;
            import io.emque.api.spi.Selector;
            import io.emque.api.spi.ServerAddress;
            import java.util.List;
            public final class Given implements Selector {
              %s
              @Override public String name() { return "%s"; }
              @Override public List<ServerAddress> select(String topic, List<ServerAddress> servers) {
                return servers;
              }
            }
            """
                .formatted(packageName, member, name));
  }

  /** Makes it a module with the name of the package, which provides {@code Given}. */
  PluginJar module(String name, String... directives) {
    return file(
        "module-info.java",
        "module %s { requires io.emque.api; %s provides io.emque.api.spi.Selector with %s.Given; }"
            .formatted(name, String.join(" ", directives), name));
  }

  /** Makes it a jar of the class path, whose provider is named in a file. */
  PluginJar service(String provider) {
    return file("META-INF/services/io.emque.api.spi.Selector", provider + "\n");
  }

  void into(Path jar) throws IOException {
    Path work = Files.createTempDirectory("plugin");
    Path classes = Files.createDirectories(work.resolve("classes"));
    boolean isModule = files.containsKey("module-info.java");
    var path = String.join(":", modulePath.stream().map(Path::toString).toList());
    var compile =
        new ArrayList<>(
            List.of("-d", classes.toString(), isModule ? "--module-path" : "-cp", path));
    for (var file : files.entrySet()) {
      boolean isSource = file.getKey().endsWith(".java");
      Path written = (isSource ? work.resolve("sources") : classes).resolve(file.getKey());
      Files.createDirectories(written.getParent());
      Files.writeString(written, file.getValue());
      if (isSource) {
        compile.add(written.toString());
      }
    }
    run("javac", compile);
    Path attributes = work.resolve("manifest");
    Files.write(attributes, manifest);
    Files.createDirectories(jar.getParent());
    run(
        "jar",
        List.of(
            "--create",
            "--file=" + jar,
            "--manifest=" + attributes,
            "-C",
            classes.toString(),
            "."));
  }

  private static void run(String tool, List<String> arguments) {
    int code =
        ToolProvider.findFirst(tool)
            .orElseThrow()
            .run(System.out, System.err, arguments.toArray(String[]::new));
    assertThat(code).as(tool).isZero();
  }
}
