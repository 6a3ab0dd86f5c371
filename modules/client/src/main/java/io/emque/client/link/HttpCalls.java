package io.emque.client.link;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.emque.api.Ack;
import io.emque.api.BrokerException;
import io.emque.api.Cursor;
import io.emque.api.ErrorCode;
import io.emque.api.Publication;
import io.emque.api.Published;
import io.emque.api.TopicInfo;
import io.emque.api.spi.ServerAddress;
import io.emque.wire.Envelopes;
import io.emque.wire.v1.ListTopicsReply;
import io.helidon.common.tls.Tls;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webclient.http1.Http1Client;
import io.helidon.webclient.http1.Http1ClientRequest;
import io.helidon.webclient.http1.Http1ClientResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The plain HTTP calls to a server. */
final class HttpCalls implements AutoCloseable {
  private static final HeaderName ERROR = HeaderNames.create("Emque-Error");
  private static final HeaderName EPOCH = HeaderNames.create("Emque-Epoch");
  private static final HeaderName OFFSET = HeaderNames.create("Emque-Offset");
  private static final HeaderName ID = HeaderNames.create("Emque-Id");
  private static final String PROTOBUF = "application/x-protobuf";
  private static final String NO_EPOCH = "unknown";
  private static final int MAX_ERROR = 64 * 1024;

  private final ServerAddress server;
  private final LinkOptions options;
  private @Nullable Http1Client client; // once it is needed, which for most links is never

  HttpCalls(ServerAddress server, LinkOptions options) {
    this.server = server;
    this.options = options;
  }

  private synchronized Http1Client client() {
    Http1Client made = client;
    if (made == null) {
      var builder =
          Http1Client.builder()
              .baseUri(server.uri())
              .connectTimeout(options.timeout())
              .readTimeout(options.timeout())
              .shareConnectionCache(false)
              .followRedirects(false);
      if (server.tls()) {
        builder.tls(
            Tls.builder()
                .sslContext(options.ssl())
                .endpointIdentificationAlgorithm(
                    options.verifyHost()
                        ? Tls.ENDPOINT_IDENTIFICATION_HTTPS
                        : Tls.ENDPOINT_IDENTIFICATION_NONE)
                .build());
      }
      if (server.ip() != null) {
        builder.dnsResolver((host, lookup) -> server.ip());
      }
      made = builder.build();
      client = made;
    }
    return made;
  }

  /** Publishes one message. */
  Published publish(String topic, Publication publication) throws LinkException {
    Http1ClientRequest request = client().post("/pub").queryParam("topic", topic);
    String id = publication.id();
    if (id != null) {
      request.header(ID, id);
    }
    return answer(
        request,
        publication.payload(),
        response -> {
          String epoch = response.headers().first(EPOCH).orElse(NO_EPOCH);
          String offset = response.headers().first(OFFSET).orElse("-1");
          return new Published(Cursor.parse(epoch + ":" + offset), Ack.MEMORY, false);
        });
  }

  List<TopicInfo> topics(@Nullable String only, @Nullable String after, int limit)
      throws LinkException {
    Http1ClientRequest request = client().get("/topics").header(HeaderNames.ACCEPT, PROTOBUF);
    if (only != null) {
      request.queryParam("topic", only);
    } else {
      request.queryParam("limit", Integer.toString(limit));
      if (after != null) {
        request.queryParam("after_topic", after);
      }
    }
    try {
      return answer(request, null, HttpCalls::topics);
    } catch (BrokerException e) {
      if (only != null && e.code() == ErrorCode.TOPIC_UNKNOWN) {
        return List.of();
      }
      throw e;
    }
  }

  boolean delete(String topic) throws LinkException {
    try {
      return answer(client().delete("/topics").queryParam("topic", topic), null, response -> true);
    } catch (BrokerException e) {
      if (e.code() == ErrorCode.TOPIC_UNKNOWN) {
        return false;
      }
      throw e;
    }
  }

  private static List<TopicInfo> topics(Http1ClientResponse response) throws IOException {
    if (!response.headers().first(HeaderNames.CONTENT_TYPE).orElse("").equals(PROTOBUF)) {
      throw new LinkException("the server cannot list topics in protobuf; it is of another kind");
    }
    try (InputStream in = response.inputStream()) {
      return Envelopes.topics(ListTopicsReply.parseFrom(in));
    }
  }

  private <T> T answer(Http1ClientRequest request, byte @Nullable [] body, Reading<T> reading)
      throws LinkException {
    String token = options.token();
    if (token != null) {
      request.header(HeaderNames.AUTHORIZATION, "Bearer " + token);
    }
    try (Http1ClientResponse response = body == null ? request.request() : request.submit(body)) {
      if (response.status().code() == 200) {
        return reading.read(response);
      }
      throw refusal(response);
    } catch (BrokerException e) {
      throw e;
    } catch (IOException e) {
      throw LinkException.of("", e);
    } catch (UncheckedIOException e) {
      IOException cause = e.getCause();
      throw cause == null ? new LinkException(e.toString(), e) : LinkException.of("", cause);
    } catch (RuntimeException e) {
      throw new LinkException(String.valueOf(e.getMessage()), e);
    }
  }

  private static RuntimeException refusal(Http1ClientResponse response) throws IOException {
    String text = "";
    if (response.entity().hasEntity()) {
      try (InputStream in = response.inputStream()) {
        text = new String(in.readNBytes(MAX_ERROR), UTF_8).lines().findFirst().orElse("").strip();
      }
    }
    ErrorCode code = Envelopes.code(response.headers().first(ERROR).orElse("")).orElse(null);
    if (code == null) {
      throw new LinkException(
          "the server answered " + response.status().code() + (text.isEmpty() ? "" : ": " + text));
    }
    return new BrokerException(code, text.isEmpty() ? code.name() : text);
  }

  @Override
  public synchronized void close() {
    if (client != null) {
      client.closeResource();
    }
  }

  private interface Reading<T> {
    T read(Http1ClientResponse response) throws IOException;
  }
}
