package io.netspan.enrich.name;

import io.netspan.enrich.cgroup.UnitNames;
import io.netspan.enrich.secret.Untrusted;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Finds a systemd service in the names of a cgroup path, and decides whether it says what a process
 * is.
 *
 * <p>Scopes and slices are no services. Units that exist to run other programs do not name those
 * programs: a program started by hand over ssh, without its own session scope, is not "ssh", nor is
 * a cron job "cron", nor a container "docker". The daemons themselves are then called by their
 * executable, which says the same.
 */
public final class SystemdUnit {
  private static final String SERVICE = ".service";

  private static final Set<String> HOSTS =
      Set.of(
          """
          ssh sshd dropbear telnetd getty serial-getty console-getty container-getty autovt user
          login debug-shell rescue emergency gdm lightdm sddm display-manager xrdp-sesman
          cron crond cronie anacron atd inetd xinetd rc-local supervisor supervisord runit runsvdir
          monit
          docker containerd crio cri-o podman kubelet k3s k3s-agent rke2-server rke2-agent lxc lxd
          incus systemd-nspawn snap.docker.dockerd snap.lxd.daemon snap.microk8s.daemon-containerd
          snap.microk8s.daemon-kubelite
          """
              .strip()
              .split("\\s+"));

  /** What systemd-run makes up when it is given no name. */
  private static final Pattern TRANSIENT = Pattern.compile("run-[rpu]?[0-9a-f]+(-i[0-9]+)?");

  private SystemdUnit() {}

  /** The nearest service above the process; names are given leaf first. */
  public static @Nullable String find(List<String> names) {
    for (String name : names) {
      if (name.endsWith(SERVICE) && name.length() > SERVICE.length()) {
        return name.startsWith("_") ? name.substring(1) : name;
      }
    }
    return null;
  }

  /**
   * What the unit calls the service, or null if it does not say. The instance of a template stays
   * in the name: {@code postgresql@16-main} and {@code postgresql@17-main} are as often two
   * services as they are two of one.
   */
  public static @Nullable String serviceName(String unit) {
    String name = unit.substring(0, unit.length() - SERVICE.length());
    int instance = name.indexOf('@');
    String template = instance < 0 ? name : name.substring(0, instance);
    if (HOSTS.contains(template) || TRANSIENT.matcher(template).matches()) {
      return null;
    }
    return Untrusted.text(UnitNames.unescaped(name), Untrusted.NAME_MAX);
  }
}
