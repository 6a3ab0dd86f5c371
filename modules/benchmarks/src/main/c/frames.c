/* Subscribers whose messages all have one size on the wire: ws, nats, redis, mqtt. A message whose bytes lie together
 * is looked at where it is; of one that comes in pieces, the first bytes are kept. */
#include "load.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

size_t frame_head(int protocol, int topic, unsigned char *to) {
  char name[32];
  topic_name(topic, name);
  size_t payload = opt.payload, length = strlen(name);
  unsigned char *at = to;
  switch (protocol) {
    case NATS: return sprintf((char *)to, "MSG %s 1 %zu\r\n", name, payload);
    case REDIS:
      return sprintf((char *)to, "*3\r\n$7\r\nmessage\r\n$%zu\r\n%s\r\n$%zu\r\n", length, name, payload);
    case MQTT: {
      size_t rest = 2 + length + payload;
      *at++ = 0x30;
      do {
        *at++ = (rest & 127) | (rest > 127 ? 128 : 0);
        rest >>= 7;
      } while (rest);
      *at++ = 0;
      *at++ = length;
      memcpy(at, name, length);
      return at - to + length;
    }
    default: {
      *at++ = 0x82;
      int bytes = payload < 126 ? 0 : payload < 65536 ? 2 : 8;
      *at++ = bytes == 0 ? payload : bytes == 2 ? 126 : 127;
      for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) *at++ = (uint64_t)payload >> shift;
      return at - to;
    }
  }
}

static size_t head_size, frame_size;
static unsigned char first_bytes[2];

static void sizes(void) {
  unsigned char head[HEAD];
  head_size = frame_head(opt.protocol, 0, head);
  frame_size = head_size + opt.payload + (opt.protocol == NATS || opt.protocol == REDIS ? 2 : 0);
  memcpy(first_bytes, head, 2);
}

void frames_open(connection *c) {
  char name[32], text[4096];
  topic_name(c->topic, name);
  int size;
  if (!frame_size) sizes();
  switch (opt.protocol) {
    case WS:
      http_head(c, opt.sub_path,
                "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
                "101");
      break;
    case NATS:
      size = sprintf(text, "CONNECT {\"verbose\":false,\"pedantic\":false}\r\nSUB %s 1\r\nPING\r\n", name);
      write_fully(c, text, size);
      read_until(c, text, sizeof text, "PONG\r\n");
      break;
    case REDIS:
      size = sprintf(text, "*2\r\n$9\r\nSUBSCRIBE\r\n$%zu\r\n%s\r\n", strlen(name), name);
      write_fully(c, text, size);
      read_until(c, text, sizeof text, ":1\r\n");
      break;
    default:
      size = sprintf(text, "%c%c%c%cMQTT%c%c%c%c%c%cs%08x", 0x10, 12 + 9, 0, 4, 4, 2, 0, 0, 0, 9, c->index);
      write_fully(c, text, size);
      read_fully(c, text, 4);
      size = sprintf(text, "%c%c%c%c%c%c%s%c", 0x82, (int)(2 + 2 + strlen(name) + 1), 0, 1, 0, (int)strlen(name), name, 0);
      write_fully(c, text, size);
      read_fully(c, text, 5);
  }
}

/* What is no message, at the start of one: pings, and what makes no sense. Returns the bytes to skip. */
static size_t other(connection *c, const unsigned char first[2]) {
  if (opt.protocol == NATS && first[0] == 'P') {
    write_fully(c, "PONG\r\n", 6);
    return 6;
  }
  if (opt.protocol == WS && (first[0] & 15) >= 8 && first[1] < 126) {
    static const unsigned char pong[] = {0x8a, 0x80, 0, 0, 0, 0};
    if ((first[0] & 15) == 9) write_fully(c, pong, sizeof pong);
    return 2 + first[1];
  }
  die("subscriber %d got the bytes %02x %02x where a message of %zu bytes begins", c->index, first[0], first[1],
      opt.payload);
}

void frames_read(connection *c, const unsigned char *bytes, size_t size) {
  size_t at = 0;
  while (at < size) {
    size_t rest = size - at;
    if (c->skip) {
      size_t n = c->skip < rest ? c->skip : rest;
      c->skip -= n;
      at += n;
      continue;
    }
    if (c->part == 0 && rest >= frame_size && !memcmp(bytes + at, first_bytes, 2)) {
      delivered(c, bytes + at + head_size);
      at += frame_size;
      continue;
    }
    size_t need = c->part < 2 ? 2 - c->part : frame_size - c->part;
    size_t n = need < rest ? need : rest, kept = head_size + STAMP;
    if (c->part < kept) memcpy(c->head + c->part, bytes + at, n < kept - c->part ? n : kept - c->part);
    c->part += n;
    at += n;
    if (c->part == 2 && memcmp(c->head, first_bytes, 2)) {
      c->skip = other(c, c->head) - 2;
      c->part = 0;
    } else if (c->part == frame_size) {
      delivered(c, c->head + head_size);
      c->part = 0;
    }
  }
}
