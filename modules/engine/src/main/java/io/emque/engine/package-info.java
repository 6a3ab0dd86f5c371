/**
 * The topic log and its readers.
 *
 * <pre>
 * MemoryBroker  finds topics, removes idle ones
 *   MemoryGuard keeps the process within its memory
 *   Topic       one appender at a time; who reads it, who waits; what it keeps
 *     Backpressure  publishers wait for readers with block
 *     TopicLog  the list of chunks: append, find, drop
 *       Chunk   an append-only array of WebSocket frames with start, time and extras per record
 *   Reader      a position in a topic's log; hands out Slices of chunks
 *   Appender    what a publisher holds
 * </pre>
 *
 * <p><b>Lock order:</b> {@code MemoryGuard.trimming}, then one {@code Topic.lock}, then that
 * topic's {@code Waiters} monitor. Never two topics at once. No lock is held while a transport
 * writes or a callback runs.
 */
package io.emque.engine;
