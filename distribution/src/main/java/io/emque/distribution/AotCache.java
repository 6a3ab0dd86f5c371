package io.emque.distribution;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Classes loaded and linked ahead of time, which halves the time to the first answer. Two runs of
 * the launcher itself make it, so that module path and options are those of every later start: one
 * records while it answers requests, one writes the cache.
 */
final class AotCache {
  private static final long WRITE_SECONDS = 120;

  private final Path image;
  private final Path work;
  private final Path cache;
  private final Path recording;
  private final Path log;
  private final Path madeFrom;

  /**
   * @param work folder for what is not part of the image
   */
  AotCache(Path image, Path work) {
    this.image = image;
    this.work = work;
    this.cache = image.resolve("lib/emque.aot");
    this.recording = work.resolve("training.aotconf");
    this.log = work.resolve("training.log");
    this.madeFrom = work.resolve("aot.made-from");
  }

  /** Returns false when the cache was there already and the JVM would still accept it. */
  boolean make() throws IOException, ImageException, InterruptedException {
    String inputs = inputs();
    if (Files.exists(cache)
        && Files.exists(madeFrom)
        && Files.readString(madeFrom).equals(inputs)) {
      return false;
    }
    Files.deleteIfExists(madeFrom);
    Files.deleteIfExists(cache); // the launcher would use it in the training run
    Files.deleteIfExists(recording);
    Training.run(launcher("-XX:AOTMode=record -XX:AOTConfiguration=training.aotconf"), log);
    if (!Files.exists(recording)) {
      throw new ImageException("the training run recorded nothing for the AOT cache; see " + log);
    }
    write();
    Files.delete(recording);
    Files.writeString(madeFrom, inputs);
    return true;
  }

  /** An image without one starts more slowly. */
  void delete() throws IOException {
    Files.deleteIfExists(madeFrom);
    Files.deleteIfExists(cache);
  }

  private void write() throws IOException, ImageException, InterruptedException {
    Path part = work.resolve("emque.aot");
    Process writer =
        launcher("-XX:AOTMode=create -XX:AOTConfiguration=training.aotconf -XX:AOTCache=emque.aot")
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    boolean ended = writer.waitFor(WRITE_SECONDS, TimeUnit.SECONDS);
    if (!ended) {
      writer.destroyForcibly();
    }
    if (!ended || writer.exitValue() != 0 || !Files.exists(part)) {
      throw new ImageException("the JVM could not write the AOT cache; see " + log);
    }
    Files.move(part, cache, StandardCopyOption.REPLACE_EXISTING);
  }

  /**
   * The launcher, untouched by settings of whoever runs the build; relative paths hold no space.
   */
  private ProcessBuilder launcher(String jvmOptions) {
    var builder = new ProcessBuilder(image.resolve("bin/emque").toString());
    builder.directory(work.toFile());
    builder
        .environment()
        .keySet()
        .removeIf(
            name ->
                name.startsWith("EMQUE_")
                    || List.of("JAVA_TOOL_OPTIONS", "JDK_AOT_VM_OPTIONS").contains(name));
    builder.environment().put("EMQUE_JAVA_OPTS", jvmOptions);
    return builder;
  }

  /** The JVM compares size and time of each jar, and the options. */
  private String inputs() throws IOException {
    var inputs = new StringBuilder();
    try (var files = Files.list(image.resolve("lib"))) {
      for (Path jar : files.filter(file -> file.toString().endsWith(".jar")).sorted().toList()) {
        inputs.append(describe(jar));
      }
    }
    inputs.append(describe(image.resolve("runtime/lib/modules")));
    inputs.append(describe(image.resolve("bin/emque")));
    inputs.append(describe(image.resolve("conf/jvm.options")));
    return inputs.toString();
  }

  private String describe(Path file) throws IOException {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
      return image.relativize(file)
          + " "
          + Files.getLastModifiedTime(file)
          + " "
          + HexFormat.of().formatHex(digest)
          + "\n";
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
