package io.emque.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Links between the pages of this repository lead somewhere. */
class LinksTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Set<String> NOT_OURS = Set.of("target", "node_modules", ".git");
  private static final Pattern BLOCK = Pattern.compile("(?ms)^ *```.*?^ *```$");
  private static final Pattern CODE = Pattern.compile("`[^`\n]*`");
  private static final Pattern LINK = Pattern.compile("]\\(([^()\\s]+(?:\\([^()\\s]*\\))?)\\)");
  private static final Pattern HEADING = Pattern.compile("(?m)^#{1,6} (.+)$");
  private static final Pattern ELSEWHERE = Pattern.compile("[a-z]+:.*");
  private static final Pattern NO_LETTER = Pattern.compile("[^\\p{L}\\p{N} _-]");

  private final Map<Path, Set<String>> anchors = new HashMap<>();

  @Test
  void everyLinkLeadsSomewhere() throws IOException {
    var broken = new ArrayList<String>();
    int links = 0;
    for (Path page : pages(ROOT)) {
      var matcher = LINK.matcher(prose(page));
      while (matcher.find()) {
        String link = matcher.group(1);
        if (!ELSEWHERE.matcher(link).matches()) {
          links++;
          if (!leadsSomewhere(page, link)) {
            broken.add(ROOT.relativize(page) + " links to " + link);
          }
        }
      }
    }

    assertThat(links).isGreaterThan(100);
    assertThat(broken).isEmpty();
  }

  @Test
  void everyPageIsInTheIndex() throws IOException {
    Path docs = ROOT.resolve("docs");
    String index = Files.readString(docs.resolve("README.md"));

    for (Path page : pages(docs)) {
      String name = docs.relativize(page).toString();
      if (!name.equals("README.md") && !name.matches("decisions/\\d.*|examples/.+/.+")) {
        assertThat(index).contains("](" + name + ")");
      }
    }
  }

  private boolean leadsSomewhere(Path page, String link) throws IOException {
    int hash = link.indexOf('#');
    String file = hash < 0 ? link : link.substring(0, hash);
    Path target = file.isEmpty() ? page : page.resolveSibling(file).normalize();
    if (!target.startsWith(ROOT) || !Files.exists(target)) {
      return false;
    }
    return hash < 0 || anchors(target).contains(link.substring(hash + 1));
  }

  /** The names that headings get where these pages are shown. */
  private Set<String> anchors(Path page) throws IOException {
    Set<String> known = anchors.get(page);
    if (known == null) {
      known = new HashSet<>();
      var headings = HEADING.matcher(BLOCK.matcher(Files.readString(page)).replaceAll(""));
      while (headings.find()) {
        String name =
            NO_LETTER
                .matcher(headings.group(1).toLowerCase(Locale.ROOT))
                .replaceAll("")
                .replace(' ', '-');
        String unique = name;
        for (int i = 1; !known.add(unique); i++) {
          unique = name + "-" + i;
        }
      }
      anchors.put(page, known);
    }
    return known;
  }

  /** Without what only looks like a link. */
  private static String prose(Path page) throws IOException {
    String text = BLOCK.matcher(Files.readString(page)).replaceAll("");
    return CODE.matcher(text).replaceAll("code");
  }

  private static List<Path> pages(Path folder) throws IOException {
    var pages = new ArrayList<Path>();
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            return NOT_OURS.contains(String.valueOf(folder.getFileName()))
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (file.toString().endsWith(".md")) {
              pages.add(file);
            }
            return FileVisitResult.CONTINUE;
          }
        });
    pages.sort(null);
    return pages;
  }
}
