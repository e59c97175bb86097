package io.netspan.enrich.kube;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pods in the paths that kubelets make, by their names leaf first. */
final class PodCgroupTest {
  private static final String UID = "3f1e5a60-1c1f-4c52-9d1b-0a2b3c4d5e6f";

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "cri-containerd-X.scope kubepods-burstable-podU_.slice kubepods-burstable.slice; U",
        "crio-X.scope kubepods-podU_.slice kubepods.slice; U",
        "X podU burstable kubepods; U",
        "X podU kubepods; U",
        "kubepods-besteffort-podU_.slice:cri-containerd:X system.slice; U",
        "app.service system.slice X podU kubepods; U",
        "X pod0123456789abcdef0123456789abcdef burstable; 0123456789abcdef0123456789abcdef",
        "X libpod_parent; ''",
        "docker-X.scope system.slice; ''",
        "podU0 x; ''",
        "tripodU; ''",
      })
  void theUidIsThatOfTheInnermostPod(String path, String expected) {
    List<String> names =
        Arrays.stream(path.split(" ", -1))
            .map(name -> name.replace("U_", UID.replace('-', '_')).replace("U", UID))
            .toList();

    String found = PodCgroup.uid(names);

    assertThat(found == null ? "" : found).isEqualTo(expected.replace("U", UID));
  }
}
