/**
 * A real HTTP server for tests of transports over an API: on loopback, on port 0, scripted, and honest about what it
 * was asked.
 */
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that arrived whole. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** An answer as it goes over the wire. */
export interface ApiReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Anything but a string is written as JSON. */
  readonly body?: unknown;
  /** Announces more octets than it sends, and ends. */
  readonly cut?: boolean;
}

/**
 * What happens to a request: an answer, or `hang` (none, ever), `lose` (the connection goes away once all has
 * arrived). `lose-early` and `stall` are decided before the body is read, see {@link HttpMailApi.early}.
 */
export type ApiFate = ApiReply | 'hang' | 'lose';

export class HttpMailApi {
  readonly requests: ApiRequest[] = [];
  /** Decides what happens to a request that arrived whole. */
  fate: (request: ApiRequest, index: number) => ApiFate;
  /** Decides over a request from its headers: take its body, end the connection, or read no more of it. */
  early: () => 'read' | 'lose-early' | 'stall' | ApiReply = () => 'read';
  readonly #server: Server;

  private constructor(fate: HttpMailApi['fate']) {
    this.fate = fate;
    this.#server = createServer((request, response) => {
      const early = this.early();
      if (early === 'stall') return;
      if (early === 'lose-early') {
        request.once('data', () => request.socket.destroy());
        return;
      }
      if (early !== 'read') {
        write(response, early);
        return;
      }
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      // A client that gives up in the middle has sent nothing that counts.
      request.on('error', () => undefined);
      request.on('end', () => {
        const { method = '', url = '', headers } = request;
        const whole = { method, path: url, headers, body: Buffer.concat(chunks) };
        this.requests.push(whole);
        const fate = this.fate(whole, this.requests.length - 1);
        if (fate === 'lose') request.socket.destroy();
        else if (fate !== 'hang') write(response, fate);
      });
    });
  }

  static async start(fate: HttpMailApi['fate']): Promise<HttpMailApi> {
    const api = new HttpMailApi(fate);
    await new Promise<void>((resolve) => {
      api.#server.listen(0, '127.0.0.1', resolve);
    });
    return api;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }
}

function write(response: ServerResponse, { status, headers = {}, body, cut = false }: ApiReply): void {
  const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
  const type = body === undefined || typeof body === 'string' ? 'text/html' : 'application/json';
  const length = Buffer.byteLength(text) + (cut ? 100 : 0);
  response.writeHead(status, { 'content-type': type, 'content-length': length, ...headers });
  if (cut) response.write(text, () => response.destroy());
  else response.end(text);
}
