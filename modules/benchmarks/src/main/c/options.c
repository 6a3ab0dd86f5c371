/* psload's command line. */
#include "load.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *USAGE =
    "psload: one pub/sub load generator for several protocols; prints one line of key=value figures\n"
    "  -P ws|sse|ndjson|grpc|nats|redis|mqtt   what subscribers speak (ws); the first four publish by WebSocket\n"
    "  -h ADDRESS -p PORT -t                   where (127.0.0.1, 8081); -t over TLS; loopback only\n"
    "  -n N -k N -T N                          subscribers (1), publishers (1), topics (1)\n"
    "  -s BYTES -m N -D SECONDS                payload, 16 or more (100); messages (100000), or how long to publish\n"
    "  -w N -b N                               messages in flight (1000); in one write, at most (64)\n"
    "  -r RATE [-y]                            messages a second instead of a window; -y never sleeps\n"
    "  -L MS                                   one message at a time with a pause: time to the last subscriber\n"
    "  -H                                      publishes by HTTP POST, one in flight a publisher\n"
    "  -u PATH -U PATH                         paths, %s the topic (/sub?topic=%s, /pub?topic=%s)\n"
    "  -c                                      connects, and says what a connection costs in memory\n"
    "  -G COMMAND                              run before memory is read: jcmd PID GC.run\n"
    "  -I PID[,PID...]                         the server's processes, for CPU and memory\n"
    "  -d SECONDS                              gives up after that (60)\n";

options opt = {
    .protocol = WS, .host = "127.0.0.1", .port = 8081, .subscribers = 1, .publishers = 1, .topics = 1, .payload = 100,
    .messages = 100000, .window = 1000, .batch = 64, .max_seconds = 60,
};

static int protocol(const char *name) {
  static const char *names[] = {"ws", "sse", "ndjson", "grpc", "nats", "redis", "mqtt"};
  for (int i = 0; i < 7; i++) {
    if (!strcmp(name, names[i])) return i;
  }
  die("-P %s: one of ws, sse, ndjson, grpc, nats, redis, mqtt", name);
}

static void pids(char *list) {
  for (char *pid = strtok(list, ","); pid; pid = strtok(NULL, ",")) {
    if (opt.pid_count == PIDS) die("-I takes %d processes at most", PIDS);
    opt.pids[opt.pid_count++] = atoi(pid);
  }
}

static long number(int option, const char *text, long least, long most) {
  char *end;
  long value = strtol(text, &end, 10);
  if (*end || end == text || value < least || value > most) {
    die("-%c %s: a number from %ld to %ld", option, text, least, most);
  }
  return value;
}

static void parse(int argc, char **argv) {
  int o;
  while ((o = getopt(argc, argv, "P:h:p:tn:k:T:s:m:D:w:b:r:yL:Hu:U:cG:I:d:")) != -1) {
    switch (o) {
      case 'P': opt.protocol = protocol(optarg); break;
      case 'h': opt.host = optarg; break;
      case 'p': opt.port = number(o, optarg, 1, 65535); break;
      case 't': opt.tls = true; break;
      case 'n': opt.subscribers = number(o, optarg, 0, 60000); break;
      case 'k': opt.publishers = number(o, optarg, 1, 4096); break;
      case 'T': opt.topics = number(o, optarg, 1, 1000000); break;
      case 's': opt.payload = number(o, optarg, STAMP, 1 << 26); break;
      case 'm': opt.messages = number(o, optarg, 1, 1L << 36); break;
      case 'D': opt.seconds = atof(optarg); break;
      case 'w': opt.window = number(o, optarg, 1, 1L << 30); break;
      case 'b': opt.batch = number(o, optarg, 1, 1 << 20); break;
      case 'r': opt.rate = atof(optarg); break;
      case 'y': opt.spin = true; break;
      case 'L': opt.pause_ms = number(o, optarg, 1, 60000); break;
      case 'H': opt.post = true; break;
      case 'u': opt.sub_path = optarg; break;
      case 'U': opt.pub_path = optarg; break;
      case 'c': opt.idle = true; break;
      case 'G': opt.before_memory = optarg; break;
      case 'I': pids(optarg); break;
      case 'd': opt.max_seconds = atof(optarg); break;
      default: fputs(USAGE, stderr); exit(2);
    }
  }
}

static const char *default_sub_path(void) {
  return opt.protocol == SSE      ? "/sub?format=sse&topic=%s"
         : opt.protocol == NDJSON ? "/sub?format=json&topic=%s"
                                  : "/sub?topic=%s";
}

void options_open(int argc, char **argv) {
  parse(argc, argv);
  if (opt.seconds > 0) opt.messages = 1L << 36;
  if (!opt.sub_path) opt.sub_path = default_sub_path();
  if (!opt.pub_path) opt.pub_path = "/pub?topic=%s";
  bool http = opt.protocol <= GRPC;
  if (opt.post && !http) die("-H publishes by HTTP; leave it out with nats, redis and mqtt");
  if (!opt.subscribers && !opt.idle && !opt.post && opt.protocol != NATS && opt.protocol != REDIS) {
    die("-n 0 counts replies, and there are none here; use -H, -P nats or -P redis");
  }
  if (opt.publishers < opt.topics && http && !opt.post) {
    die("a WebSocket publishes to one topic; use -k %d or more, or -H", opt.topics);
  }
  long most = (1L << 20) / (long)opt.payload + 1; /* a megabyte in one write is enough */
  if (opt.batch > most) opt.batch = most;
}
