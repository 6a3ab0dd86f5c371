package io.emque.distribution;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.util.Comparator;
import java.util.List;

/** Folders with all that is in them. */
final class FileTree {
  private FileTree() {}

  /** Gives a folder and all that is in it, links themselves too, one time. */
  static void setTimes(Path folder, FileTime time) throws IOException {
    List<Path> all;
    try (var walk = Files.walk(folder)) {
      all = walk.toList();
    }
    for (Path path : all) {
      if (!Files.getLastModifiedTime(path, NOFOLLOW_LINKS).equals(time)) {
        Files.getFileAttributeView(path, BasicFileAttributeView.class, NOFOLLOW_LINKS)
            .setTimes(time, null, null);
      }
    }
  }

  /** Deletes a folder; nothing happens when there is none. */
  static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    List<Path> deepestFirst;
    try (var walk = Files.walk(folder)) {
      deepestFirst = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : deepestFirst) {
      Files.delete(path);
    }
  }
}
