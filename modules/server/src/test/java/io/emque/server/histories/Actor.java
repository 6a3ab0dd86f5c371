package io.emque.server.histories;

import java.util.Random;

/** Somebody who does things at random, on a thread of their own, until told to stop. */
abstract class Actor {
  private final String name;
  private final Random random;
  private final Thread thread;
  private volatile boolean stopped;
  private volatile boolean calm;

  Actor(String name, long seed) {
    this.name = name;
    this.random = new Random(seed);
    this.thread = Thread.ofVirtual().name(name).unstarted(this::runAll);
  }

  final void start() {
    thread.start();
  }

  private void runAll() {
    try {
      run();
    } catch (InterruptedException e) {
      // told to stop while pausing
    }
  }

  abstract void run() throws InterruptedException;

  final String name() {
    return name;
  }

  final boolean stopped() {
    return stopped;
  }

  final boolean calm() {
    return calm;
  }

  final int upTo(int most) {
    return random.nextInt(most + 1);
  }

  /** Once in so many times, and never in the calm. */
  final boolean onceIn(int times) {
    return !calm && random.nextInt(times) == 0;
  }

  final <T> T any(java.util.List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }

  /** A part of what is to be done: not a wait for somebody else. */
  final void pause(int mostMillis) throws InterruptedException {
    Thread.sleep(upTo(calm ? Math.min(mostMillis, 20) : mostMillis));
  }

  /** Nothing on purpose any more that holds it up. */
  final void calmDown() {
    calm = true;
  }

  final void stop() {
    stopped = true;
    letGo();
  }

  /** Whatever it waits for at a socket ends. */
  void letGo() {}

  final boolean join(java.time.Duration atMost) throws InterruptedException {
    return thread.join(atMost);
  }
}
