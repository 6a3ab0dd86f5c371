module org.example.files {
  requires io.emque.api;

  provides io.emque.api.spi.Store with
      org.example.files.FilesStore;
}
