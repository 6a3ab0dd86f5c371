package io.emque.api.spi;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The providers to choose from: those that come with the program and those of plugins. Immutable;
 * any thread.
 *
 * <p><b>Errors:</b> {@link IllegalArgumentException}s whose one line names the value and the way
 * out.
 */
public final class Providers {
  private static final Kind<Selector> SELECTOR =
      new Kind<>(
          "selector",
          Selector::name,
          () -> ServiceLoader.load(Selector.class),
          layer -> ServiceLoader.load(layer, Selector.class));
  private static final Kind<Resolver> RESOLVER =
      new Kind<>(
          "resolver",
          Resolver::name,
          () -> ServiceLoader.load(Resolver.class),
          layer -> ServiceLoader.load(layer, Resolver.class));

  private final List<ModuleLayer> plugins;

  private Providers(List<ModuleLayer> plugins) {
    this.plugins = plugins;
  }

  /** Those that come with the program: in the layer of this module, or on the class path. */
  public static Providers builtIn() {
    return new Providers(List.of());
  }

  /** These and those of a plugin's layer. */
  public Providers with(ModuleLayer plugin) {
    var more = new ArrayList<>(plugins);
    more.add(plugin);
    return new Providers(List.copyOf(more));
  }

  /** The selector of this name. */
  public Selector selector(String name) {
    return find(SELECTOR, name);
  }

  /** The resolver of this name. */
  public Resolver resolver(String name) {
    return find(RESOLVER, name);
  }

  /**
   * Names of the providers in a layer's own modules, such as {@code selector shard}, in order.
   * Makes each of them, so that one that cannot be made is found out.
   */
  public static List<String> names(ModuleLayer layer) {
    var names = new ArrayList<String>();
    for (Kind<?> kind : List.of(SELECTOR, RESOLVER)) {
      addNames(names, kind, layer);
    }
    return names;
  }

  private static <T> void addNames(List<String> names, Kind<T> kind, ModuleLayer layer) {
    byName(kind, kind.made(layer)).keySet().forEach(name -> names.add(kind.word + " " + name));
  }

  private <T> T find(Kind<T> kind, String name) {
    var all = new ArrayList<>(kind.made(null));
    plugins.forEach(plugin -> all.addAll(kind.made(plugin)));
    Map<String, T> known = byName(kind, all);
    T found = known.get(name);
    if (found == null) {
      throw new IllegalArgumentException(
          kind.word
              + " \""
              + name
              + "\" is not known; known are "
              + String.join(", ", known.keySet())
              + "; a plugin that brings it goes into plugins/NAME/");
    }
    return found;
  }

  private static <T> Map<String, T> byName(Kind<T> kind, List<T> all) {
    var known = new TreeMap<String, T>();
    for (T provider : all) {
      String name = kind.name(provider);
      T other = known.putIfAbsent(name, provider);
      if (other != null) {
        throw new IllegalArgumentException(
            "two providers are called "
                + kind.word
                + " \""
                + name
                + "\": "
                + origin(other)
                + " and "
                + origin(provider)
                + "; remove one");
      }
    }
    return known;
  }

  private static String origin(Object provider) {
    Class<?> type = provider.getClass();
    String module = type.getModule().getName();
    return type.getName() + (module == null ? "" : " of module " + module);
  }

  private record Kind<T>(
      String word,
      Function<T, String> naming,
      Supplier<ServiceLoader<T>> onClassPath,
      Function<ModuleLayer, ServiceLoader<T>> inLayer) {

    /** Those of a plugin's own modules, or with null those that come with the program. */
    List<T> made(@Nullable ModuleLayer plugin) {
      ModuleLayer own = Providers.class.getModule().getLayer();
      ModuleLayer layer = plugin == null ? own : plugin;
      ServiceLoader<T> loader = layer == null ? onClassPath.get() : inLayer.apply(layer);
      try {
        return loader.stream()
            .filter(p -> plugin == null || plugin.equals(p.type().getModule().getLayer()))
            .map(ServiceLoader.Provider::get)
            .toList();
      } catch (ServiceConfigurationError e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        throw new IllegalArgumentException("a " + word + " cannot be made: " + cause, e);
      }
    }

    String name(T provider) {
      String name;
      try {
        name = naming.apply(provider);
      } catch (RuntimeException e) {
        throw new IllegalArgumentException(origin(provider) + " has no name: " + e, e);
      }
      if (!name.matches("[a-z][a-z0-9_-]*")) {
        throw new IllegalArgumentException(
            origin(provider)
                + " has the name \""
                + name
                + "\"; a name is a lower-case letter and then letters, digits, _ or -");
      }
      return name;
    }
  }
}
