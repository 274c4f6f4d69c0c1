import { Readable } from 'node:stream';
import { type Outbound, OutboundFailed, type StreamLimits, type StreamRequest } from '../../wire/index.ts';

/** A request as the SDK builds it. */
interface SdkRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

const methods: readonly string[] = ['GET', 'HEAD', 'PUT', 'POST', 'DELETE'] satisfies StreamRequest['method'][];

/**
 * Makes the SDK's request handler: what it sends goes out as all else does, by the guarded way, without redirects. It throws
 * `OutboundFailed`.
 */
export function makeGuardedHandler(outbound: Outbound, limits: StreamLimits) {
  return {
    metadata: { handlerProtocol: 'http/1.1' },

    async handle(request: SdkRequest, { abortSignal }: { readonly abortSignal?: AbortSignal } = {}) {
      const { method, body } = request;
      if (!methods.includes(method)) throw new Error(`the way out has no method ${method}`);
      const { host: _host, 'content-length': _length, ...headers } = request.headers;
      const answer = await outbound.open(
        { method: method as StreamRequest['method'], url: urlOf(request), headers, ...bodyOf(method, body) },
        limits,
        abortSignal,
      );
      if (!answer.ok) throw new OutboundFailed(answer.problem);
      const { status, headers: given, body: pieces, close } = answer.value;
      // What the SDK does not read to its end it destroys.
      const read = Readable.from(pieces, { objectMode: false }).once('close', close);
      const shown = Object.entries(given).map(([name, value]) => [name, String(value)] as const);
      return {
        response: {
          statusCode: status,
          headers: Object.fromEntries(shown),
          body: read,
        },
      };
    },

    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
    destroy: () => undefined,
  };
}

function urlOf({ protocol, hostname, port, path, query = {} }: SdkRequest): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    (Array.isArray(value) ? (value as string[]) : [(value as string | null) ?? '']).map(
      (one) => `${escaped(name)}=${escaped(one)}`,
    ),
  );
  const search = pairs.length === 0 ? '' : `?${pairs.join('&')}`;
  return `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}${search}`;
}

/** As the signature has it (RFC 3986: all but the unreserved characters). */
function escaped(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
}

function bodyOf(method: string, body: unknown): Pick<StreamRequest, 'body'> {
  if (typeof body === 'string' || body instanceof Uint8Array) return { body };
  if (body !== undefined && body !== null) throw new Error('the way out takes texts and bytes only');
  return method === 'PUT' || method === 'POST' ? { body: '' } : {};
}
