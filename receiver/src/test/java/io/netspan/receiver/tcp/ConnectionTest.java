package io.netspan.receiver.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.enrich.Contributors;
import io.netspan.receiver.net.Ends;
import io.netspan.receiver.telemetry.Resources;
import io.netspan.receiver.workload.FakeEnricher;
import io.netspan.receiver.workload.PeerName;
import io.netspan.receiver.workload.Workload;
import io.netspan.receiver.workload.WorkloadTable;
import io.opentelemetry.api.common.Attributes;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class ConnectionTest {
  private static final long ADDRESS = 0xffff_8880_1234_5678L;
  private static final WorkloadTable WORKLOADS =
      new WorkloadTable(
          new FakeEnricher(), Contributors.NONE, new Resources(Attributes.empty()), _ -> {});

  /** Connection objects are recycled: a value that is not reset would leak into the next one. */
  @Test
  void aRecycledConnectionEqualsANewOne() throws IllegalAccessException {
    Workload nobody = WORKLOADS.nobody();
    Connection fresh = new Connection(nobody);
    fresh.reset(ADDRESS, Role.SERVER, nobody);
    Connection used = new Connection(nobody);
    used.reset(ADDRESS, Role.SERVER, nobody);

    List<Object> changed = new ArrayList<>();
    change(used, changed);
    assertThat(changed).as("changed fields").hasSizeGreaterThan(40);
    assertThat(differences(used, fresh)).hasSize(changed.size());

    used.reset(ADDRESS, Role.SERVER, nobody);

    assertThat(differences(used, fresh)).isEmpty();
  }

  private static List<Field> fields(Object of) {
    List<Field> all = new ArrayList<>();
    for (Class<?> type = of.getClass(); type != Object.class; type = type.getSuperclass()) {
      for (Field field : type.getDeclaredFields()) {
        if (!Modifier.isStatic(field.getModifiers()) && !field.isSynthetic()) {
          field.setAccessible(true);
          all.add(field);
        }
      }
    }
    return all;
  }

  private static boolean isPart(Field field) {
    return field.getType() == Paired.class;
  }

  /** Gives every field a value that no new connection has. */
  private static void change(Object of, List<Object> changed) throws IllegalAccessException {
    for (Field field : fields(of)) {
      if (isPart(field)) {
        change(field.get(of), changed);
        continue;
      }
      field.set(of, other(field, field.get(of)));
      changed.add(field);
    }
  }

  private static Object other(Field field, @Nullable Object value) {
    Class<?> type = field.getType();
    if (type == int.class) {
      return 77;
    } else if (type == long.class) {
      return 77L;
    } else if (type == boolean.class) {
      return Boolean.FALSE.equals(value);
    } else if (type.isEnum()) {
      Object[] constants = type.getEnumConstants();
      return constants[0].equals(value) ? constants[1] : constants[0];
    } else if (type == Workload.class) {
      return WORKLOADS.find(77, 1);
    } else if (type == Connection.class) {
      return new Connection(WORKLOADS.nobody());
    }
    if (type == PassMarks.Heir.class) {
      return new PassMarks.Heir(77, 1);
    } else if (type == PassMarks.Doubt.class) {
      return new PassMarks.Doubt(77, 1);
    } else if (type == Counts.class) {
      return Counts.ZERO;
    } else if (type == Translation.class) {
      return new Translation(Ends.of(new Connection(WORKLOADS.nobody())), 77, 0);
    } else if (type == PeerName.class) {
      return new PeerName("corp", PeerName.Provenance.CIDR);
    } else if (type == Sliced.class) {
      return new Sliced(new Connection(WORKLOADS.nobody()), null);
    }
    throw new AssertionError(field + ": add another value of this type here");
  }

  private static List<String> differences(Object one, Object other) throws IllegalAccessException {
    List<String> all = new ArrayList<>();
    for (Field field : fields(one)) {
      if (isPart(field)) {
        all.addAll(differences(field.get(one), field.get(other)));
      } else if (!Objects.equals(field.get(one), field.get(other))) {
        all.add(field.getName());
      }
    }
    return all;
  }

  @Test
  void countersDoNotGoBack() {
    Connection connection = new Connection(WORKLOADS.nobody());
    connection.bytesSent = 100;
    connection.bytesReceived = 100;
    connection.retransmits = -1; // The kernel's counter has no sign.
    assertThat(connection.takeSent()).isEqualTo(100);
    assertThat(connection.takeReceived()).isEqualTo(100);
    assertThat(connection.takeRetransmits()).isEqualTo(0xFFFF_FFFFL);

    connection.bytesSent = 60;
    connection.bytesReceived = 60;
    connection.retransmits = 60;
    assertThat(connection.takeSent()).isZero();
    assertThat(connection.takeReceived()).isZero();
    assertThat(connection.takeRetransmits()).isZero();

    connection.bytesSent = 110;
    connection.bytesReceived = 120;
    assertThat(connection.takeSent()).isEqualTo(10);
    assertThat(connection.takeReceived()).isEqualTo(20);
  }
}
