package io.emque.transport.http;

import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;

/** Runs tasks of another executor inside the scope of a connection's watch. */
final class ScopedExecutor extends AbstractExecutorService {
  private final ExecutorService executor;
  private final ConnectionWatch watch;

  ScopedExecutor(ExecutorService executor, ConnectionWatch watch) {
    this.executor = executor;
    this.watch = watch;
  }

  @Override
  public void execute(Runnable task) {
    executor.execute(() -> ScopedValue.where(ConnectionWatch.CURRENT, watch).run(task));
  }

  @Override
  public void shutdown() {
    throw new IllegalStateException("the server's executor is not the connection's to shut down");
  }

  @Override
  public List<Runnable> shutdownNow() {
    throw new IllegalStateException("the server's executor is not the connection's to shut down");
  }

  @Override
  public boolean isShutdown() {
    return executor.isShutdown();
  }

  @Override
  public boolean isTerminated() {
    return executor.isTerminated();
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
    return executor.awaitTermination(timeout, unit);
  }
}
