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
 *         EncodedRecords  the newest records in a format that many read
 *   Reader      a position in a topic's log; hands out Slices of chunks
 *   Appender    what a publisher holds
 *   PublishPipeline  answers of a connection's messages in their order; Arrivals what came together
 *   Disk        topics on disk: StoredTail each, Syncer forces them, DiskRetention trims them
 * </pre>
 *
 * <p><b>Lock order:</b> one name of {@code NameLocks}, then {@code MemoryGuard.trimming}, then one
 * {@code Topic.lock}, then that topic's {@code Waiters} monitor. Never two topics at once. No lock
 * is held while a transport writes or a callback runs; a store opens and removes a topic under its
 * name's lock, and appends to it under its {@code Topic.lock}, so that memory and disk agree.
 */
package io.emque.engine;
