package io.emque.api.spi;

import java.util.ArrayList;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The providers to choose from: those that come with the program and those of plugins. Each is made
 * once, when it is added. Immutable; any thread.
 *
 * <p><b>Errors:</b> {@link IllegalArgumentException}s whose one line names what is wrong, the
 * reason and the way out.
 */
public final class Providers {
  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_-]*");

  private static final List<Kind<?>> KINDS =
      List.of(
          new Kind<>(Selector.class, "selector", Selector::name),
          new Kind<>(Resolver.class, "resolver", Resolver::name),
          new Kind<>(Store.class, "store", Store::name),
          new Kind<>(Authorizer.class, "authorizer", Authorizer::name));

  private final List<Named> known;

  private Providers(List<Named> known) {
    this.known = known;
  }

  /**
   * Those that come with the program: in the layer that this module is in and those below it, or on
   * the class path.
   *
   * @throws IllegalArgumentException when one of them cannot be made, or two have the same name
   */
  public static Providers builtIn() {
    ModuleLayer own = Providers.class.getModule().getLayer();
    var made = new ArrayList<Named>();
    KINDS.forEach(kind -> made.addAll(kind.made(own)));
    return new Providers(List.of()).and(made);
  }

  /**
   * These and those in a plugin's own modules.
   *
   * @throws IllegalArgumentException when one of them cannot be made, or has a name that is taken
   */
  public Providers with(ModuleLayer plugin) {
    var made = new ArrayList<Named>();
    KINDS.forEach(kind -> made.addAll(kind.madeIn(plugin)));
    return and(made);
  }

  private Providers and(List<Named> more) {
    var all = new ArrayList<>(known);
    for (Named provider : more) {
      for (Named other : all) {
        if (other.isCalledLike(provider)) {
          throw new IllegalArgumentException(
              "two providers are called "
                  + provider.title()
                  + ": "
                  + origin(other.provider)
                  + " and "
                  + origin(provider.provider)
                  + "; remove one");
        }
      }
      all.add(provider);
    }
    return new Providers(List.copyOf(all));
  }

  /**
   * The provider of this name.
   *
   * @param spi an interface of this package that plugins implement
   */
  public <T> T find(Class<T> spi, String name) {
    Kind<?> kind =
        KINDS.stream()
            .filter(k -> k.spi == spi)
            .findFirst()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(spi.getName() + " is not for plugins to provide"));
    var names = new TreeSet<String>();
    for (Named provider : known) {
      if (provider.kind.spi == spi) {
        if (provider.name.equals(name)) {
          return spi.cast(provider.provider);
        }
        names.add(provider.name);
      }
    }
    throw new IllegalArgumentException(
        kind.word
            + " \""
            + name
            + "\" is not known; known are "
            + (names.isEmpty() ? "none" : String.join(", ", names))
            + "; a plugin that brings it goes into plugins/NAME/");
  }

  /** The selector of this name. */
  public Selector selector(String name) {
    return find(Selector.class, name);
  }

  /** The resolver of this name. */
  public Resolver resolver(String name) {
    return find(Resolver.class, name);
  }

  /** The store of this name. */
  public Store store(String name) {
    return find(Store.class, name);
  }

  /** The authorizer of this name. */
  public Authorizer authorizer(String name) {
    return find(Authorizer.class, name);
  }

  /** What a plugin's own modules brought, such as {@code selector "shard"}; may be empty. */
  public List<String> of(ModuleLayer plugin) {
    return known.stream()
        .filter(provider -> provider.layer() == plugin)
        .map(Named::title)
        .sorted()
        .toList();
  }

  private static String origin(Object provider) {
    Class<?> type = provider.getClass();
    String module = type.getModule().getName();
    return type.getName() + (module == null ? "" : " of module " + module);
  }

  private record Named(Kind<?> kind, String name, Object provider) {
    String title() {
      return kind.word + " \"" + name + "\"";
    }

    boolean isCalledLike(Named other) {
      return kind.spi == other.kind.spi && name.equals(other.name);
    }

    @Nullable ModuleLayer layer() {
      return provider.getClass().getModule().getLayer();
    }
  }

  private record Kind<T>(Class<T> spi, String word, Function<T, String> naming) {
    /** All of a layer and those below it; null for the class path. */
    List<Named> made(@Nullable ModuleLayer layer) {
      return made(
          layer == null
              ? ServiceLoader.load(spi, Providers.class.getClassLoader())
              : ServiceLoader.load(layer, spi),
          type -> true);
    }

    /** Those of a layer's own modules alone. */
    List<Named> madeIn(ModuleLayer layer) {
      // A provider method may say no more of its result than that it is the interface.
      return made(
              ServiceLoader.load(layer, spi),
              type -> type == spi || type.getModule().getLayer() == layer)
          .stream()
          .filter(provider -> provider.layer() == layer)
          .toList();
    }

    private List<Named> made(ServiceLoader<T> loader, Predicate<Class<?>> wanted) {
      try {
        return loader.stream()
            .filter(found -> wanted.test(found.type()))
            .map(found -> named(found.get()))
            .toList();
      } catch (ServiceConfigurationError e) {
        throw new IllegalArgumentException("a " + word + " cannot be made: " + reason(e), e);
      }
    }

    private Named named(T provider) {
      @Nullable String name;
      try {
        name = naming.apply(provider);
      } catch (RuntimeException | LinkageError e) {
        throw new IllegalArgumentException(origin(provider) + " has no name: " + e, e);
      }
      if (name == null || !NAME.matcher(name).matches()) {
        throw new IllegalArgumentException(
            origin(provider)
                + " has the name \""
                + name
                + "\"; a name is a lower-case letter and then letters, digits, _ or -");
      }
      return new Named(this, name, provider);
    }

    /** {@code SPI: Provider CLASS could not be instantiated}, and what the constructor threw. */
    private String reason(ServiceConfigurationError e) {
      String message = String.valueOf(e.getMessage());
      String own =
          message.startsWith(spi.getName() + ": ")
              ? message.substring(spi.getName().length() + 2)
              : message;
      return e.getCause() == null ? own : own + ": " + e.getCause();
    }
  }
}
