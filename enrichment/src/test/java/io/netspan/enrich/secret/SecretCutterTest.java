package io.netspan.enrich.secret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import io.netspan.enrich.name.CommandArguments;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SecretCutterTest {
  /** Arguments are separated by a bar here. */
  static Stream<Arguments> commands() {
    return Stream.of(
        argumentSet("option=", "app|--password=hunter2|-v", "app|--password=***|-v"),
        argumentSet("option, argument", "app|--token|abc|-v", "app|--token|***|-v"),
        argumentSet("secret looks like an option", "app|--token|--abc", "app|--token|***"),
        argumentSet("single dash", "app|-secret|abc", "app|-secret|***"),
        argumentSet("mysql, attached", "mysql|-uroot|-phunter2|db", "mysql|-uroot|-p***|db"),
        argumentSet("mysql, apart", "mysql|-p|hunter2", "mysql|-p|***"),
        argumentSet("mysql with user", "x|-uroot:hunter2", "x|-uroot:***"),
        argumentSet("key", "app|key=abc|--api-key=abc", "app|key=***|--api-key=***"),
        argumentSet(
            "variable", "env|AWS_SECRET_ACCESS_KEY=a/b=|x", "env|AWS_SECRET_ACCESS_KEY=***|x"),
        argumentSet("suffix _SECRET", "env|STRIPE_SECRET=abc", "env|STRIPE_SECRET=***"),
        argumentSet("PGPASSWORD", "env|PGPASSWORD=abc|psql", "env|PGPASSWORD=***|psql"),
        argumentSet("camel case", "app|--dbPass=abc|-DjwtSalt=x", "app|--dbPass=***|-DjwtSalt=***"),
        argumentSet(
            "key store",
            "java|-Djavax.net.ssl.keyStorePassword=changeit|-jar|a.jar",
            "java|-Djavax.net.ssl.keyStorePassword=***|-jar|a.jar"),
        argumentSet(
            "exporter's headers",
            "java|-Dotel.exporter.otlp.headers=api-key=abc,x=y|Main",
            "java|-Dotel.exporter.otlp.headers=api-key=***|Main"),
        argumentSet("URL", "app|postgres://u:p@h/db", "app|postgres://***@h/db"),
        argumentSet("URL with token as user", "git|https://abc@h/r", "git|https://***@h/r"),
        argumentSet("URL, password with @ and /", "app|amqp://u:p@/x@h", "app|amqp://***@h"),
        argumentSet("option with URL", "app|--db=redis://:p@h:1", "app|--db=redis://***@h:1"),
        argumentSet("URL, both", "app|https://u:p@h/?token=x", "app|https://***@h/?token=***"),
        argumentSet(
            "JDBC",
            "app|jdbc:mysql://h/d?user=u&password=p&ssl=true",
            "app|jdbc:mysql://h/d?user=u&password=***"),
        argumentSet("user and password without scheme", "rsync|u:p@h:/x", "rsync|u:***@h:/x"),
        argumentSet("sqlplus", "sqlplus|scott/tiger@db", "sqlplus|scott/***@db"),
        argumentSet("curl -u", "curl|-u|u:p|http://h/", "curl|-u|u:***|http://h/"),
        argumentSet("curl --user=", "curl|--user=u:p", "curl|--user=u:***"),
        argumentSet("header", "curl|-H|Authorization: Bearer abc", "curl|-H|Authorization: ***"),
        argumentSet("header without blank", "curl|-H|X-Api-Key:abc", "curl|-H|X-Api-Key:***"),
        argumentSet("bearer", "curl|-H|X: Bearer abc", "curl|-H|X: Bearer ***"),
        argumentSet("bearer, apart", "app|Bearer|abc", "app|Bearer|***"),
        argumentSet(
            "shell script", "sh|-c|mysql -phunter2 && x --password 'a b'|y", "sh|-c|mysql -p***|y"),
        argumentSet(
            "shell script, quoted", "sh|-c|x --password 'a b'|y", "sh|-c|x --password ***|y"),
        argumentSet("secret of two words", "app|--password|a b|-v", "app|--password|***|-v"),
        argumentSet("JSON", "app|{\"password\":\"abc\"}", "app|{\"password\":***"),
        argumentSet("JSON with blank", "app|{\"password\": \"abc\"}", "app|{\"password\": ***"),
        argumentSet("redis-cli", "/usr/bin/redis-cli|-a|abc", "/usr/bin/redis-cli|-a|***"),
        argumentSet("redis-cli, AUTH", "redis-cli|AUTH|abc", "redis-cli|AUTH|***"),
        argumentSet("openssl", "openssl|x|-passin|pass:abc", "openssl|x|-passin|***"),
        argumentSet("shape: GitHub", "app|ghp_16C7e42F292c6912E7", "app|***"),
        argumentSet("shape: JWT", "app|x=eyJhbGciOiJIUzI1NiJ9.e30.x", "app|x=***"),
        argumentSet("empty value, then", "app|--password=|abc", "app|--password=|***"),
        argumentSet("ends with the option", "app|--password", "app|--password"),
        argumentSet("nothing secret", "app|-v|--port=80|host:80", "app|-v|--port=80|host:80"),
        argumentSet("program's own name", "/bin/pass|show", "/bin/pass|show"),
        argumentSet("program's name is a word for a secret", "token|list", "token|list"),
        argumentSet("ssh", "ssh|me@host|-i|/id", "ssh|me@host|-i|/id"),
        argumentSet("file with @", "x|/a/b@2x.png|@scope/x", "x|/a/b@2x.png|@scope/x"),
        argumentSet("title", "nginx: worker process", "nginx: worker process"),
        argumentSet("disk-1 is no token", "mount|/disk-1", "mount|/disk-1"),
        argumentSet("err on cutting: a port", "app|-p8080", "app|-p***"));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void cuts(String command, String expected) {
    List<String> shown = CommandArguments.presentable(List.of(command.split("\\|", -1)));

    assertThat(String.join("|", shown)).isEqualTo(expected);
  }

  @Test
  void longArgumentIsCutAfterItsSecretsAre() {
    String password = "p".repeat(5_000);

    assertThat(CommandArguments.presentable(List.of("app", "http://u:" + password + "@h/")))
        .containsExactly("app", "http://***@h/");
  }

  @Test
  void argumentsAndTheirSumAreLimited() {
    List<String> shown =
        CommandArguments.presentable(
            List.of(
                "app",
                "a".repeat(5_000),
                "b".repeat(5_000),
                "c",
                "d".repeat(5_000),
                "e".repeat(5_000),
                "f"));

    assertThat(shown).allSatisfy(argument -> assertThat(argument).hasSizeLessThanOrEqualTo(1024));
    assertThat(String.join(" ", shown)).hasSizeLessThanOrEqualTo(4096);
    assertThat(shown).hasSize(6);
  }

  @Test
  void escapesAndNewLinesAreReplaced() {
    assertThat(CommandArguments.presentable(List.of("a\u001b[2J", "b\nc", "\u202Ed")))
        .containsExactly("a\uFFFD[2J", "b\uFFFDc", "\uFFFDd");
  }

  @Test
  void splitsAtNulAndDropsWhatATitleLeavesBehind() {
    assertThat(split("a\0\0b\0")).containsExactly("a", "", "b");
    assertThat(split("title\0\0\0\0")).containsExactly("title");
    assertThat(split("no end")).containsExactly("no end");
    assertThat(split("")).isEmpty();
  }

  private static List<String> split(String line) {
    return CommandArguments.split(line.getBytes(StandardCharsets.UTF_8));
  }

  /** A quadratic search would take minutes here. */
  @Test
  void takesLinearTimeWhateverTheText() {
    List<String> patterns =
        List.of("a", "=", ":", "://", "@", "a=", "\"", "pass", "-p ", "sk-", "=\"");
    Assertions.assertTimeout(
        Duration.ofSeconds(20),
        () ->
            patterns.forEach(
                pattern ->
                    CommandArguments.presentable(
                        List.of("app", pattern.repeat(256 * 1024 / pattern.length())))));
  }
}
