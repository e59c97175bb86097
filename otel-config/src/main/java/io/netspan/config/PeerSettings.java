package io.netspan.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What is said about the other end of a connection when no process is known there.
 *
 * @param names for ranges; the narrowest that contains an address names it
 * @param hosts names single addresses, after the ranges
 * @param conntrack whether the kernel's connection tracking is asked where a translated connection
 *     went
 */
public record PeerSettings(List<NamedRange> names, HostsFile hosts, boolean conntrack) {
  static final int MOST_NAMES = 16_384;
  private static final int LARGEST_FILE = 4 << 20;
  private static final String REMEDY = "write a range and its name, such as 10.1.2.0/24 billing";

  public static final PeerSettings DEFAULTS =
      new PeerSettings(List.of(), new HostsFile.OfMachine(), /* conntrack= */ false);

  /** The ranges of a file. */
  public static final Form<List<NamedRange>> NAMES_FILE =
      Form.of(PeerSettings::read, _ -> true, "");

  /**
   * @throws ConfigException with all ranges that have two names
   */
  public PeerSettings {
    names = List.copyOf(names);
    if (names.size() > MOST_NAMES) {
      throw new ConfigException(
          List.of(
              "--peer-names and --peer-names-file name "
                  + names.size()
                  + " ranges: write at most "
                  + MOST_NAMES));
    }
    Map<AddressRange, String> known = new HashMap<>();
    List<String> problems = new ArrayList<>();
    for (NamedRange each : names) {
      String first = known.putIfAbsent(each.range(), each.name());
      if (first != null) {
        problems.add(
            "--peer-names has "
                + each.range().written()
                + " twice, as "
                + first
                + " and as "
                + each.name()
                + ": write it once, also across --peer-names-file");
      }
    }
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
  }

  /** Reads a file of lines such as {@code 10.1.2.0/24 billing # a comment}. */
  private static List<NamedRange> read(String file) {
    String[] lines = text(file).split("\n", -1);
    List<NamedRange> all = new ArrayList<>();
    for (int i = 0; i < lines.length; i++) {
      int comment = lines[i].indexOf('#');
      String line = (comment < 0 ? lines[i] : lines[i].substring(0, comment)).strip();
      if (line.isEmpty()) {
        continue;
      }
      String[] words = line.split("[\\s=]+", 2);
      try {
        all.add(NamedRange.of(words[0], words.length == 2 ? words[1].strip() : "", REMEDY));
      } catch (ConfigException e) {
        throw ConfigException.unreadable(
            file, "line " + (i + 1) + " begins with '" + start(words[0]) + "': " + e.remedy());
      }
    }
    return all;
  }

  private static String start(String word) {
    String printable = word.replaceAll("[^\\x20-\\x7e]", "?");
    return printable.length() <= 50 ? printable : printable.substring(0, 50) + "...";
  }

  private static String text(String file) {
    if (NamedPipe.is(Path.of(file))) {
      throw ConfigException.unreadable(file, "it is a named pipe; write the path of a file");
    }
    try (InputStream in = Files.newInputStream(Path.of(file))) {
      byte[] bytes = in.readNBytes(LARGEST_FILE + 1);
      if (bytes.length > LARGEST_FILE) {
        throw ConfigException.unreadable(file, "the file is larger than 4 MiB");
      }
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (NoSuchFileException e) {
      throw ConfigException.unreadable(file, "there is no such file; write the path of one");
    } catch (CharacterCodingException e) {
      throw ConfigException.unreadable(file, "the file is not UTF-8; write it in UTF-8");
    } catch (IOException e) {
      if (Files.isDirectory(Path.of(file))) {
        throw ConfigException.unreadable(file, "it is a directory; write the path of a file");
      }
      throw ConfigException.unreadable(
          file, "cannot be read (" + e.getClass().getSimpleName() + "); write a file that can");
    }
  }
}
