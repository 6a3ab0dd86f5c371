package io.emque.server.metrics;

import com.sun.management.UnixOperatingSystemMXBean;
import io.emque.transport.http.metrics.Exposition;
import io.emque.transport.http.metrics.MetricsSource;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import jdk.management.VirtualThreadSchedulerMXBean;

/**
 * The JVM and its process, under the names that Prometheus' own Java client gives them, so that
 * dashboards made for others fit. Asks the JVM's beans, which are made when they are first asked.
 */
public final class ProcessMetrics implements MetricsSource {
  private static final double NANOS = 1e9;
  private static final double MILLIS = 1e3;
  private static final long MILLI_NANOS = 1_000_000;

  private final String version;

  /**
   * @param version of the program
   */
  public ProcessMetrics(String version) {
    this.version = version;
  }

  @Override
  public void write(Exposition out) {
    out.gauges(
        "emque_build_info",
        "Always 1: what runs is in the labels.",
        samples ->
            samples.add(1, "version", version, "java", System.getProperty("java.version", "")));
    memory(out);
    collections(out);
    threads(out);
    process(out);
  }

  private static void memory(Exposition out) {
    area(out, "jvm_memory_used_bytes", "Memory of the JVM in use.", MemoryUsage::getUsed);
    area(out, "jvm_memory_committed_bytes", "Memory the JVM holds.", MemoryUsage::getCommitted);
    area(out, "jvm_memory_max_bytes", "Memory it may take; -1 unlimited.", MemoryUsage::getMax);
    var pools = new TreeMap<String, Long>();
    for (var pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
      pools.put(pool.getName(), pool.getMemoryUsed());
    }
    out.gauges(
        "jvm_buffer_pool_used_bytes",
        "Memory of buffers outside the heap.",
        samples -> pools.forEach((pool, bytes) -> samples.add(bytes, "pool", pool)));
  }

  private static void area(
      Exposition out, String name, String help, ToLongFunction<MemoryUsage> bytes) {
    var memory = ManagementFactory.getMemoryMXBean();
    out.gauges(
        name,
        help,
        samples -> {
          samples.add(bytes.applyAsLong(memory.getHeapMemoryUsage()), "area", "heap");
          samples.add(bytes.applyAsLong(memory.getNonHeapMemoryUsage()), "area", "nonheap");
        });
  }

  private static void collections(Exposition out) {
    var collectors = new TreeMap<String, long[]>();
    for (GarbageCollectorMXBean each : ManagementFactory.getGarbageCollectorMXBeans()) {
      collectors.put(
          each.getName(),
          new long[] {each.getCollectionTime() * MILLI_NANOS, each.getCollectionCount()});
    }
    out.summaries("jvm_gc_collection_seconds", "Garbage collections.", collectors, "gc");
  }

  private static void threads(Exposition out) {
    out.gauge(
        "jvm_threads_current",
        "Platform threads.",
        (long) ManagementFactory.getThreadMXBean().getThreadCount());
    var scheduler = ManagementFactory.getPlatformMXBean(VirtualThreadSchedulerMXBean.class);
    out.gauge(
        "jvm_virtual_threads_mounted",
        "Virtual threads that run now, as far as the JVM can tell.",
        (long) scheduler.getMountedVirtualThreadCount());
    out.gauge(
        "jvm_virtual_threads_queued",
        "Virtual threads that could run and wait for a processor.",
        scheduler.getQueuedVirtualThreadCount());
  }

  private static void process(Exposition out) {
    if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
      out.counter(
          "process_cpu_seconds_total", "Processor time.", system.getProcessCpuTime() / NANOS);
      out.gauge("process_open_fds", "Open files.", system.getOpenFileDescriptorCount());
      out.gauge("process_max_fds", "Open files there may be.", system.getMaxFileDescriptorCount());
    }
    out.gauge(
        "process_start_time_seconds",
        "When it began, in seconds since 1970.",
        ManagementFactory.getRuntimeMXBean().getStartTime() / MILLIS);
  }
}
