package io.netspan.enrich.name;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class CommandNamesTest {
  static Stream<Arguments> jvms() {
    return Stream.of(
        argumentSet(
            "class", "java com.acme.OrderService x", "com.acme.OrderService", "OrderService"),
        argumentSet("common name", "java com.acme.Main", "com.acme.Main", "com.acme.Main"),
        argumentSet("no package", "java Orders", "Orders", "Orders"),
        argumentSet("slashes", "java com/acme/Orders", "com.acme.Orders", "Orders"),
        argumentSet("nested", "java com.acme.Shop$Orders", "com.acme.Shop$Orders", "Shop$Orders"),
        argumentSet("jar", "java -jar /opt/orders.jar --x", "orders.jar", "orders"),
        argumentSet("jar, options after", "java -jar -Xmx1g orders.jar", "orders.jar", "orders"),
        argumentSet(
            "class path", "java -cp a.jar:b.jar com.acme.Orders", "com.acme.Orders", "Orders"),
        argumentSet(
            "-classpath", "java -classpath /a/* com.acme.Orders", "com.acme.Orders", "Orders"),
        argumentSet(
            "--class-path=", "java --class-path=a com.acme.Orders", "com.acme.Orders", "Orders"),
        argumentSet(
            "opens, exports, modules",
            "java --add-opens java.base/java.lang=ALL-UNNAMED --add-exports a/b=c --add-modules x -ea"
                + " -XX:+UseZGC -javaagent:/a.jar=x com.acme.Orders",
            "com.acme.Orders",
            "Orders"),
        argumentSet(
            "module", "java -p mods -m shop/com.acme.Orders x", "com.acme.Orders", "Orders"),
        argumentSet("--module", "java --module shop/com.acme.Orders", "com.acme.Orders", "Orders"),
        argumentSet("--module=", "java --module=shop/com.acme.Orders", "com.acme.Orders", "Orders"),
        argumentSet("module alone", "java -p m -m shop.orders", "shop.orders", "orders"),
        argumentSet("source file", "java --source 25 src/Orders.java", "Orders", "Orders"),
        argumentSet(
            "argument file before", "java @opts com.acme.Orders", "com.acme.Orders", "Orders"),
        argumentSet("all in an argument file", "java @all --port 8080", null, null),
        argumentSet("jar in the argument file", "java @all", null, null),
        argumentSet("no class name", "java 8080", null, null),
        argumentSet("nothing", "java", null, null),
        argumentSet("version", "java -version", null, null),
        argumentSet("-m without more", "java -m", null, null));
  }

  @ParameterizedTest
  @MethodSource("jvms")
  void jvm(String command, @Nullable String main, @Nullable String name) {
    JavaCommand java = JavaCommand.parse(List.of(command.split(" ")));

    assertThat(java.main()).isEqualTo(main);
    assertThat(java.serviceName()).isEqualTo(name);
  }

  @Test
  void jvmOfNoArguments() {
    assertThat(JavaCommand.parse(List.of())).isEqualTo(new JavaCommand(null, false, List.of()));
  }

  @ParameterizedTest
  @CsvSource({
    "orders-1.4.2.jar, orders",
    "orders-1.4.2-SNAPSHOT.jar, orders",
    "orders-1.0.0.RELEASE.jar, orders",
    "orders-service-2024.1-exec.jar, orders-service",
    "orders-1.0-20240101.120000-3.jar, orders",
    "orders-v2.war, orders",
    "orders_2.13-3.1.0.jar, orders",
    "orders-1.2+4f5e6d7c.jar, orders",
    "orders-1.0-beta2.jar, orders",
    "web-3d-viewer.jar, web-3d-viewer",
    "log4j2.jar, log4j2",
    "orders-2-worker.jar, orders-2-worker",
    "_1.0.jar, _1.0",
    "orders, orders",
    "ORDERS-1.0.JAR, ORDERS",
  })
  void jarWithoutVersion(String jar, String name) {
    assertThat(JavaCommand.parse(List.of("java", "-jar", jar)).serviceName()).isEqualTo(name);
  }

  @Test
  void jarNameCannotStallThePattern() {
    String jar = "a" + "-1.1234567".repeat(20_000) + "x!.jar";

    Assertions.assertTimeout(
        Duration.ofSeconds(10),
        () -> JavaCommand.parse(List.of("java", "-jar", jar)).serviceName());
  }

  static Stream<Arguments> scripts() {
    return Stream.of(
        argumentSet("python", "python3.11", "python3 /srv/shop/orders.py -x", "orders"),
        argumentSet(
            "python, options", "python3", "python3 -u -W ignore -X dev orders.py", "orders"),
        argumentSet("python, clustered", "python", "python -uWignore orders.py", "orders"),
        argumentSet("python, module", "python3", "python3 -m http.server 80", "http.server"),
        argumentSet(
            "python, module clustered", "python3", "python3 -Im gunicorn app:app", "gunicorn"),
        argumentSet("python, module attached", "python3", "python3 -mflask run", "flask"),
        argumentSet("python, code", "python3", "python3 -c print(1) x.py", null),
        argumentSet("python, input", "python3", "python3 - x", null),
        argumentSet(
            "python, installed script",
            "python3.12",
            "/usr/bin/python3 /usr/bin/gunicorn a:a",
            "gunicorn"),
        argumentSet("python, directory", "python3", "python3 /srv/shop/__main__.py", "shop"),
        argumentSet("python, directory itself", "python3", "python3 /srv/shop/", "shop"),
        argumentSet(
            "node",
            "node",
            "node --inspect --max-old-space-size=9 -r dotenv/config dist/server.mjs",
            "server"),
        argumentSet("node, index", "node", "node /srv/shop/index.js", "shop"),
        argumentSet("node, index here", "node", "node ./index.js", "index"),
        argumentSet("node, import", "node", "node --import ./otel.mjs orders.js", "orders"),
        argumentSet("node, code", "node", "node -e x.js", null),
        argumentSet("node, end of options", "node", "node -- orders.js", "orders"),
        argumentSet("ruby", "ruby3.1", "ruby -Ilib -r json bin/orders.rb", "orders"),
        argumentSet("ruby, code", "ruby", "ruby -ne x", null),
        argumentSet("shell", "bash", "bash -eu -o pipefail /srv/orders.sh x", "orders"),
        argumentSet("shell, by its first line", "dash", "/bin/sh /usr/bin/backup --all", "backup"),
        argumentSet("shell, code", "bash", "bash -lc x.sh", null),
        argumentSet("shell, input", "dash", "sh -s x", null),
        argumentSet("shell, interactive", "bash", "bash -i", null),
        argumentSet("perl", "perl", "perl -w -I lib -Mstrict bin/orders.pl -x", "orders"),
        argumentSet("perl, code", "perl5.36", "perl -ne print x.pl", null),
        argumentSet("php", "php8.2", "php -d memory_limit=1G /srv/shop/artisan serve", "artisan"),
        argumentSet("php, file", "php", "php -f /srv/shop/index.php x", "shop"),
        argumentSet("php, code", "php", "php -r 1; x.php", null),
        argumentSet("php, its own server", "php8.2", "php -S 0.0.0.0:80 -t /srv router.php", null),
        argumentSet("dotnet", "dotnet", "dotnet /app/Orders.Api.dll --urls x", "Orders.Api"),
        argumentSet("dotnet, exec", "dotnet", "dotnet exec --depsfile a.json Orders.dll", "Orders"),
        argumentSet("dotnet, SDK", "dotnet", "dotnet build Orders.dll", null),
        argumentSet("dotnet, nothing", "dotnet", "dotnet --info", null),
        argumentSet("nothing", "python3", "python3 -u", null),
        argumentSet("interactive", "python3", "python3", null),
        argumentSet("option lacks its argument", "python3", "python3 -m", null));
  }

  @ParameterizedTest
  @MethodSource("scripts")
  void script(String executable, String command, @Nullable String name) {
    assertThat(ScriptCommand.name(executable, List.of(command.split(" ")))).isEqualTo(name);
  }

  @ParameterizedTest
  @CsvSource({
    "redis-check-rdb, redis-server, /usr/bin/redis-server, redis-server",
    "redis-check-rdb, redis-server, /usr/bin/redis-server 127.0.0.1:6379, redis-server",
    "redis-check-rdb, redis-server, redis-server unixsocket:/run/redis.sock, redis-server",
    "real, linked, /opt/with spaces/linked, linked",
    "redis-check-rdb, redis-server, redis-server *:6379, redis-server",
    "busybox, wget, wget, wget",
    "python3.11, python3, python3, python3",
    "bash, bash, -bash,",
    "dash, sh, -sh, sh",
    "real, a-name-that-is-, /opt/a-name-that-is-longer-than-comm, a-name-that-is-longer-than-comm",
    "nginx, nginx, nginx: worker process,",
    "worker, renamed, worker,",
    "worker, '', renamed,",
  })
  void calledName(String executable, String comm, String first, @Nullable String name) {
    assertThat(CalledName.of(executable, comm, List.of(first, "x"))).isEqualTo(name);
  }

  @ParameterizedTest
  @CsvSource({"busybox httpd -f, httpd", "/bin/busybox nc, nc", "busybox --list,", "busybox,"})
  void appletThatIsAnArgument(String command, @Nullable String name) {
    assertThat(CalledName.of("busybox", "busybox", List.of(command.split(" ")))).isEqualTo(name);
  }

  @Test
  void calledNameWithoutArguments() {
    assertThat(CalledName.of("busybox", "httpd", List.of())).isEqualTo("httpd");
    assertThat(CalledName.of("redis-check-rdb", "redis-server", List.of())).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "-cp a -ea; -cp|a|-ea",
        "'-cp \"a b\"''c d''e'; -cp|a bc de",
        "'\"C:\\\\x\\ty\" z'; C:\\x\ty|z",
        "'a # comment\nb#c\nd'; a|b|d",
        "'a\\\n   b'; ab",
        "'\"a\\\n   b\"'; ab",
        "'\"open\nnext'; open|next",
        "'\"\"'; ''",
        "'\\'; \\",
      })
  void argumentFile(String content, String words) {
    assertThat(ArgumentFiles.split(content)).containsExactly(words.split("\\|", -1));
  }

  @Test
  void argumentFilesAreExpandedBeforeTheMainClass() {
    Function<String, @Nullable String> files =
        Map.of("cp", "-cp x", "main", "@cp com.acme.Orders a", "jar", "-jar orders.jar")::get;

    assertThat(ArgumentFiles.expand(List.of("java", "@cp", "A", "@main"), files))
        .containsExactly("java", "-cp", "x", "A", "@main");
    assertThat(ArgumentFiles.expand(List.of("java", "@jar", "@cp"), files))
        .containsExactly("java", "-jar", "orders.jar", "@cp");
    assertThat(ArgumentFiles.expand(List.of("java", "@main"), files))
        .as("a file is not expanded in a file")
        .containsExactly("java", "@cp", "com.acme.Orders", "a");
    assertThat(ArgumentFiles.expand(List.of("java", "@@cp", "@none", "A"), files))
        .containsExactly("java", "@cp", "@none", "A");
    assertThat(ArgumentFiles.expand(List.of("java", "--disable-@files", "@cp"), files))
        .containsExactly("java", "--disable-@files", "@cp");
    assertThat(ArgumentFiles.expand(List.of("@cp"), files)).containsExactly("@cp");
  }

  @Test
  void argumentFilesAreBounded() {
    List<String> asked = new ArrayList<>();
    Function<String, @Nullable String> options =
        path -> {
          asked.add(path);
          return "-Dx=" + "y".repeat(60_000);
        };
    List<String> many = new ArrayList<>(Collections.nCopies(80_000, "@f"));
    many.addFirst("java");

    List<String> expanded = ArgumentFiles.expand(many, options);

    assertThat(asked).as("16 files, or 256 Ki characters").hasSize(5);
    assertThat(expanded).hasSize(80_001).endsWith("@f");
    asked.clear();
    assertThat(ArgumentFiles.expand(many, path -> asked.add(path) ? "" : null))
        .hasSize(80_001 - 16);
    assertThat(asked).hasSize(16);
  }

  @ParameterizedTest
  @CsvSource({
    "puma 6.4.0 (tcp://0.0.0.0:3000) [shop], puma",
    "gunicorn: master [shop], gunicorn",
    "[celeryd: shop@host:MainProcess] -active-, celeryd",
    "sidekiq 7.1 shop [0 of 5 busy], sidekiq",
  })
  void titleInPlaceOfArguments(String title, String name) {
    assertThat(ScriptCommand.name("ruby", List.of(title))).isEqualTo(name);
  }
}
