/* rawfan: the floor under any WebSocket broker on this machine. One thread, no topics, no queues, no checks: what comes in
 * on /pub as masked WebSocket frames goes out as plain ones to every /sub socket, with one send per read. It measures
 * what the kernel alone charges for the fan-out; a real broker's cost is compared with it.
 *
 *   rawfan PORT      on loopback alone */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { MOST = 60000, READ = 1 << 17, EVENTS = 256 };
enum { NEW, SUBSCRIBER, PUBLISHER };

typedef struct {
  int fd, kind;
  unsigned char *in; /* not yet a whole frame */
  size_t in_size, in_room;
  unsigned char *pending; /* not yet taken by the socket */
  size_t from, to, room;
} client;

static client *subscribers[MOST];
static int count, epoll;
static unsigned char *out;
static size_t out_room;

static void *room(void *bytes, size_t *have, size_t want) {
  if (*have >= want) return bytes;
  *have = want * 2;
  bytes = realloc(bytes, *have);
  if (!bytes) exit(1);
  return bytes;
}

static void watch(client *c, int operation, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = c};
  epoll_ctl(epoll, operation, c->fd, &event);
}

static void push(client *c, const unsigned char *bytes, size_t size) {
  if (c->from == c->to) {
    c->from = c->to = 0;
    ssize_t n = send(c->fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n > 0) bytes += n, size -= n;
    if (!size) return;
    watch(c, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
  }
  c->pending = room(c->pending, &c->room, c->to + size);
  memcpy(c->pending + c->to, bytes, size);
  c->to += size;
}

static void drain(client *c) {
  ssize_t n = send(c->fd, c->pending + c->from, c->to - c->from, MSG_NOSIGNAL);
  if (n > 0) c->from += n;
  if (c->from == c->to) {
    c->from = c->to = 0;
    watch(c, EPOLL_CTL_MOD, EPOLLIN);
  }
}

static void accept_one(int listener) {
  int one = 1, fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
  if (fd < 0) return;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  client *c = calloc(1, sizeof *c);
  c->fd = fd;
  watch(c, EPOLL_CTL_ADD, EPOLLIN);
}

static void forget(client *c) {
  for (int i = 0; i < count; i++) {
    if (subscribers[i] == c) {
      subscribers[i] = subscribers[--count];
      break;
    }
  }
  close(c->fd);
  free(c->in);
  free(c->pending);
  free(c);
}

static void upgrade(client *c) {
  static const char head[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
  if (!memmem(c->in, c->in_size, "\r\n\r\n", 4)) return;
  c->kind = memmem(c->in, c->in_size, "/sub", 4) && count < MOST ? SUBSCRIBER : PUBLISHER;
  if (c->kind == SUBSCRIBER) subscribers[count++] = c;
  c->in_size = 0;
  push(c, (const unsigned char *)head, sizeof head - 1);
}

/* Copies one frame out, unmasked; returns its size, 0 when it is not whole. */
static size_t frame(const unsigned char *in, size_t size, size_t *out_size) {
  size_t head = 2, payload;
  if (size < 2) return 0;
  payload = in[1] & 127;
  int bytes = payload == 126 ? 2 : payload == 127 ? 8 : 0;
  if (size < head + bytes) return 0;
  if (bytes) payload = 0;
  for (int i = 0; i < bytes; i++) payload = payload << 8 | in[head + i];
  head += bytes;
  if (size < head + 4 + payload) return 0;
  unsigned char *to = out + *out_size;
  memcpy(to, in, head);
  to[1] &= 127;
  const unsigned char *mask = in + head, *from = mask + 4;
  to += head;
  uint32_t word, key;
  memcpy(&key, mask, 4);
  size_t i = 0;
  for (; i + 4 <= payload; i += 4) {
    memcpy(&word, from + i, 4);
    word ^= key;
    memcpy(to + i, &word, 4);
  }
  for (; i < payload; i++) to[i] = from[i] ^ mask[i & 3];
  *out_size += head + payload;
  return head + 4 + payload;
}

static void fan_out(client *c) {
  size_t at = 0, n, size = 0;
  out = room(out, &out_room, c->in_size);
  while ((n = frame(c->in + at, c->in_size - at, &size))) at += n;
  memmove(c->in, c->in + at, c->in_size - at);
  c->in_size -= at;
  if (size) {
    for (int i = 0; i < count; i++) push(subscribers[i], out, size);
  }
}

static void receive(client *c) {
  c->in = room(c->in, &c->in_room, c->kind == SUBSCRIBER ? 4096 : c->in_size + READ);
  ssize_t n = recv(c->fd, c->in + c->in_size, c->in_room - c->in_size, 0);
  if (n == 0 || (n < 0 && errno != EAGAIN)) {
    forget(c);
    return;
  }
  if (n < 0) return;
  c->in_size += n;
  if (c->kind == NEW) upgrade(c);
  else if (c->kind == PUBLISHER) fan_out(c);
  else c->in_size = 0; /* what subscribers say is of no interest */
}

int main(int argc, char **argv) {
  int port = argc == 2 ? atoi(argv[1]) : 0, one = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
  if (port <= 0) return fputs("usage: rawfan PORT\n", stderr), 2;
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(listener, (struct sockaddr *)&at, sizeof at) || listen(listener, 4096)) return perror("rawfan"), 1;
  epoll = epoll_create1(0);
  struct epoll_event listen_event = {.events = EPOLLIN, .data.ptr = NULL}, events[EVENTS];
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &listen_event);
  for (;;) {
    int n = epoll_wait(epoll, events, EVENTS, -1);
    for (int i = 0; i < n; i++) {
      client *c = events[i].data.ptr;
      if (!c) {
        accept_one(listener);
        continue;
      }
      if ((events[i].events & EPOLLOUT) && c->from < c->to) drain(c);
      if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) receive(c);
    }
  }
}
