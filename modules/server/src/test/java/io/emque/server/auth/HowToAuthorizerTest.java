package io.emque.server.auth;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.emque.api.spi.Authorizer;
import io.emque.testkit.AuthorizerContract;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** The program of docs/how-to/write-an-authorizer.md is one. */
class HowToAuthorizerTest extends AuthorizerContract {
  private static final Path PAGE = Path.of("../../docs/how-to/write-an-authorizer.md");
  private static final Pattern PROGRAM =
      Pattern.compile("```java\n// src/(org\\S+)\\.java\n(.*?)```", Pattern.DOTALL);

  @Override
  protected Authorizer authorizer() {
    try {
      return compiled().getConstructor().newInstance();
    } catch (Exception e) {
      throw new AssertionError("the program of " + PAGE + " is no authorizer", e);
    }
  }

  private Class<? extends Authorizer> compiled() throws Exception {
    var program = PROGRAM.matcher(Files.readString(PAGE));
    assertThat(program.find()).isTrue();
    Path source = folder.resolve("src/" + program.group(1) + ".java");
    Files.createDirectories(source.getParent());
    Files.writeString(source, program.group(2));
    Path classes = folder.resolve("classes");
    var api = Authorizer.class.getProtectionDomain().getCodeSource().getLocation();
    int code =
        ToolProvider.findFirst("javac")
            .orElseThrow()
            .run(
                System.out,
                System.err,
                "-d",
                classes.toString(),
                "-cp",
                Path.of(api.toURI()).toString(),
                source.toString());
    assertThat(code).isZero();
    var loader =
        new URLClassLoader(
            new URL[] {classes.toUri().toURL()}, HowToAuthorizerTest.class.getClassLoader());
    return loader.loadClass(program.group(1).replace('/', '.')).asSubclass(Authorizer.class);
  }

  @Override
  protected Map<String, String> options() {
    return Map.of("secret", "s3cret");
  }

  @Override
  protected String goodToken() throws Exception {
    var mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec("s3cret".getBytes(UTF_8), "HmacSHA256"));
    return "orders:" + HexFormat.of().formatHex(mac.doFinal("orders".getBytes(UTF_8)));
  }
}
