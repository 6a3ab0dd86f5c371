/* Subscribers of mq.MQ/Sub: one call on a connection of its own, with as much of HTTP/2 (RFC 9113) as that needs. The
 * windows are 1 MiB, as a gRPC client has them, and given back by halves. */
#include "load.h"
#include <stdio.h>
#include <string.h>

enum { DATA, HEADERS, RST_STREAM = 3, SETTINGS, PING = 6, GOAWAY, WINDOW_UPDATE };
enum { END_STREAM = 1, ACK = 1, END_HEADERS = 4, PADDED = 8 };
enum { FRAME_HEAD = 9, WINDOW = 1 << 20, PREFIX = 5 };
enum { IN_HEAD, IN_PING, IN_DATA, IN_OTHER };

static size_t message_head, message_size; /* up to the payload, and with it */

static void frame(connection *c, int type, int flags, int stream, const void *payload, size_t size) {
  unsigned char bytes[FRAME_HEAD + 1024] = {size >> 16, size >> 8, size, type, flags, 0, 0, 0, stream};
  if (size) memcpy(bytes + FRAME_HEAD, payload, size);
  write_fully(c, bytes, FRAME_HEAD + size);
}

static void window_update(connection *c, int stream, uint32_t size) {
  unsigned char bytes[4] = {size >> 24, size >> 16, size >> 8, size};
  frame(c, WINDOW_UPDATE, 0, stream, bytes, 4);
}

static unsigned char *literal(unsigned char *at, const char *text) {
  *at++ = strlen(text); /* below 127, not Huffman */
  return memcpy(at, text, strlen(text)), at + strlen(text);
}

static void call(connection *c) {
  unsigned char block[512], *at = block, message[64];
  *at++ = 0x83;                      /* :method POST */
  *at++ = opt.tls ? 0x87 : 0x86;     /* :scheme */
  *at++ = 0x04, at = literal(at, "/mq.MQ/Sub");
  *at++ = 0x01, at = literal(at, "localhost");
  *at++ = 0x0f, *at++ = 0x10, at = literal(at, "application/grpc"); /* content-type, index 31 */
  *at++ = 0x00, at = literal(at, "te"), at = literal(at, "trailers");
  frame(c, HEADERS, END_HEADERS, 1, block, at - block);
  char name[32];
  topic_name(c->topic, name);
  int size = sprintf((char *)message + PREFIX, "\n%c%s", (int)strlen(name), name); /* field 1, a string */
  memcpy(message, (unsigned char[]){0, 0, 0, 0, size}, PREFIX);
  frame(c, DATA, END_STREAM, 1, message, PREFIX + size);
}

static void sizes(void) {
  int digits = 1;
  for (size_t rest = opt.payload >> 7; rest; rest >>= 7) digits++;
  message_head = PREFIX + 1 + digits;
  message_size = message_head + opt.payload;
}

void grpc_open(connection *c) {
  if (!message_size) sizes();
  write_fully(c, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24);
  unsigned char window[6] = {0, 4, 0, WINDOW >> 16, 0, 0};
  frame(c, SETTINGS, 0, 0, window, 6);
  window_update(c, 0, WINDOW - 65535);
  call(c);
  while (!c->started) {
    unsigned char byte;
    read_fully(c, &byte, 1);
    grpc_read(c, &byte, 1);
  }
}

static void head_has_come(connection *c) {
  const unsigned char *h = c->head;
  int type = h[3], flags = h[4];
  c->left = (size_t)h[0] << 16 | h[1] << 8 | h[2];
  c->state = type == DATA ? IN_DATA : type == PING && !(flags & ACK) ? IN_PING : IN_OTHER;
  if (type == SETTINGS && !(flags & ACK)) frame(c, SETTINGS, ACK, 0, NULL, 0);
  if (type == HEADERS) c->started = true;
  if (type == GOAWAY || type == RST_STREAM || (type == HEADERS && flags & END_STREAM)) {
    if (!count.got) die("subscriber %d: the call was ended, HTTP/2 frame %d", c->index, type);
    count.closed++;
  }
  if (type == DATA && flags & PADDED) die("padded DATA is not expected");
  if (type == DATA) c->taken += c->left;
}

static void messages(connection *c, const unsigned char *bytes, size_t size) {
  unsigned char *head = c->head + 64; /* beside the frame's */
  while (size > 0) {
    if (c->part == 0 && size >= message_size) {
      delivered(c, bytes + message_head);
      bytes += message_size;
      size -= message_size;
      continue;
    }
    size_t n = message_size - c->part < size ? message_size - c->part : size, kept = message_head + STAMP;
    if (c->part < kept) memcpy(head + c->part, bytes, n < kept - c->part ? n : kept - c->part);
    c->part += n;
    bytes += n;
    size -= n;
    if (c->part == message_size) {
      delivered(c, head + message_head);
      c->part = 0;
    }
  }
}

void grpc_read(connection *c, const unsigned char *bytes, size_t size) {
  const unsigned char *end = bytes + size;
  while (bytes < end) {
    size_t rest = end - bytes, want = c->state == IN_HEAD ? FRAME_HEAD - c->want : c->left;
    size_t n = want < rest ? want : rest;
    if (c->state == IN_HEAD) {
      memcpy(c->head + c->want, bytes, n);
      c->want += n;
      if (c->want == FRAME_HEAD) head_has_come(c);
    } else {
      if (c->state == IN_DATA) messages(c, bytes, n);
      if (c->state == IN_PING) memcpy(c->head + FRAME_HEAD + 8 - c->left, bytes, n);
      c->left -= n;
    }
    bytes += n;
    if (c->state != IN_HEAD && c->left == 0) {
      if (c->state == IN_PING) frame(c, PING, ACK, 0, c->head + FRAME_HEAD, 8);
      c->state = IN_HEAD;
      c->want = 0;
    }
  }
  if (c->taken >= WINDOW / 2) {
    window_update(c, 0, c->taken);
    window_update(c, 1, c->taken);
    c->taken = 0;
  }
}
