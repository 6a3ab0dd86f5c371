package io.emque.testkit.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32C;
import org.junit.platform.commons.JUnitException;
import org.junit.platform.commons.support.ReflectionSupport;

/** Where a target's inputs are from, and where its findings go. */
final class Inputs {
  private static final int SHOWN = 400;

  private final Method method;
  private final Fuzz fuzz;

  Inputs(Method method, Fuzz fuzz) {
    this.method = method;
    this.fuzz = fuzz;
  }

  /** Those of files, by name, and those of the method that makes some. */
  List<byte[]> kept() {
    var inputs = new ArrayList<byte[]>();
    Path folder =
        base()
            .resolve("src/test/resources")
            .resolve(method.getDeclaringClass().getName().replace('.', '/'))
            .resolve(method.getName());
    if (Files.isDirectory(folder)) {
      try (var files = Files.list(folder)) {
        for (Path file : files.sorted().toList()) {
          inputs.add(Files.readAllBytes(file));
        }
      } catch (IOException e) {
        throw new UncheckedIOException("cannot read the inputs in " + folder, e);
      }
    }
    if (!fuzz.seeds().isEmpty()) {
      inputs.addAll(made());
    }
    return inputs;
  }

  private List<byte[]> made() {
    Class<?> tests = method.getDeclaringClass();
    Method seeds =
        ReflectionSupport.findMethod(tests, fuzz.seeds())
            .orElseThrow(() -> new JUnitException(tests + " has no method " + fuzz.seeds() + "()"));
    var inputs = new ArrayList<byte[]>();
    if (ReflectionSupport.invokeMethod(seeds, null) instanceof List<?> list) {
      list.forEach(input -> inputs.add((byte[]) input));
    }
    return inputs;
  }

  List<byte[]> words() {
    return List.of(fuzz.words()).stream().map(word -> word.getBytes(UTF_8)).toList();
  }

  /** Writes a finding to a file; where it is and how it is tried again. */
  String write(FuzzLoop.Finding finding, long seed) {
    byte[] input = finding.input();
    var crc = new CRC32C();
    crc.update(input);
    String test = method.getDeclaringClass().getSimpleName() + "." + method.getName();
    Path file =
        base().resolve("target/fuzz").resolve(test + "-" + Long.toHexString(crc.getValue()));
    try {
      Files.createDirectories(file.getParent());
      Files.write(file, input);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
    return test
        + " fails with an input of "
        + input.length
        + " bytes, in "
        + file
        + "; again with -Dfuzz.seed="
        + seed
        + " -Dfuzz.run="
        + finding.run()
        + "\n"
        + shown(input);
  }

  private static String shown(byte[] input) {
    byte[] start = java.util.Arrays.copyOf(input, Math.min(input.length, SHOWN));
    return HexFormat.of().formatHex(start)
        + "\n"
        + new String(start, ISO_8859_1).replaceAll("[^ -~]", ".");
  }

  /** The module's folder, which Surefire says. */
  private static Path base() {
    return Path.of(System.getProperty("basedir", ""));
  }
}
