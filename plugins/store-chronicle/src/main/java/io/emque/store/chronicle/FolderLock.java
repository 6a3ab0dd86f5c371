package io.emque.store.chronicle;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A folder of which this process alone may change the files, as long as it lives. */
final class FolderLock implements Closeable {
  /** Closing a second descriptor of the file would take the lock from the first. */
  private static final Set<Path> OURS = ConcurrentHashMap.newKeySet();

  private static final String FILE = "lock";

  private final Path folder;
  private final RandomAccessFile file;

  /**
   * @param folder is there
   * @throws IOException when another has it; names its process, when that is known
   */
  FolderLock(Path folder) throws IOException {
    this.folder = folder.toRealPath();
    if (!OURS.add(this.folder)) {
      throw taken(folder, Long.toString(ProcessHandle.current().pid()));
    }
    boolean locked = false;
    this.file = open(this.folder);
    try {
      FileLock lock = file.getChannel().tryLock();
      if (lock == null) {
        byte[] pid = new byte[20];
        int length = file.read(pid);
        throw taken(folder, new String(pid, 0, Math.max(0, length), UTF_8).strip());
      }
      file.setLength(0);
      file.write((ProcessHandle.current().pid() + "\n").getBytes(UTF_8));
      locked = true;
    } catch (OverlappingFileLockException e) {
      throw taken(folder, Long.toString(ProcessHandle.current().pid()));
    } finally {
      if (!locked) {
        OURS.remove(this.folder);
        file.close();
      }
    }
  }

  private static RandomAccessFile open(Path folder) throws IOException {
    try {
      return new RandomAccessFile(folder.resolve(FILE).toFile(), "rw");
    } catch (IOException e) {
      OURS.remove(folder);
      throw Disk.failure("open", folder.resolve(FILE), e);
    }
  }

  private static IOException taken(Path folder, String pid) {
    String holder = pid.matches("[0-9]+") ? "process " + pid : "another process";
    return new IOException("the folder " + folder + " is in use by " + holder);
  }

  /** Frees it. The file stays: to remove it would let two processes in. */
  @Override
  public void close() throws IOException {
    try {
      file.close();
    } finally {
      OURS.remove(folder);
    }
  }
}
