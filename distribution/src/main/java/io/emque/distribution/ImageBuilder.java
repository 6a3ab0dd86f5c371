package io.emque.distribution;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Puts the image together in {@code target/emque}: runtime, jars, launcher, configuration, AOT
 * cache; and packs it. Each step is left out while what it is made from is unchanged.
 *
 * <p>All files of the image have one time, that of the release, so that what is packed is the same
 * whenever and wherever it is built, but for the AOT cache, of which no two are alike.
 *
 * <p>{@code target/emque.stamp} says that the image is whole. It goes first and comes back last,
 * and bears the time at which the build started: a source newer than that may not be in the image.
 */
final class ImageBuilder {
  private final Path project;
  private final Path target;
  private final Path image;
  private final PrintStream talk;

  private ImageBuilder(Path project, PrintStream talk) {
    this.project = project;
    this.target = project.resolve("target");
    this.image = target.resolve("emque");
    this.talk = talk;
  }

  /**
   * Arguments: folder of the project, file that lists the jars, version, start, whether to pack,
   * whether to make the AOT cache, the time that all files get; then plugins, as {@code
   * NAME=JAR:JAR…}.
   */
  public static void main(String[] arguments) throws InterruptedException {
    try {
      new ImageBuilder(Path.of(arguments[0]), System.out)
          .build(
              jars(Path.of(arguments[1])),
              plugins(List.of(arguments).subList(7, arguments.length)),
              arguments[2],
              Instant.parse(arguments[3]),
              Boolean.parseBoolean(arguments[4]),
              Boolean.parseBoolean(arguments[5]),
              FileTime.from(Instant.parse(arguments[6])));
    } catch (ImageException e) {
      System.err.println("emque image: " + e.getMessage());
      System.exit(1);
    } catch (IOException e) {
      System.err.println("emque image: " + e);
      System.exit(1);
    }
  }

  private static List<Path> jars(Path list) throws IOException {
    return paths(Files.readString(list).strip());
  }

  private static List<Path> paths(String list) {
    return Stream.of(list.split(System.getProperty("path.separator"))).map(Path::of).toList();
  }

  private static Map<String, List<Path>> plugins(List<String> arguments) {
    var plugins = new TreeMap<String, List<Path>>();
    for (String argument : arguments) {
      int equals = argument.indexOf('=');
      plugins.put(argument.substring(0, equals), paths(argument.substring(equals + 1)));
    }
    return plugins;
  }

  private void build(
      List<Path> jars,
      Map<String, List<Path>> plugins,
      String version,
      Instant started,
      boolean pack,
      boolean trained,
      FileTime time)
      throws IOException, ImageException, InterruptedException {
    Path stamp = target.resolve("emque.stamp");
    Files.deleteIfExists(stamp);
    Files.createDirectories(image);

    var runtime = new RuntimeImage(image.resolve("runtime"), target.resolve("runtime.made-from"));
    if (runtime.link()) {
      talk.println("Runtime linked");
    }
    copyJars(jars, image.resolve("lib"));
    for (var plugin : plugins.entrySet()) { // those that somebody put beside them stay
      copyJars(plugin.getValue(), image.resolve("plugins").resolve(plugin.getKey()));
    }
    copyTree(project.resolve("src/image"));
    copy(project.resolveSibling("LICENSE"), image.resolve("LICENSE"));

    FileTree.setTimes(image, time); // before the cache, which remembers those of the jars
    var cache = new AotCache(image, target);
    if (!trained) {
      cache.delete();
    } else if (cache.make()) {
      talk.println("AOT cache made by a training run");
      FileTree.setTimes(image, time);
    }
    if (pack) {
      talk.println("Packed " + Archive.pack(image, target, version));
    } else {
      Archive.deleteOld(target);
    }
    Files.createFile(stamp);
    Files.setLastModifiedTime(stamp, FileTime.from(started));
  }

  /** Exactly these jars; one that is there already with the same bytes keeps its time. */
  private static void copyJars(List<Path> jars, Path folder) throws IOException {
    Files.createDirectories(folder);
    Set<Path> wanted = new HashSet<>();
    for (Path jar : jars) {
      Path copy = folder.resolve(jar.getFileName());
      copy(jar, copy);
      wanted.add(copy);
    }
    for (Path file : list(folder)) {
      if (file.toString().endsWith(".jar") && !wanted.contains(file)) {
        Files.delete(file);
      }
    }
  }

  private void copyTree(Path from) throws IOException {
    List<Path> files;
    try (var walk = Files.walk(from)) {
      files = walk.filter(Files::isRegularFile).toList();
    }
    for (Path file : files) {
      copy(file, image.resolve(from.relativize(file).toString()));
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    if (Files.exists(to) && Files.mismatch(from, to) < 0) {
      return;
    }
    Files.createDirectories(to.getParent());
    // A broker that runs from this image keeps the file it has open.
    Path part = to.resolveSibling(to.getFileName() + ".part");
    Files.copy(from, part, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES);
    Files.move(part, to, StandardCopyOption.REPLACE_EXISTING);
  }

  private static List<Path> list(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return new ArrayList<>(files.toList());
    }
  }
}
