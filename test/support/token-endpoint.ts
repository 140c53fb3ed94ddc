import { createServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SinkCertificate } from './smtp-sink-certificate.js';

/** An OAuth 2 token endpoint on loopback, over TLS, and what it was asked. */
export interface TokenEndpoint {
  readonly url: string;
  /** The form of each request. */
  readonly asked: readonly URLSearchParams[];
  close(): Promise<void>;
}

/** @param answer to each request; the first is number 1 */
export async function startTokenEndpoint(
  certificate: SinkCertificate,
  answer: (response: ServerResponse, number: number) => void,
): Promise<TokenEndpoint> {
  const asked: URLSearchParams[] = [];
  const server = createServer(certificate, (request: IncomingMessage, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      asked.push(new URLSearchParams(body));
      answer(response, asked.length);
    });
  });
  // A client that does not trust us hangs up.
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://localhost:${port}/token`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** What an endpoint answers that has a token to give. */
export function giveToken(response: ServerResponse, token: string, expiresIn: unknown = 3600): void {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ access_token: token, token_type: 'Bearer', expires_in: expiresIn }));
}
