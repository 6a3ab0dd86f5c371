package io.emque.engine;

/** What a {@link Reader#read} came back with. */
public enum Event {
  /** Records: see {@link Reader#slice}. */
  MESSAGES,
  /** Messages were missed: see {@link Reader#gap}. */
  GAP,
  /** Nothing came in the time given. */
  IDLE,
  /** It is over: see {@link Reader#end}. */
  ENDED
}
