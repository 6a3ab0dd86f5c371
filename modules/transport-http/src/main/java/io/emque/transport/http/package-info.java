/**
 * HTTP in front of the topic log.
 *
 * <pre>
 * HttpTransport        routes, filters, connection selector: what a server is given
 *   PublishEndpoint    POST and PUT /pub            PublishSocket    WebSocket /pub
 *   SubscribeEndpoint  GET /sub as a stream         SubscribeSocket  WebSocket /sub
 *   TopicsEndpoint, StatusEndpoint                  /topics; /health, /metrics, /
 *   Encoder            a slice of the log in the format of a plain stream, into an Output
 *   SocketEncoder      the same as WebSocket messages, into a FrameSink
 *   PortSelector       tells HTTP/1.1 from HTTP/2, and gives each connection a
 *     ConnectionWatch  which tells a stream that its client has gone
 *     StreamGuard      gets a stream's thread out of a write that does not end
 * </pre>
 */
package io.emque.transport.http;
