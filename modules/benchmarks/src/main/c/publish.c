/* A publisher's connection. Each has one message made beforehand, of which only the payload's first bytes change. */
#define _GNU_SOURCE
#include "load.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const unsigned char MASK[4] = {0x5a, 0xc3, 0x17, 0x8e}; /* any but zero: a server has to unmask */

static void mask(unsigned char *bytes, size_t size) {
  for (size_t i = 0; i < size; i++) bytes[i] ^= MASK[i & 3];
}

static bool websocket(void) { return opt.protocol <= GRPC && !opt.post; }

static size_t form_head(int topic, unsigned char *to) {
  char name[32], path[512];
  topic_name(topic, name);
  size_t payload = opt.payload;
  switch (opt.protocol) {
    case NATS: return sprintf((char *)to, "PUB %s %zu\r\n", name, payload);
    case REDIS:
      return sprintf((char *)to, "*3\r\n$7\r\nPUBLISH\r\n$%zu\r\n%s\r\n$%zu\r\n", strlen(name), name, payload);
    case MQTT: return frame_head(MQTT, topic, to);
    default: break;
  }
  if (websocket()) { /* as a server's frame, with the bit and the bytes of the mask */
    size_t size = frame_head(WS, topic, to);
    to[1] |= 0x80;
    memcpy(to + size, MASK, 4);
    return size + 4;
  }
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  snprintf(path, sizeof path, opt.pub_path, name);
#pragma GCC diagnostic pop
  return sprintf((char *)to, "POST %s HTTP/1.1\r\nHost: localhost:%d\r\nContent-Length: %zu\r\n\r\n", path, opt.port,
                 payload);
}

static void form(connection *c, int topic) {
  size_t head = form_head(topic, c->form);
  c->form_topic = topic;
  c->form_payload = head;
  c->form_size = head + opt.payload;
  memset(c->form + head, 'x', opt.payload);
  if (websocket()) mask(c->form + head, opt.payload);
  if (opt.protocol == NATS || opt.protocol == REDIS) {
    memcpy(c->form + c->form_size, "\r\n", 2);
    c->form_size += 2;
  }
}

void publisher_open(connection *c) {
  c->out_size = (opt.batch + 1) * (opt.payload + 1024);
  c->out = malloc(c->out_size);
  c->form = malloc(opt.payload + 1024);
  if (!c->out || !c->form) die("no memory for %d publishers", opt.publishers);
  form(c, c->topic);
  dial(c);
  char text[4096];
  if (websocket()) {
    http_head(c, opt.pub_path,
              "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
              "101");
  } else if (opt.protocol == NATS) {
    const char *connect = "CONNECT {\"verbose\":false,\"pedantic\":false}\r\nPING\r\n";
    write_fully(c, connect, strlen(connect));
    read_until(c, text, sizeof text, "PONG\r\n");
  } else if (opt.protocol == MQTT) {
    int size = sprintf(text, "%c%c%c%cMQTT%c%c%c%c%c%cp%08x", 0x10, 12 + 9, 0, 4, 4, 2, 0, 0, 0, 9, c->index);
    write_fully(c, text, size);
    read_fully(c, text, 4);
  }
}

bool publisher_ready(connection *c) { return c->out_to == 0 && !(opt.post && c->owed); }

void publish(connection *c, int topic, double when) {
  if (topic != c->form_topic) form(c, topic);
  unsigned char *to = c->out + c->out_to, *at = to + c->form_payload;
  memcpy(to, c->form, c->form_size);
  stamp(at, c->index - opt.subscribers, c->sequence++, when);
  if (websocket()) mask(at, STAMP);
  c->out_to += c->form_size;
  c->owed++;
}

void publisher_flush(connection *c) {
  if (opt.protocol == NATS && !opt.subscribers && c->out_from == 0 && c->out_to) { /* its PONG acknowledges all before */
    memcpy(c->out + c->out_to, "PING\r\n", 6);
    c->out_to += 6;
  }
  while (c->out_from < c->out_to) {
    int n = write_some(c, c->out + c->out_from, c->out_to - c->out_from);
    if (n < 0) {
      if (errno != EAGAIN) die("publisher %d: %s", c->index - opt.subscribers, strerror(errno));
      if (!c->blocked) watch(c, c->blocked = true);
      return;
    }
    c->out_from += n;
  }
  c->out_from = c->out_to = 0;
  if (c->blocked) watch(c, c->blocked = false);
}

/* Whole HTTP replies at the start of the buffer, one at most: a publisher by POST has one message in flight. */
static long http_reply(connection *c) {
  c->reply[c->reply_size] = 0;
  char *head_end = strstr(c->reply, "\r\n\r\n");
  if (!head_end) return 0;
  char *length = strcasestr(c->reply, "\r\ncontent-length:");
  bool chunked = strcasestr(c->reply, "\r\ntransfer-encoding: chunked");
  char *end = chunked ? strstr(head_end, "0\r\n\r\n") : head_end + 4 + (length && length < head_end ? atoi(length + 17) : 0);
  if (chunked && !end) return 0;
  if (chunked) end += 5;
  if (c->reply + c->reply_size < end) return 0;
  if (c->reply[9] != '2' && count.errors++ == 0) fprintf(stderr, "psload: %.200s\n", c->reply);
  c->reply_size = 0;
  c->owed = 0;
  return 1;
}

long replies(connection *c, const unsigned char *bytes, size_t size) {
  long done = 0;
  if (opt.post) {
    if (size > sizeof c->reply - 1 - c->reply_size) die("a reply of more than %zu bytes", sizeof c->reply);
    memcpy(c->reply + c->reply_size, bytes, size);
    c->reply_size += size;
    return http_reply(c);
  }
  if (opt.protocol == NATS && size >= 4 && !memcmp(bytes, "-ERR", 4)) die("NATS: %.*s", (int)size, bytes);
  if (opt.protocol == NATS && size >= 6 && !memcmp(bytes, "PING\r\n", 6)) write_fully(c, "PONG\r\n", 6);
  for (size_t i = 0; i < size; i++) {
    if (opt.protocol == REDIS && bytes[i] == ':') done++; /* how many subscribers had it: one reply a message */
    if (opt.protocol == REDIS && bytes[i] == '-') die("Redis: %.*s", (int)(size - i), bytes + i);
    if (opt.protocol == NATS && !opt.subscribers && bytes[i] == 'O') { /* PONG */
      done += c->owed;
      c->owed = 0;
    }
  }
  return done;
}
