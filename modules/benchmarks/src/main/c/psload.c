/* psload: one pub/sub load generator for several protocols, so that brokers are compared on the same work. `psload -?`
 * lists its options; load.h says what is where.
 *
 * One thread and one epoll. It keeps a window of messages in flight, counted by the slowest subscriber, so that no broker
 * drops for the generator's haste; or it sends at a rate, whatever has come (-r), each message stamped with the time it
 * was due, so that a delay counts for all messages behind it. */
#define _GNU_SOURCE
#include "load.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 512, BUFFER = 1 << 18 };
static const double GIVE_UP_SENT = 5, GIVE_UP = 15; /* seconds without progress, after the last message and before */

void options_open(int argc, char **argv);
static connection *subscribers, *publishers;
static int *listeners; /* subscribers by topic */
static int epoll;
static unsigned char buffer[BUFFER];
static double begun, sent_at; /* sent_at: the message that -L waits for */
static bool waits;            /* -L: it has not arrived everywhere */
static int turn;              /* the publisher next in line */

void watch(connection *c, bool writable) {
  struct epoll_event event = {.events = EPOLLIN | (writable ? EPOLLOUT : 0), .data.ptr = c};
  if (epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &event)) die("epoll: %s", strerror(errno));
}

static void add(connection *c) {
  fcntl(c->fd, F_SETFL, O_NONBLOCK);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &event)) die("epoll: %s", strerror(errno));
}

static void subscribe(connection *c) {
  dial(c);
  if (opt.protocol == SSE || opt.protocol == NDJSON) {
    lines_open(c);
  } else if (opt.protocol == GRPC) {
    grpc_open(c);
  } else {
    frames_open(c);
  }
}

static void open_subscribers(void) {
  subscribers = calloc(opt.subscribers + 1, sizeof *subscribers);
  listeners = calloc(opt.topics, sizeof *listeners);
  for (int i = 0; i < opt.subscribers; i++) {
    connection *c = &subscribers[i];
    c->subscriber = true;
    c->index = i;
    c->topic = i % opt.topics;
    listeners[c->topic]++;
    subscribe(c);
    add(c);
  }
}

static void open_publishers(void) {
  publishers = calloc(opt.publishers, sizeof *publishers);
  for (int i = 0; i < opt.publishers; i++) {
    connection *c = &publishers[i];
    c->index = opt.subscribers + i;
    c->topic = i % opt.topics;
    publisher_open(c);
    add(c);
  }
}

/* ---- Receiving ---- */

static void received(connection *c, const unsigned char *bytes, size_t size) {
  if (!c->subscriber) {
    count.acked += replies(c, bytes, size);
  } else if (opt.protocol == SSE || opt.protocol == NDJSON) {
    lines_read(c, bytes, size);
  } else if (opt.protocol == GRPC) {
    grpc_read(c, bytes, size);
  } else {
    frames_read(c, bytes, size);
  }
}

static void receive(connection *c) {
  while (!c->closed) {
    int n = read_some(c, buffer, BUFFER);
    if (n > 0) {
      received(c, buffer, n);
      if (!c->ssl && n < BUFFER) return;
    } else if (n < 0 && errno == EAGAIN) {
      return;
    } else if (n == 0 || errno != EINTR) {
      epoll_ctl(epoll, EPOLL_CTL_DEL, c->fd, NULL);
      c->closed = true;
      count.closed++;
      if (!c->subscriber) die("publisher %d was closed by the server", c->index - opt.subscribers);
    }
  }
}

static void poll_for(double seconds) {
  struct epoll_event events[EVENTS];
  if (seconds < 0) seconds = 0;
  struct timespec wait = {(time_t)seconds, (long)((seconds - (time_t)seconds) * 1e9)};
  int n = epoll_pwait2(epoll, events, EVENTS, &wait, NULL);
  for (int i = 0; i < n; i++) {
    connection *c = events[i].data.ptr;
    if (events[i].events & EPOLLOUT) publisher_flush(c);
    if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) receive(c);
  }
}

/* ---- Publishing ---- */

/* How many messages may go out now; for -r and -L, `wait` is set to the seconds until the next one may. */
static long allowed(double time, double *wait) {
  long left = opt.messages - count.sent, may;
  *wait = 0.001;
  if (opt.pause_ms) {
    may = waits || time < sent_at + opt.pause_ms * 1e-3 ? 0 : 1;
  } else if (opt.rate > 0) {
    may = (long)((time - begun) * opt.rate) - count.sent;
    double due = begun + (count.sent + 1) / opt.rate - time;
    *wait = opt.spin || may > 0 ? 0 : due < 0.001 ? due : 0.001;
  } else {
    may = opt.window - (count.sent - progress());
  }
  return may < left ? may : left;
}

static void send_some(connection *c, long messages) {
  for (long i = 0; i < messages; i++) {
    int topic = opt.publishers >= opt.topics ? c->topic : (int)(count.sent % opt.topics);
    count.sent++;
    double due = opt.rate > 0 ? begun + count.sent / opt.rate : opt.pause_ms ? sent_at = now() : 0;
    publish(c, topic, due > 0 ? due : begun);
    count.owed += listeners[topic];
  }
  waits = true;
  publisher_flush(c);
}

static void send_allowed(long may) {
  for (int tries = 0; may > 0 && tries < opt.publishers; tries++) {
    connection *c = &publishers[turn];
    turn = (turn + 1) % opt.publishers;
    if (!publisher_ready(c)) continue;
    long share = opt.rate > 0 ? may : may / opt.publishers;
    long messages = opt.post || share < 1 ? 1 : share < opt.batch ? share : opt.batch;
    send_some(c, messages);
    may -= messages;
  }
}

static bool done(void) {
  if (count.sent < opt.messages) return false;
  return opt.subscribers ? count.got + count.skipped >= count.owed : count.acked >= count.sent;
}

/* Returns when the last delivery came. */
static double run(void) {
  double last = begun = now();
  long before = -1;
  while (!done()) {
    double time = now(), wait, quiet = time - last - opt.pause_ms * 1e-3;
    long after = count.got + count.acked;
    if (after != before) {
      last = time;
    } else if (quiet > GIVE_UP || (quiet > GIVE_UP_SENT && count.sent == opt.messages)) {
      break;
    }
    before = after;
    if (time - begun > opt.max_seconds) break;
    if (opt.seconds > 0 && time - begun > opt.seconds) opt.messages = count.sent;
    send_allowed(allowed(time, &wait));
    poll_for(wait);
    if (opt.pause_ms && waits && count.got >= count.owed) {
      all_have(sent_at);
      waits = false;
    }
  }
  return done() ? now() : last;
}

/* ---- Reports ---- */

static void before_memory(void) {
  if (opt.before_memory && system(opt.before_memory) != 0) die("-G: the command failed: %s", opt.before_memory);
}

/* What idle connections cost. */
static void idle(void) {
  double cpu;
  long before, after;
  before_memory();
  usage(&cpu, &before);
  double from = now();
  open_subscribers();
  double seconds = now() - from;
  for (double until = now() + 1.5; now() < until;) poll_for(0.1);
  before_memory();
  usage(&cpu, &after);
  printf("conns=%d connect_s=%.2f conn_per_s=%.0f rss0_kb=%ld rss1_kb=%ld kb_per_conn=%.2f closed=%ld\n", opt.subscribers,
         seconds, opt.subscribers / seconds, before, after, (double)(after - before) / opt.subscribers, count.closed);
}

static void report(double seconds, double cpu, long resident_kb) {
  long work = opt.subscribers ? count.got : count.acked;
  printf("sent=%ld got=%ld lost=%ld reorder=%ld gaps=%ld bad=%ld stale=%ld closed=%ld errors=%ld s=%.3f pub_per_s=%.0f "
         "deliv_per_s=%.0f MBps=%.1f",
         count.sent, work, opt.subscribers ? count.owed - count.got : count.sent - count.acked, count.reordered, count.gaps,
         count.bad, count.stale, count.closed, count.errors, seconds, count.sent / seconds, work / seconds,
         work * (double)opt.payload / seconds / 1e6);
  if (opt.pid_count) {
    printf(" srv_cpu_s=%.2f us_cpu_per_msg=%.4f rss_kb=%ld", cpu, work ? cpu * 1e6 / work : 0, resident_kb);
  }
  print_latency();
  printf("\n");
}

int main(int argc, char **argv) {
  options_open(argc, argv);
  net_open();
  figures_open();
  prctl(PR_SET_TIMERSLACK, 1);
  epoll = epoll_create1(0);
  if (opt.idle) {
    idle();
    return 0;
  }
  open_subscribers();
  open_publishers();
  for (double until = now() + 0.2; now() < until;) poll_for(0.05);
  double before, after;
  long resident;
  usage(&before, &resident);
  double last = run();
  usage(&after, &resident);
  report(last - begun, after - before, resident);
  return count.got + count.acked > 0 ? 0 : 1;
}
