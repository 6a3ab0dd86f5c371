package io.emque.distribution;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The image as {@code emque-VERSION-OS-ARCH.tar.gz}. The system's tar packs it: it keeps modes,
 * links and the jars' times, without which the AOT cache would be refused where it is unpacked.
 */
final class Archive {
  private static final String END = ".tar.gz";

  private Archive() {}

  /** Returns the archive's path. */
  static Path pack(Path image, Path target, String version)
      throws IOException, ImageException, InterruptedException {
    deleteOld(target);
    String name = "emque-" + version;
    Path archive = target.resolve(name + "-" + system() + "-" + machine() + END);
    Path part = target.resolve("archive.part");
    Path list = target.resolve("archive.list");
    Files.write(list, sorted(image, target));
    var command = new ArrayList<>(List.of("tar", "-czf", part.toString()));
    if (isBsdTar()) {
      command.addAll(List.of("-n", "-s", "/^emque/" + name + "/", "--uid", "0", "--gid", "0"));
    } else {
      command.addAll(List.of("--no-recursion", "--format=gnu", "--numeric-owner"));
      command.addAll(List.of("--transform=s/^emque/" + name + "/", "--owner=0", "--group=0"));
    }
    command.addAll(List.of("-C", target.toString(), "-T", list.toString()));
    Process tar = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(tar.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (tar.waitFor() != 0) {
      throw new ImageException("tar failed: " + said.strip().replace("\n", " | "));
    }
    return Files.move(part, archive, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Folders give their files in any order. */
  private static List<String> sorted(Path image, Path target) throws IOException {
    try (var walk = Files.walk(image)) {
      return walk.map(path -> target.relativize(path).toString()).sorted().toList();
    }
  }

  /** An archive of an older image is worse than none. */
  static void deleteOld(Path target) throws IOException {
    try (var files = Files.list(target)) {
      for (Path file : files.filter(file -> file.toString().endsWith(END)).toList()) {
        Files.delete(file);
      }
    }
  }

  private static boolean isBsdTar() throws IOException {
    Process tar = new ProcessBuilder("tar", "--version").redirectErrorStream(true).start();
    return new String(tar.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
        .startsWith("bsdtar");
  }

  private static String system() {
    String name = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    return name.startsWith("mac") ? "macos" : name.replace(' ', '-');
  }

  private static String machine() {
    String name = System.getProperty("os.arch");
    return name.equals("amd64") ? "x86_64" : name;
  }
}
