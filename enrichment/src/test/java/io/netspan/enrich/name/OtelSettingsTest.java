package io.netspan.enrich.name;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OtelSettingsTest {
  private static OtelEnvironment environment(String... variables) {
    String block = String.join("\0", variables) + "\0";
    return OtelEnvironment.parse(block.getBytes(StandardCharsets.UTF_8), /* cut= */ false);
  }

  @Test
  void ownVariableGoesBeforeResourceAttributes() {
    OtelEnvironment both =
        environment(
            "PATH=/bin",
            "OTEL_RESOURCE_ATTRIBUTES=service.name=b,service.namespace=n,service.instance.id=i,"
                + "service.version=1.2",
            "OTEL_SERVICE_NAME=a");

    assertThat(OtelSettings.of(both)).isEqualTo(new OtelSettings("a", "n", "i", "1.2", Map.of()));
  }

  @Test
  void emptyIsUnset() {
    OtelEnvironment empty =
        environment(
            "OTEL_SERVICE_NAME=", "OTEL_RESOURCE_ATTRIBUTES=service.name= ,service.version=");

    assertThat(OtelSettings.of(empty)).isEqualTo(OtelSettings.NONE);
  }

  @Test
  void onlyTheJvmHeedsItsOptions() {
    OtelEnvironment environment =
        environment("OTEL_SERVICE_NAME=a", "JAVA_TOOL_OPTIONS=-Dotel.service.name=b");

    assertThat(OtelSettings.of(environment).serviceName()).isEqualTo("a");
    assertThat(OtelSettings.ofJvm(environment, List.of()).serviceName()).isEqualTo("b");
  }

  @Test
  void laterSourcesOfSystemPropertiesWin() {
    String tool = "JAVA_TOOL_OPTIONS=-Xmx1g -Dotel.service.name=tool";
    String jdk = "JDK_JAVA_OPTIONS=\"-Dotel.service.name=jdk launcher\"";
    String last = "_JAVA_OPTIONS='-Dotel.service.name=last'";
    List<String> command = List.of("-Dotel.service.name=command");

    assertThat(OtelSettings.ofJvm(environment(tool, jdk), List.of()).serviceName())
        .isEqualTo("jdk launcher");
    assertThat(OtelSettings.ofJvm(environment(tool, jdk), command).serviceName())
        .isEqualTo("command");
    assertThat(OtelSettings.ofJvm(environment(tool, jdk, last), command).serviceName())
        .isEqualTo("last");
  }

  @Test
  void attributesOfAPropertyReplaceThoseOfTheVariable() {
    OtelEnvironment environment =
        environment("OTEL_RESOURCE_ATTRIBUTES=service.name=a,service.version=1");
    List<String> options = List.of("-Dotel.resource.attributes=service.name=b");

    assertThat(OtelSettings.ofJvm(environment, options))
        .isEqualTo(new OtelSettings("b", null, null, null, Map.of()));
  }

  @Test
  void percentDecoding() {
    assertThat(ResourceAttributes.parse("a=%C3%A9%2C%3D%25,b=1+1,c%2Ed=x,e=p=q"))
        .isEqualTo(Map.of("a", "é,=%", "b", "1+1", "c.d", "x", "e", "p=q"));
  }

  @Test
  void blanksAroundAreStripped() {
    assertThat(ResourceAttributes.parse(" a = b , c = d e "))
        .isEqualTo(Map.of("a", "b", "c", "d e"));
  }

  @Test
  void badEntriesAreIgnoredAndTheLastOfTwoCounts() {
    assertThat(ResourceAttributes.parse("x,=y,a=%,b=%4,c=%zz,d=%-1,,e=1,e=2"))
        .isEqualTo(Map.of("e", "2"));
  }

  @Test
  void invalidUtf8IsReplaced() {
    assertThat(ResourceAttributes.parse("a=%FF%1B")).isEqualTo(Map.of("a", "\uFFFD\u001b"));
  }

  @Test
  void hostileValuesAreHarmlessAndShort() {
    OtelEnvironment environment =
        environment(
            "OTEL_SERVICE_NAME=a\u001b[2J\nb",
            "OTEL_RESOURCE_ATTRIBUTES=service.version=%1B,service.namespace=" + "n".repeat(1000));

    OtelSettings settings = OtelSettings.of(environment);

    assertThat(settings.serviceName()).isEqualTo("a\uFFFD[2J\uFFFDb");
    assertThat(settings.version()).isEqualTo("\uFFFD");
    assertThat(settings.namespace()).isEqualTo("n".repeat(255));
  }

  @Test
  void firstOfTwoVariablesCountsAndOthersAreNotTaken() {
    assertThat(
            environment(
                "XOTEL_SERVICE_NAME=x",
                "OTEL_SERVICE_NAMES=y",
                "OTEL_SERVICE_NAME",
                "OTEL_SERVICE_NAME=1",
                "OTEL_SERVICE_NAME=2"))
        .isEqualTo(new OtelEnvironment("1", null, null, null, null));
  }

  @Test
  void variableThatTheLimitCutIsNotTaken() {
    byte[] block = "A=1\0OTEL_SERVICE_NAME=half".getBytes(StandardCharsets.UTF_8);

    assertThat(OtelEnvironment.parse(block, /* cut= */ true).serviceName()).isNull();
    assertThat(OtelEnvironment.parse(block, /* cut= */ false).serviceName()).isEqualTo("half");
  }
}
