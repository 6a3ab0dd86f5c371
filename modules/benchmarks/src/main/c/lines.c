/* Subscribers of endless HTTP streams in which a line holds a message: sse, ndjson. Sizes vary as offsets grow, so lines
 * are told apart by their ends, and chunks (RFC 9112, section 7.1) are taken off before. */
#define _GNU_SOURCE
#include "load.h"
#include <string.h>

enum { CHUNK_SIZE, CHUNK_REST_OF_LINE, CHUNK_DATA, CHUNK_END };

void lines_open(connection *c) {
  http_head(c, opt.sub_path, opt.protocol == SSE ? "Accept: text/event-stream\r\n" : "", "200");
}

/* Payloads of the load hold nothing that either format would escape. */
static void line(connection *c, const unsigned char *text, size_t kept, size_t size) {
  const unsigned char *payload = NULL;
  size_t beyond = 0;
  if (opt.protocol == SSE) {
    if (size >= 6 && !memcmp(text, "data: ", 6)) payload = text + 6;
    if (size >= 10 && !memcmp(text, "event: gap", 10)) count.gaps++;
    if (payload && size >= 7 && text[6] == '{') return; /* the gap's own words */
  } else {
    static const char *key = "\"payload\":\"";
    if (size == 0) return;
    if (size > 7 && !memcmp(text, "{\"gap\":", 7)) {
      count.gaps++;
      return;
    }
    payload = memmem(text, kept, key, strlen(key));
    if (!payload) die("subscriber %d got the line %.*s", c->index, (int)(kept < 200 ? kept : 200), text);
    payload += strlen(key);
    beyond = 2; /* "} */
  }
  if (!payload) return; /* an id, a comment, an empty line */
  if ((size_t)(payload - text) + opt.payload + beyond != size) {
    count.bad++;
    return;
  }
  delivered(c, payload);
}

static void text(connection *c, const unsigned char *bytes, size_t size) {
  while (size > 0) {
    const unsigned char *end = memchr(bytes, '\n', size);
    size_t n = end ? (size_t)(end - bytes) : size;
    if (end && c->part == 0) {
      line(c, bytes, n, n);
    } else {
      if (c->part < HEAD) memcpy(c->head + c->part, bytes, n < HEAD - c->part ? n : HEAD - c->part);
      c->part += n;
      if (end) {
        line(c, c->head, c->part < HEAD ? c->part : HEAD, c->part);
        c->part = 0;
      }
    }
    if (!end) return;
    bytes += n + 1;
    size -= n + 1;
  }
}

static int hex(unsigned char digit) {
  return digit >= '0' && digit <= '9' ? digit - '0' : (digit | 32) >= 'a' && (digit | 32) <= 'f' ? (digit | 32) - 'a' + 10 : -1;
}

void lines_read(connection *c, const unsigned char *bytes, size_t size) {
  if (!c->chunked) {
    text(c, bytes, size);
    return;
  }
  const unsigned char *end = bytes + size;
  while (bytes < end) {
    switch (c->state) {
      case CHUNK_SIZE:
        if (hex(*bytes) >= 0) {
          c->left = c->left * 16 + hex(*bytes++);
        } else {
          c->state = CHUNK_REST_OF_LINE;
        }
        break;
      case CHUNK_REST_OF_LINE:
        if (*bytes++ == '\n') {
          c->state = c->left ? CHUNK_DATA : CHUNK_END;
        }
        break;
      case CHUNK_DATA: {
        size_t n = c->left < (size_t)(end - bytes) ? c->left : (size_t)(end - bytes);
        text(c, bytes, n);
        bytes += n;
        c->left -= n;
        if (!c->left) c->state = CHUNK_END;
        break;
      }
      default:
        if (*bytes++ == '\n') c->state = CHUNK_SIZE;
    }
  }
}
