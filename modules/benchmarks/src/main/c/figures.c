/* What is counted: order and loss, latency, the server's CPU time and memory. */
#include "load.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

counts count;

/* ---- Order and loss ---- */

/* A message carries the run it is of, its publisher, its place among that publisher's messages, and the time. Where a
 * publisher has one topic, its subscribers expect them one by one; where it has many, growing. What a server still
 * delivers of an earlier run is counted apart. */
enum { RUN_DIGITS = 1, PUBLISHER_DIGITS = 2, SEQUENCE_DIGITS = 6, TIME_DIGITS = 7 };
enum { PUBLISHER = RUN_DIGITS, SEQUENCE = PUBLISHER + PUBLISHER_DIGITS, TIME = SEQUENCE + SEQUENCE_DIGITS };
static const char DIGITS[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";
static unsigned char value_of[256];

static bool dense;   /* one topic a publisher */
static int heard;    /* publishers that a subscriber hears */
static long *next;   /* subscriber by publisher: the sequence to come */
static long *had;    /* by subscriber: messages that came or were missed */
static uint64_t run; /* which one this is, of the last 64 */
static double start; /* times in messages count from it */

static void histograms_open(void);

void figures_open(void) {
  for (int i = 0; i < 64; i++) value_of[(unsigned char)DIGITS[i]] = i;
  dense = opt.publishers >= opt.topics;
  heard = dense ? (opt.publishers + opt.topics - 1) / opt.topics : opt.publishers;
  next = calloc((size_t)opt.subscribers * heard + 1, sizeof *next);
  had = calloc(opt.subscribers + 1, sizeof *had);
  if (!next || !had) die("no memory for %d subscribers of %d publishers", opt.subscribers, heard);
  run = getpid() & 63;
  start = now();
  histograms_open();
}

static void put(unsigned char *to, int digits, uint64_t value) {
  for (int i = digits - 1; i >= 0; i--, value >>= 6) to[i] = DIGITS[value & 63];
}

static uint64_t get(const unsigned char *from, int digits) {
  uint64_t value = 0;
  for (int i = 0; i < digits; i++) value = value << 6 | value_of[from[i]];
  return value;
}

void stamp(unsigned char *to, int publisher, long sequence, double when) {
  put(to, RUN_DIGITS, run);
  put(to + PUBLISHER, PUBLISHER_DIGITS, publisher);
  put(to + SEQUENCE, SEQUENCE_DIGITS, sequence);
  put(to + TIME, TIME_DIGITS, (uint64_t)((when - start) * 1e9));
}

static void latency(double seconds);

void delivered(connection *c, const unsigned char *bytes) {
  long publisher = get(bytes + PUBLISHER, PUBLISHER_DIGITS), sequence = get(bytes + SEQUENCE, SEQUENCE_DIGITS);
  if (get(bytes, RUN_DIGITS) != run) {
    count.stale++;
    return;
  }
  if (publisher >= opt.publishers) {
    count.bad++;
    return;
  }
  long *expected = &next[(size_t)c->index * heard + (dense ? publisher / opt.topics : publisher)];
  if (sequence < *expected) {
    count.reordered++;
  } else {
    if (dense && sequence > *expected) {
      count.skipped += sequence - *expected;
      had[c->index] += sequence - *expected;
    }
    *expected = sequence + 1;
  }
  had[c->index]++;
  count.got++;
  if (opt.rate > 0 || opt.pause_ms) {
    latency(now() - start - get(bytes + TIME, TIME_DIGITS) * 1e-9);
  }
}

long progress(void) {
  if (!opt.subscribers) return count.acked;
  if (opt.topics > 1) return count.owed ? (double)(count.got + count.skipped) / count.owed * count.sent : 0;
  long least = had[0];
  for (int i = 1; i < opt.subscribers; i++) {
    if (had[i] < least) least = had[i];
  }
  return least;
}

/* ---- Latency ---- */

/* Nanoseconds in buckets of one part in 128 of their size. */
enum { FINE = 7, BUCKETS = (40 - FINE) << FINE };
typedef struct {
  long bucket[BUCKETS], total;
  double max;
} histogram;
static histogram *each, *last;

static void histograms_open(void) {
  each = calloc(1, sizeof *each);
  last = calloc(1, sizeof *last);
}

static void record(histogram *h, double seconds) {
  uint64_t ns = seconds > 0 ? (uint64_t)(seconds * 1e9) : 0;
  int shift = ns >> FINE ? 63 - FINE - __builtin_clzll(ns) : 0;
  size_t i = ((size_t)shift << FINE) + (ns >> shift);
  h->bucket[i < BUCKETS ? i : BUCKETS - 1]++;
  h->total++;
  if (seconds > h->max) h->max = seconds;
}

static double quantile(const histogram *h, double q) {
  long rank = (long)(q * h->total), sum = 0;
  for (size_t i = 0; i < BUCKETS; i++) {
    sum += h->bucket[i];
    if (sum > rank) {
      int shift = i < (2 << FINE) ? 0 : (int)(i >> FINE) - 1;
      return (double)((i - ((size_t)shift << FINE)) << shift) * 1e-9;
    }
  }
  return h->max;
}

static void latency(double seconds) { record(each, seconds); }

void all_have(double since) { record(last, now() - since); }

static void print(const char *prefix, const histogram *h) {
  if (!h->total) return;
  printf(" %sp50_us=%.1f %sp99_us=%.1f %sp999_us=%.1f %smax_us=%.1f", prefix, quantile(h, .5) * 1e6, prefix,
         quantile(h, .99) * 1e6, prefix, quantile(h, .999) * 1e6, prefix, h->max * 1e6);
}

void print_latency(void) {
  print("", each);
  print("last_", last);
}

/* ---- The server ---- */

void usage(double *cpu_seconds, long *resident_kb) {
  *cpu_seconds = 0;
  *resident_kb = 0;
  for (int i = 0; i < opt.pid_count; i++) {
    char path[64], text[4096];
    snprintf(path, sizeof path, "/proc/%d/stat", opt.pids[i]);
    FILE *file = fopen(path, "r");
    if (!file) die("-I %d: no such process", opt.pids[i]);
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    fclose(file);
    unsigned long user, system;
    long pages;
    char *rest = strrchr(text, ')'); /* a name may hold anything */
    if (!rest || sscanf(rest + 2,
                        "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %*d %*d %*d %*d %*d %*d %*u %*u %ld", &user,
                        &system, &pages) != 3) {
      die("%s makes no sense", path);
    }
    *cpu_seconds += (double)(user + system) / sysconf(_SC_CLK_TCK);
    *resident_kb += pages * (sysconf(_SC_PAGESIZE) / 1024);
  }
}
