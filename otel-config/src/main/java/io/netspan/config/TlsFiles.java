package io.netspan.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The files of {@link ClientTls}; at least one of them is named.
 *
 * @param authorities the certificates that a backend's is checked against
 * @param key the client's private key
 * @param certificate the client's certificate and those that lead to an authority
 */
public record TlsFiles(
    @Nullable Setting authorities, @Nullable Setting key, @Nullable Setting certificate) {

  private Stream<Setting> named() {
    return Stream.of(authorities, key, certificate).filter(Objects::nonNull);
  }

  /**
   * Reads them.
   *
   * @throws ConfigException if one cannot be used
   */
  public ClientTls read() {
    return ClientTls.read(this);
  }

  /**
   * What tells whether a file was written or replaced: equal lists mean that none was. Links are
   * followed, since a mounted secret is replaced by moving one.
   */
  public List<String> versions() {
    return named().map(file -> version(file.value())).toList();
  }

  private static String version(String file) {
    try {
      BasicFileAttributes now = Files.readAttributes(Path.of(file), BasicFileAttributes.class);
      return now.fileKey() + " " + now.size() + " " + now.lastModifiedTime();
    } catch (IOException | InvalidPathException e) {
      return e.toString();
    }
  }

  /** The names of the files. */
  @Override
  public String toString() {
    return named().map(Setting::value).collect(Collectors.joining(", "));
  }
}
