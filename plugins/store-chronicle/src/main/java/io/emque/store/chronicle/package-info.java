/**
 * The store {@code chronicle}: topics on disk, written by Chronicle Queue.
 *
 * <pre>
 * FOLDER/lock                        locked by the process that has the folder open; its pid
 * FOLDER/state                       whether it was closed cleanly, and in which boot
 * FOLDER/topics/t-NAME/log           epoch, ceiling of offsets; see {@link ChronicleLog}
 * FOLDER/topics/t-NAME/OFFSET-SALT/  a segment: a Chronicle queue of one file
 * </pre>
 *
 * <p>Chronicle appends, and only to a file that is to the byte as Chronicle left it. It never reads
 * one: its tailers trust every length and address they find. {@link RecordReader} does, and trusts
 * nothing but records that carry their own proof.
 *
 * <p><b>Locks</b>, in the order they are taken: that of a topic's place; its log's; those of its
 * segments. A log that needs room among the open ones only tries the lock of another.
 */
package io.emque.store.chronicle;
