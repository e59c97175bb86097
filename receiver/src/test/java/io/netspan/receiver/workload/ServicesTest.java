package io.netspan.receiver.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class ServicesTest {
  private final Services services = new Services();

  private static Service.Key named(String name) {
    return new Service.Key(name, null, Map.of());
  }

  @Test
  void oneServicePerKey() {
    Service a = services.intern(named("a"));
    Service b = services.intern(named("b"));

    assertThat(services.intern(named("a"))).isSameAs(a);
    assertThat(Set.of(a.number(), b.number(), services.overflow().number())).hasSize(3);
    assertThat(b.name()).isEqualTo("b");
    assertThat(services.intern(new Service.Key("a", "shop", Map.of()))).isNotSameAs(a);
  }

  @Test
  void attributesDistinguishServicesOfOneName() {
    Service one = services.intern(new Service.Key("a", "shop", Map.of("service.version", "1")));
    Service two = services.intern(new Service.Key("a", "shop", Map.of("service.version", "2")));

    assertThat(one).isNotSameAs(two);
    assertThat(one.named()).isSameAs(two.named()).isSameAs(services.intern(named("a", "shop")));
    assertThat(one.named().named()).isSameAs(one.named());
  }

  private static Service.Key named(String name, @Nullable String namespace) {
    return new Service.Key(name, namespace, Map.of());
  }

  @Test
  void pastTheMostServicesNewOnesShareOne() {
    List<Service> held = new ArrayList<>();
    Set<Integer> numbers = new HashSet<>();
    for (int i = 0; i < 2 * Services.MOST; i++) {
      Service one = services.intern(named("service-" + i));
      held.add(one);
      numbers.add(one.number());
    }

    assertThat(numbers).hasSize(Services.MOST);
    assertThat(services.intern(named("one more"))).isSameAs(services.overflow());
    assertThat(services.overflow().name()).isEqualTo("otel.overflow");
    assertThat(services.intern(named("service-0"))).isSameAs(held.getFirst());
  }

  /** Otherwise a machine on which many programs run once would have no names left. */
  @Test
  void unreferencedServicesAreForgottenAndTheirNumbersGivenAway() {
    Service kept = services.intern(named("kept"));
    Set<Integer> numbers = new HashSet<>();
    for (int i = 0; i < Services.MOST; i++) {
      numbers.add(services.intern(named("service-" + i)).number());
    }
    await()
        .until(
            () -> {
              System.gc();
              return services.size() == 1;
            });
    for (int i = 0; i < Services.MOST; i++) {
      Service again = services.intern(named("another-" + i));
      assertThat(again).isNotSameAs(kept);
      numbers.add(again.number());
    }

    assertThat(numbers).allMatch(number -> number < Services.MOST);
    assertThat(services.intern(named("kept"))).isSameAs(kept);
  }
}
