package io.emque.distribution;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;

/**
 * What brokers do most, once through: a start with TLS, publishing and subscribing by HTTP/1.1,
 * HTTP/2, WebSocket, SSE and streams, and a stop by signal.
 */
final class Training {
  private static final Pattern LISTENING = Pattern.compile("listening on (https://\\S+)");
  private static final Duration START = Duration.ofSeconds(60);
  private static final Duration ANSWER = Duration.ofSeconds(20);
  private static final Duration STOP = Duration.ofSeconds(30);

  /** Enough for the paths of batches, few enough to take no time. */
  private static final int MESSAGES = 200;

  private final URI server;
  private final HttpClient client;

  private Training(URI server, HttpClient client) {
    this.server = server;
    this.client = client;
  }

  /**
   * Runs a broker by this command and trains it.
   *
   * @param launcher starts a broker; its output goes to the log
   */
  static void run(ProcessBuilder launcher, Path log)
      throws IOException, ImageException, InterruptedException {
    launcher.command().addAll(List.of("serve", "--address=127.0.0.1:0"));
    launcher.redirectOutput(log.toFile());
    Process broker = launcher.start();
    var killer = new Thread(broker::destroyForcibly);
    Runtime.getRuntime().addShutdownHook(killer);
    try {
      train(started(broker, log));
      broker.destroy();
      if (!broker.waitFor(STOP.toSeconds(), TimeUnit.SECONDS)) {
        throw new ImageException("the broker of the training run did not stop; see " + log);
      }
      if (broker.exitValue() != 0) {
        throw new ImageException(
            "the broker of the training run ended with " + broker.exitValue() + "; see " + log);
      }
    } catch (GeneralSecurityException | ExecutionException | TimeoutException | IOException e) {
      throw new ImageException("the training run for the AOT cache failed: " + e + "; see " + log);
    } finally {
      broker.destroyForcibly();
      Runtime.getRuntime().removeShutdownHook(killer);
    }
  }

  /** Waits for the line that says where it listens; what it says later goes to the log. */
  private static URI started(Process broker, Path log)
      throws InterruptedException, ExecutionException, TimeoutException {
    var address = new CompletableFuture<URI>();
    Thread.ofVirtual()
        .start(
            () -> {
              try (BufferedReader talk = broker.errorReader()) {
                for (String line = talk.readLine(); line != null; line = talk.readLine()) {
                  Files.writeString(log, line + "\n", StandardOpenOption.APPEND);
                  Matcher listening = LISTENING.matcher(line);
                  if (listening.find()) {
                    address.complete(URI.create(listening.group(1)));
                  }
                }
                address.completeExceptionally(new IOException("the broker ended at its start"));
              } catch (IOException e) {
                address.completeExceptionally(e);
              }
            });
    return address.get(START.toSeconds(), TimeUnit.SECONDS);
  }

  private static void train(URI server)
      throws GeneralSecurityException,
          IOException,
          InterruptedException,
          ExecutionException,
          TimeoutException {
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(null, new TrustManager[] {new AnyCertificate()}, null);
    for (var version : List.of(HttpClient.Version.HTTP_1_1, HttpClient.Version.HTTP_2)) {
      HttpClient client = HttpClient.newBuilder().sslContext(tls).version(version).build();
      try {
        new Training(server, client).train("training-" + version);
      } finally {
        client.shutdownNow();
      }
    }
  }

  private void train(String topic)
      throws IOException, InterruptedException, ExecutionException, TimeoutException {
    var received = new CountDownLatch(2 * MESSAGES);
    WebSocket subscriber = open("/sub?topic=" + topic, received);
    WebSocket publisher = open("/pub?topic=" + topic, received);
    for (int i = 0; i < MESSAGES; i++) {
      publish(topic, "message " + i);
      publisher
          .sendBinary(ByteBuffer.wrap(new byte[] {1, 2, 3}), true)
          .get(ANSWER.toSeconds(), TimeUnit.SECONDS);
    }
    if (!received.await(ANSWER.toSeconds(), TimeUnit.SECONDS)) {
      throw new IOException(received.getCount() + " messages did not arrive by WebSocket");
    }
    for (String format : List.of("lines", "json", "sse", "raw")) {
      String all = "/sub?from=earliest&topic=" + topic + "&format=" + format;
      try (InputStream stream =
          client.send(request(all).GET().build(), BodyHandlers.ofInputStream()).body()) {
        stream.readNBytes(2 * MESSAGES);
      }
    }
    for (String path : List.of("/topics", "/health/ready", "/metrics", "/sub", "/nothing")) {
      client.send(request(path).GET().build(), BodyHandlers.discarding());
    }
    publisher.sendClose(WebSocket.NORMAL_CLOSURE, "").get(ANSWER.toSeconds(), TimeUnit.SECONDS);
    subscriber.abort(); // as most subscribers end
  }

  private void publish(String topic, String message) throws IOException, InterruptedException {
    var request = request("/pub?topic=" + topic);
    request.POST(HttpRequest.BodyPublishers.ofString(message));
    int status = client.send(request.build(), BodyHandlers.discarding()).statusCode();
    if (status != 200) {
      throw new IOException("publishing was answered with " + status);
    }
  }

  private WebSocket open(String path, CountDownLatch received)
      throws InterruptedException, ExecutionException, TimeoutException {
    URI uri = URI.create(server.resolve(path).toString().replaceFirst("^http", "ws"));
    var listener =
        new WebSocket.Listener() {
          @Override
          public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
            received.countDown();
            socket.request(1);
            return CompletableFuture.completedStage(data);
          }
        };
    return client
        .newWebSocketBuilder()
        .buildAsync(uri, listener)
        .get(ANSWER.toSeconds(), TimeUnit.SECONDS);
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(server.resolve(path)).timeout(ANSWER);
  }
}
