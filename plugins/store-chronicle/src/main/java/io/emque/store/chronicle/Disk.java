package io.emque.store.chronicle;

import io.emque.api.spi.StoreFullException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Locale;

/**
 * Files, without channels where a thread may be interrupted: an interrupt closes a channel, and a
 * subscriber that leaves must not cost a topic its file.
 */
final class Disk {
  private Disk() {}

  /** Forces a file, or the names in a folder, to the disk. Nothing when it is gone. */
  static void force(Path path) throws IOException {
    boolean folder = Files.isDirectory(path);
    boolean interrupted = Thread.interrupted();
    try {
      while (true) {
        try (var channel =
            FileChannel.open(path, folder ? StandardOpenOption.READ : StandardOpenOption.WRITE)) {
          channel.force(false);
          return;
        } catch (ClosedByInterruptException e) {
          interrupted |= Thread.interrupted();
        } catch (NoSuchFileException e) {
          return;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  static void truncate(Path file, long length) throws IOException {
    try (var open = new RandomAccessFile(file.toFile(), "rw")) {
      if (open.length() > length) {
        open.setLength(length);
      }
    }
  }

  /** A small file; null when it is missing. */
  static byte @org.jspecify.annotations.Nullable [] read(Path file, int most) throws IOException {
    try (var open = new RandomAccessFile(file.toFile(), "r")) {
      byte[] bytes = new byte[(int) Math.min(most, open.length())];
      open.readFully(bytes);
      return bytes;
    } catch (FileNotFoundException e) {
      return null;
    }
  }

  /** Removes a file or a folder with all that is in it; nothing when it is gone. */
  static void delete(Path path) throws IOException {
    if (!Files.isDirectory(path, java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
      Files.deleteIfExists(path);
      return;
    }
    Files.walkFileTree(
        path,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (e instanceof NoSuchFileException) {
              return FileVisitResult.CONTINUE;
            }
            throw e;
          }

          @Override
          public FileVisitResult postVisitDirectory(
              Path folder, @org.jspecify.annotations.Nullable IOException e) throws IOException {
            if (e != null) {
              throw e;
            }
            Files.deleteIfExists(folder);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  /** What could not be done with which file, in one line; full disks in a class of their own. */
  static IOException failure(String what, Path path, Throwable cause) {
    if (cause instanceof StoreFullException full) {
      return full;
    }
    if (isFull(cause)) {
      return new StoreFullException("no room on the disk of " + path, cause);
    }
    return new IOException(
        "cannot " + what + " " + path + ": " + reason(cause).lines().findFirst().orElse(""), cause);
  }

  /** Some exceptions say the file alone. */
  private static String reason(Throwable cause) {
    if (cause instanceof FileAlreadyExistsException) {
      return "something else has that name";
    }
    if (cause instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (cause instanceof NoSuchFileException gone) {
      return "there is no " + gone.getFile();
    }
    if (cause instanceof FileSystemException e && e.getReason() != null) {
      return e.getReason();
    }
    return cause.getMessage() == null ? cause.toString() : cause.getMessage();
  }

  private static boolean isFull(Throwable failure) {
    int depth = 0;
    for (Throwable e = failure; e != null && depth < 10; e = e.getCause(), depth++) {
      if (e instanceof InternalError) {
        return true; // a page of a mapped file that could not be had
      }
      String message = e.getMessage() == null ? "" : e.getMessage().toLowerCase(Locale.ROOT);
      if (message.contains("no space left")
          || message.contains("quota exceeded")
          || message.contains("not enough space")) {
        return true;
      }
    }
    return false;
  }
}
