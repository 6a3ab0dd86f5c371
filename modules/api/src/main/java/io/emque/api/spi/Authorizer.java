package io.emque.api.spi;

import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;

/**
 * Says who a caller is and what that one may do. Chosen by {@link #name} with {@code --auth=NAME};
 * found by {@link java.util.ServiceLoader}: {@code provides io.emque.api.spi.Authorizer with …}.
 *
 * <p><b>Lifecycle:</b> made once, by its public constructor without parameters; opened by each
 * server that uses it.
 *
 * <p>What any authorizer must pass is the class {@code AuthorizerContract} of the module {@code
 * io.emque.testkit}.
 */
public interface Authorizer {
  /** The name that chooses it: lower case, unique, never blank. */
  String name();

  /**
   * Begins to check credentials.
   *
   * @throws IllegalArgumentException when an option is missing or wrong; one line that names it
   * @throws IOException when what it needs cannot be had; one line that names it. The server does
   *     not start.
   */
  Authority open(Context context) throws IOException;

  /** What the server lends it. */
  interface Context {
    /**
     * What it was configured with: the pairs of {@code --auth_options}, and for the authorizers
     * that come with the program also their own flags, such as {@code tokens_file}. An option that
     * is not known should be refused.
     */
    Map<String, String> options();

    /** What time it is. */
    InstantSource clock();

    /**
     * Has a file looked at about twice a second for as long as the server runs.
     *
     * @param changed called by one thread at a time, soon after the file has become another one and
     *     stays so; also when it is gone
     */
    void follow(Path file, Runnable changed);

    /**
     * Answers may be others from now on: the server asks again for whoever is connected, and ends
     * those that are refused. Any thread.
     */
    void changed();
  }
}
