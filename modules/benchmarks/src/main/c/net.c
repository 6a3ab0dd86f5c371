/* Sockets and TLS, to loopback alone. */
#define _GNU_SOURCE
#include "load.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PORTS = 20000 }; /* connections from one local address; more come from the next one */
static SSL_CTX *tls;

void die(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("psload: ", stderr);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  va_end(arguments);
  exit(2);
}

double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

void net_open(void) {
  if (!opt.tls) return;
  tls = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_verify(tls, SSL_VERIFY_NONE, NULL);
  SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
}

static void handshake(connection *c) {
  if (opt.protocol == NATS) { /* says INFO in plaintext first */
    char byte;
    do {
      read_fully(c, &byte, 1);
    } while (byte != '\n');
  }
  SSL *ssl = SSL_new(tls);
  SSL_set_fd(ssl, c->fd);
  if (opt.protocol == GRPC && c->subscriber) SSL_set_alpn_protos(ssl, (const unsigned char *)"\2h2", 3);
  if (SSL_connect(ssl) != 1) {
    ERR_print_errors_fp(stderr);
    die("no TLS with %s:%d", opt.host, opt.port);
  }
  c->ssl = ssl;
}

void dial(connection *c) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(opt.port)};
  if (inet_pton(AF_INET, opt.host, &to.sin_addr) != 1) die("-h %s: an address is wanted, not a name", opt.host);
  if (ntohl(to.sin_addr.s_addr) >> 24 != 127) die("-h %s: loopback alone, 127.x.x.x", opt.host);
  c->fd = socket(AF_INET, SOCK_STREAM, 0);
  if (c->fd < 0) die("connection %d: %s; see ulimit -n", c->index, strerror(errno));
  if (c->index >= PORTS) {
    struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK + c->index / PORTS)};
    if (bind(c->fd, (struct sockaddr *)&from, sizeof from)) die("bind: %s", strerror(errno));
  }
  if (connect(c->fd, (struct sockaddr *)&to, sizeof to)) die("%s:%d: %s", opt.host, opt.port, strerror(errno));
  int one = 1;
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (opt.tls) handshake(c);
}

static int tls_result(SSL *ssl, int result, int at_fault) {
  if (result > 0) return result;
  int error = SSL_get_error(ssl, result);
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
    errno = EAGAIN;
    return -1;
  }
  errno = EPIPE;
  return at_fault;
}

int read_some(connection *c, void *bytes, size_t size) {
  if (!c->ssl) return recv(c->fd, bytes, size, 0);
  return tls_result(c->ssl, SSL_read(c->ssl, bytes, size), 0);
}

int write_some(connection *c, const void *bytes, size_t size) {
  if (!c->ssl) return send(c->fd, bytes, size, MSG_NOSIGNAL);
  return tls_result(c->ssl, SSL_write(c->ssl, bytes, size), -1);
}

void read_fully(connection *c, void *bytes, size_t size) {
  unsigned char *at = bytes;
  while (size > 0) {
    int n = read_some(c, at, size);
    if (n == 0) die("connection %d was closed in its handshake", c->index);
    if (n < 0) {
      if (errno != EAGAIN && errno != EINTR) die("read: %s", strerror(errno));
      usleep(200);
      continue;
    }
    at += n;
    size -= n;
  }
}

void write_fully(connection *c, const void *bytes, size_t size) {
  const unsigned char *at = bytes;
  while (size > 0) {
    int n = write_some(c, at, size);
    if (n < 0) {
      if (errno != EAGAIN && errno != EINTR) die("write: %s", strerror(errno));
      usleep(200);
      continue;
    }
    at += n;
    size -= n;
  }
}

/* Byte by byte, so that nothing beyond the end is taken. */
void read_until(connection *c, char *text, size_t size, const char *end) {
  size_t have = 0, tail = strlen(end);
  do {
    if (have + 1 == size) die("a handshake of more than %zu bytes: %.100s", size, text);
    read_fully(c, text + have++, 1);
    text[have] = 0;
  } while (have < tail || strcmp(text + have - tail, end));
}

void topic_name(int topic, char name[32]) { sprintf(name, "bench%06d", topic); }

void http_head(connection *c, const char *path_format, const char *headers, const char *status) {
  char name[32], path[512], text[4096];
  topic_name(c->topic, name);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  snprintf(path, sizeof path, path_format, name);
#pragma GCC diagnostic pop
  int size = snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: localhost:%d\r\n%s\r\n", path, opt.port, headers);
  write_fully(c, text, size);
  read_until(c, text, sizeof text, "\r\n\r\n");
  if (strncmp(text + 9, status, 3)) die("%s instead of %s: %.300s", path, status, text);
  c->chunked = strcasestr(text, "transfer-encoding: chunked") != NULL;
}
