package io.emque.server.plugin;

import static java.lang.System.Logger.Level.DEBUG;
import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toSet;

import io.emque.api.spi.Providers;
import java.io.IOException;
import java.lang.module.Configuration;
import java.lang.module.FindException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.lang.module.ResolutionException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Loads plugins: each folder {@code NAME} with jars in it is one, in a module layer of its own over
 * that of the program, so that its dependencies meet nobody else's. A jar that is no module becomes
 * an automatic one, whose {@code META-INF/services} count.
 *
 * <p>Emque itself must be on the module path.
 */
public final class Plugins {
  private static final System.Logger LOG = System.getLogger(Plugins.class.getName());
  private static final String API = Providers.class.getPackageName().replace(".spi", "");

  private Plugins() {}

  /**
   * The providers that come with the program, and those of every plugin in a folder. What begins
   * with a dot is left alone.
   *
   * @param folder holds a folder for each plugin
   * @throws PluginException when one of them cannot be loaded, or provides nothing
   */
  public static Providers load(Path folder) throws PluginException {
    ModuleLayer program = Providers.class.getModule().getLayer();
    if (program == null) {
      throw new PluginException(
          "plugins cannot be loaded: Emque is on the class path; put it on the module path");
    }
    refuseStrayJars(folder);
    Providers providers = Providers.builtIn();
    for (Path plugin : list(folder, Files::isDirectory)) {
      try {
        ModuleLayer layer = layer(plugin, program);
        providers = providers.with(layer);
        List<String> brought = providers.of(layer);
        if (brought.isEmpty()) {
          throw cannot(plugin, "it provides nothing that Emque knows");
        }
        LOG.log(
            DEBUG,
            () -> "plugin " + plugin.getFileName() + " brings " + String.join(", ", brought));
      } catch (FindException | ResolutionException | LayerInstantiationException e) {
        throw cannot(plugin, withCause(e), e);
      } catch (IllegalArgumentException | LinkageError e) {
        throw cannot(plugin, firstLine(e), e);
      }
    }
    return providers;
  }

  /** A jar beside the folders would be no part of anything, in silence. */
  private static void refuseStrayJars(Path folder) throws PluginException {
    List<Path> stray = list(folder, Plugins::isJar);
    if (!stray.isEmpty()) {
      Path jar = stray.getFirst();
      throw new PluginException(
          jar + " belongs to no plugin; move it into a folder of its own, as " + folder + "/NAME/");
    }
  }

  private static List<Path> list(Path folder, Predicate<Path> wanted) throws PluginException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .filter(path -> !path.getFileName().toString().startsWith("."))
          .filter(wanted)
          .sorted()
          .toList();
    } catch (NoSuchFileException | NotDirectoryException e) {
      throw unreadable(folder, "there is no such folder", e);
    } catch (IOException e) {
      throw unreadable(folder, e.toString(), e);
    }
  }

  private static PluginException unreadable(Path folder, String reason, IOException cause) {
    return new PluginException(
        "cannot read the folder of plugins " + folder + ": " + reason + "; see --plugins", cause);
  }

  private static boolean isJar(Path path) {
    return path.toString().endsWith(".jar") && Files.isRegularFile(path);
  }

  private static ModuleLayer layer(Path plugin, ModuleLayer program) throws PluginException {
    List<Path> jars = list(plugin, Plugins::isJar);
    if (jars.isEmpty()) {
      throw cannot(plugin, "it holds no jar");
    }
    var finder = ModuleFinder.of(jars.toArray(Path[]::new));
    Set<ModuleDescriptor> modules =
        finder.findAll().stream().map(ModuleReference::descriptor).collect(toSet());
    if (finder.find(API).isPresent()) {
      throw cannot(plugin, "it brings the module " + API + ", which is Emque's; take its jar out");
    }
    refuseSharedPackages(plugin, modules);
    Configuration configuration =
        program
            .configuration()
            .resolve(
                finder, ModuleFinder.of(), modules.stream().map(ModuleDescriptor::name).toList());
    var controller =
        ModuleLayer.defineModulesWithOneLoader(
            configuration, List.of(program), Plugins.class.getClassLoader());
    Demands.of(jars).grant(controller);
    return controller.layer();
  }

  /** The JVM alone would say no more than that the package is in more than one module. */
  private static void refuseSharedPackages(Path plugin, Set<ModuleDescriptor> modules)
      throws PluginException {
    var owners = new HashMap<String, String>();
    for (ModuleDescriptor module : modules) {
      for (String name : module.packages()) {
        String other = owners.put(name, module.name());
        if (other != null) {
          String both = Stream.of(other, module.name()).sorted().collect(joining(" and "));
          throw cannot(plugin, "the package " + name + " is in both modules " + both);
        }
      }
    }
  }

  private static String withCause(Throwable e) {
    String why = e.getCause() == null ? "" : firstLine(e.getCause());
    return firstLine(e) + (why.isEmpty() || firstLine(e).contains(why) ? "" : ": " + why);
  }

  private static String firstLine(Throwable e) {
    String message = e.getMessage() == null ? e.toString() : e.getMessage();
    return message.lines().findFirst().orElse("");
  }

  private static PluginException cannot(Path plugin, String reason) {
    return new PluginException(line(plugin, reason));
  }

  private static PluginException cannot(Path plugin, String reason, Throwable cause) {
    return new PluginException(line(plugin, reason), cause);
  }

  private static String line(Path plugin, String reason) {
    return "plugin "
        + plugin.getFileName()
        + " cannot be loaded: "
        + reason
        + "; repair or remove "
        + plugin;
  }
}
