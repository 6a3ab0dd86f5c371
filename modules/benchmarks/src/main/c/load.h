/* What the parts of psload share: options, connections, and who does what.
 *
 *   psload.c   the loop: publishes what the window or the rate allows, reads what has come
 *   options.c  the command line
 *   net.c      sockets and TLS
 *   publish.c  a publisher's connection: its handshake, its messages, replies to it
 *   frames.c   subscribers whose messages all have one size: ws, nats, redis, mqtt
 *   lines.c    subscribers of HTTP streams, a line a message: sse, ndjson
 *   grpc.c     subscribers of mq.MQ/Sub: HTTP/2 and gRPC frames
 *   figures.c  order and loss, latency, the server's CPU time and memory
 */
#ifndef LOAD_H
#define LOAD_H
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WS, SSE, NDJSON, GRPC, NATS, REDIS, MQTT };
enum { STAMP = 16, HEAD = 512, PIDS = 16 };

typedef struct {
  int protocol;
  const char *host;
  int port;
  bool tls;
  int subscribers, publishers, topics;
  size_t payload; /* bytes of a message */
  long messages, window, batch;
  double rate; /* messages a second, whatever has come; 0: as fast as the window allows */
  bool spin;   /* never sleeps between messages of a rate */
  int pause_ms; /* one message at a time, that long after the last subscriber had the one before; 0: off */
  bool post;    /* publishes by HTTP POST */
  bool idle;    /* only connects */
  double seconds;     /* publishes so long instead of a number of messages; 0: off */
  double max_seconds; /* gives up */
  const char *sub_path, *pub_path; /* with one %s for the topic */
  int pids[PIDS], pid_count;       /* the server's processes */
  const char *before_memory;       /* a command to run before memory is read */
} options;
extern options opt;

typedef struct connection connection;
struct connection {
  int fd;
  SSL *ssl;
  bool subscriber, closed;
  int index, topic;

  /* A subscriber: bytes taken of the frame or line in hand, bytes to skip, and the first ones of it. */
  size_t part, skip;
  unsigned char head[HEAD];
  int state;         /* of lines.c and grpc.c */
  size_t left;       /* of the HTTP chunk or HTTP/2 frame */
  size_t message;    /* bytes left of the gRPC message */
  bool chunked, started;
  size_t taken;      /* bytes that the flow-control windows have not been given back */
  size_t want;       /* bytes of a frame head that are still to come */

  /* A publisher: its messages not yet sent, and the replies it waits for. */
  unsigned char *out;
  size_t out_from, out_to, out_size;
  unsigned char *form;                /* one message, to be copied and stamped */
  size_t form_size, form_payload;     /* where in it the payload stands */
  int form_topic;
  bool blocked;                       /* the socket takes no more for now */
  long sequence;
  int owed;                           /* replies to come */
  char reply[4096];
  size_t reply_size;
};

/* net.c */
void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
double now(void);
void net_open(void);
void dial(connection *c);
int read_some(connection *c, void *bytes, size_t size);        /* as recv: 0 at the end, -1 with errno */
int write_some(connection *c, const void *bytes, size_t size); /* as send */
void read_fully(connection *c, void *bytes, size_t size);      /* waits */
void write_fully(connection *c, const void *bytes, size_t size);
void read_until(connection *c, char *text, size_t size, const char *end);
void topic_name(int topic, char name[32]);
void http_head(connection *c, const char *path_format, const char *headers, const char *status);

/* publish.c */
void publisher_open(connection *c);
bool publisher_ready(connection *c);
void publish(connection *c, int topic, double when); /* into the connection's buffer */
void publisher_flush(connection *c);
long replies(connection *c, const unsigned char *bytes, size_t size); /* messages acknowledged */
void watch(connection *c, bool writable);                             /* psload.c */

/* Subscribers: one pair for each kind. */
void frames_open(connection *c);
void frames_read(connection *c, const unsigned char *bytes, size_t size);
void lines_open(connection *c);
void lines_read(connection *c, const unsigned char *bytes, size_t size);
void grpc_open(connection *c);
void grpc_read(connection *c, const unsigned char *bytes, size_t size);
size_t frame_head(int protocol, int topic, unsigned char *to); /* what stands before a payload */

/* figures.c */
typedef struct {
  long sent, owed, got, skipped, acked; /* owed: deliveries that what was sent should make */
  long reordered, gaps, closed, errors, bad, stale;
} counts;
extern counts count;
void figures_open(void);
void stamp(unsigned char *to, int publisher, long sequence, double when);
void delivered(connection *c, const unsigned char *stamp); /* STAMP bytes */
long progress(void);         /* messages that every subscriber has */
void all_have(double since); /* the last subscriber has a message sent then */
void usage(double *cpu_seconds, long *resident_kb);
void print_latency(void);
#endif
