/**
 * HTTP in front of the topic log.
 *
 * <pre>
 * HttpTransport        routes, filters, connection selectors: what a server is given
 *   PublishEndpoint    POST and PUT /pub            PublishSocket    WebSocket /pub
 *   SubscribeEndpoint  GET /sub as a stream         SubscribeSocket  WebSocket /sub
 *   TopicsEndpoint, StatusEndpoint                  /topics; /health, /metrics, /
 *   Encoder            a slice of the log in a format
 *   ConnectionWatch    tells a stream that its client has gone
 * </pre>
 */
package io.emque.transport.http;
