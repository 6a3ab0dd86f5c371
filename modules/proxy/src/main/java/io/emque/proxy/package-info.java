/**
 * A broker that keeps its topics on other servers.
 *
 * <pre>
 *   ProxyBroker    what transports stand on; finds or opens the relay for a subscriber
 *   Relay          one upstream subscription, its log, and when it ends
 *   ProxyAppender  publishes upstream
 * </pre>
 */
package io.emque.proxy;
