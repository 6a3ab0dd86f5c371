/** Builds the runtime image. Part of the build alone: nothing of it is in the image. */
@org.jspecify.annotations.NullMarked
module io.emque.distribution {
  requires static org.jspecify;
  requires java.net.http;
}
