package io.emque.server.plugin;

import static java.lang.System.Logger.Level.INFO;

import io.emque.api.spi.Providers;
import java.io.IOException;
import java.lang.module.FindException;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.lang.module.ResolutionException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Loads plugins: each folder {@code NAME} with jars in it is one, in a module layer of its own over
 * that of the program, so that its dependencies meet nobody else's.
 */
public final class Plugins {
  private static final System.Logger LOG = System.getLogger(Plugins.class.getName());

  private Plugins() {}

  /**
   * The providers that come with the program, and those of every plugin in a folder.
   *
   * @param folder holds a folder for each plugin
   * @throws PluginException when one of them cannot be loaded, or provides nothing
   */
  public static Providers load(Path folder) throws PluginException {
    Providers providers = Providers.builtIn();
    for (Path plugin : list(folder, Files::isDirectory)) {
      ModuleLayer layer = layer(plugin);
      List<String> names = names(plugin, layer);
      providers = providers.with(layer);
      LOG.log(INFO, () -> "plugin " + plugin.getFileName() + ": " + String.join(", ", names));
    }
    return providers;
  }

  private static List<Path> list(Path folder, java.util.function.Predicate<Path> wanted)
      throws PluginException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .filter(path -> !path.getFileName().toString().startsWith("."))
          .filter(wanted)
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new PluginException(
          "cannot read the folder of plugins " + folder + ": " + e + "; see --plugins", e);
    }
  }

  private static ModuleLayer layer(Path plugin) throws PluginException {
    if (list(plugin, path -> path.toString().endsWith(".jar")).isEmpty()) {
      throw cannot(plugin, "it holds no jar");
    }
    ModuleLayer own = Providers.class.getModule().getLayer();
    ModuleLayer parent = own == null ? ModuleLayer.boot() : own;
    try {
      var finder = ModuleFinder.of(plugin);
      Set<String> modules =
          finder.findAll().stream()
              .map(ModuleReference::descriptor)
              .map(descriptor -> descriptor.name())
              .collect(Collectors.toSet());
      var configuration = parent.configuration().resolve(finder, ModuleFinder.of(), modules);
      return parent.defineModulesWithOneLoader(configuration, Plugins.class.getClassLoader());
    } catch (FindException | ResolutionException | LayerInstantiationException e) {
      throw cannot(plugin, reason(e));
    } catch (RuntimeException e) {
      throw cannot(plugin, e.toString());
    }
  }

  /** Makes every provider, so that one that cannot be made stops the start and not a publish. */
  private static List<String> names(Path plugin, ModuleLayer layer) throws PluginException {
    List<String> names;
    try {
      names = Providers.names(layer);
    } catch (RuntimeException | LinkageError e) {
      throw cannot(plugin, reason(e));
    }
    if (names.isEmpty()) {
      throw cannot(plugin, "it provides nothing that Emque knows");
    }
    return names;
  }

  private static String reason(Throwable e) {
    String message = e.getMessage() == null ? e.toString() : e.getMessage();
    String first = message.lines().findFirst().orElse("");
    Throwable cause = e.getCause();
    String why = cause == null || cause.getMessage() == null ? "" : cause.getMessage();
    return why.isEmpty() || first.contains(why) ? first : first + ": " + why;
  }

  private static PluginException cannot(Path plugin, String reason) {
    return new PluginException(
        "plugin "
            + plugin.getFileName()
            + " cannot be loaded: "
            + reason
            + "; repair or remove "
            + plugin);
  }
}
