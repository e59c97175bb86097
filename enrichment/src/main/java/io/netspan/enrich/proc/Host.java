package io.netspan.enrich.proc;

import io.netspan.enrich.NameBasedUuid;
import java.nio.file.Path;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The machine that this process runs on, and which of the machine's processes it is.
 *
 * @param id the machine's own id, 32 hexadecimal digits; null if unknown
 * @param name the machine's name; null if unknown
 * @param contained whether this process runs in a container
 * @param scope what distinguishes this process from others like it on the machine: its pod and
 *     container, its container, or what else it has that stays over a restart; empty outside of
 *     containers
 */
public record Host(@Nullable String id, @Nullable String name, boolean contained, String scope) {

  /** The namespace of the ids of instances, an arbitrary UUID. */
  private static final UUID INSTANCES = UUID.fromString("6f1a5e1c-9b0f-4f0e-8d52-2f0c7a3f4b6d");

  /**
   * Reads the files that {@link HostFiles} lists.
   *
   * @param root the file system's root; {@code /} but in tests
   * @param hostRoot where the machine's root is mounted in this container; null if it is not
   * @param nodeName the machine's name as given by an orchestrator; null if there is none
   */
  public static Host find(Path root, @Nullable Path hostRoot, @Nullable String nodeName) {
    return new HostFiles(root, hostRoot).find(nodeName);
  }

  /** This host with the user's id and name, where they are not null. */
  public Host with(@Nullable String userId, @Nullable String userName) {
    return new Host(
        userId != null ? userId : id, userName != null ? userName : name, contained, scope);
  }

  /**
   * A name-based UUID (version 5) of the machine and the scope: the same after a restart.
   *
   * @param number which one of several with the same scope
   */
  public String instanceId(int number) {
    String what = String.join("\n", text(id), text(name), scope);
    return NameBasedUuid.of(INSTANCES, number == 0 ? what : what + "\n" + number).toString();
  }

  private static String text(@Nullable String value) {
    return value == null ? "" : value;
  }
}
