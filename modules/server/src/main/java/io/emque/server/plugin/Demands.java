package io.emque.server.plugin;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.jar.Manifest;

/**
 * What a plugin wants of the JVM beyond the rules, said in the manifests of its jars: {@code
 * Emque-Add-Opens: java.base/java.lang.reflect java.base/sun.nio.ch} for packages, separated by
 * spaces, and {@code Emque-Enable-Native-Access: true}. It holds for all modules of the plugin.
 *
 * <p>This module can pass on what the JVM was started with for itself, and no more: {@code
 * --add-opens=java.base/java.lang.reflect=io.emque.server} and {@code
 * --enable-native-access=io.emque.server}.
 */
record Demands(List<String> opens, boolean nativeAccess) {
  private static final String OPENS = "Emque-Add-Opens";
  private static final String NATIVE_ACCESS = "Emque-Enable-Native-Access";

  static Demands of(List<Path> jars) {
    var opens = new TreeSet<String>();
    boolean nativeAccess = false;
    for (Path path : jars) {
      try (var jar = new JarFile(path.toFile())) {
        Manifest manifest = jar.getManifest();
        if (manifest != null) {
          String wanted = manifest.getMainAttributes().getValue(OPENS);
          if (wanted != null && !wanted.isBlank()) {
            opens.addAll(List.of(wanted.strip().split("\\s+")));
          }
          nativeAccess |= "true".equals(manifest.getMainAttributes().getValue(NATIVE_ACCESS));
        }
      } catch (IOException e) {
        throw new IllegalArgumentException(path.getFileName() + ": " + e.getMessage(), e);
      }
    }
    return new Demands(List.copyOf(opens), nativeAccess);
  }

  /**
   * Grants them to every module of the plugin.
   *
   * @throws IllegalArgumentException when the JVM was not started so that it can be granted
   */
  @SuppressWarnings("restricted") // native access is passed on to those who were named for it
  void grant(ModuleLayer.Controller plugin) {
    for (String wanted : opens) {
      int slash = wanted.indexOf('/');
      if (slash < 0) {
        throw new IllegalArgumentException(
            OPENS + " names \"" + wanted + "\", which is not MODULE/PACKAGE");
      }
      Module module =
          ModuleLayer.boot()
              .findModule(wanted.substring(0, slash))
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          OPENS + " names " + wanted + ", and there is no such module"));
      String packageName = wanted.substring(slash + 1);
      if (!module.getPackages().contains(packageName)) {
        throw new IllegalArgumentException(
            OPENS + " names " + wanted + ", and there is no such package");
      }
      if (!module.isOpen(packageName, ours())) {
        throw ungranted(wanted + " opened", "--add-opens=" + wanted + "=");
      }
      for (Module each : plugin.layer().modules()) {
        module.addOpens(packageName, each);
      }
    }
    if (nativeAccess) {
      if (!ours().isNativeAccessEnabled()) {
        throw ungranted("native access", "--enable-native-access=");
      }
      for (Module each : plugin.layer().modules()) {
        plugin.enableNativeAccess(each);
      }
    }
  }

  private static Module ours() {
    return Demands.class.getModule();
  }

  private static IllegalArgumentException ungranted(String what, String option) {
    return new IllegalArgumentException(
        "it wants "
            + what
            + "; start Java with "
            + option
            + ours().getName()
            + ", as by EMQUE_JAVA_OPTS");
  }
}
