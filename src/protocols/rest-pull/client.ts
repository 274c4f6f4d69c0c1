import type { RestPullTarget } from '../../sync/index.ts';
import { type Authorization, makeServerClient, type Outbound, type ServerClient } from '../../wire/index.ts';

/** What reading a server needs. */
export interface ClientDeps {
  readonly outbound: Outbound;
  readonly target: RestPullTarget;
  readonly signal: AbortSignal;
  /** Milliseconds before a request is sent for the second time; they double with each further one. */
  readonly firstDelayMs: number;
}

/** Makes a client of a server, which authorizes itself as the settings say. */
export function makeClient({ outbound, target, signal, firstDelayMs }: ClientDeps): ServerClient {
  const { headers } = target;
  return makeServerClient({ outbound, headers, signal, firstDelayMs, authorization: authorizationOf(target) });
}

function authorizationOf(target: RestPullTarget): Authorization {
  const { auth, secret = '', clientId, clientAuth, tokenUrl, header, scope } = target;
  const fixed = (headers: Readonly<Record<string, string>>): Authorization => ({
    kind: 'headers',
    headers: () => headers,
  });
  switch (auth) {
    case 'none':
      return fixed({});
    case 'bearer':
      return fixed({ authorization: `Bearer ${secret}` });
    case 'basic':
      return fixed({ authorization: `Basic ${Buffer.from(`${clientId ?? ''}:${secret}`).toString('base64')}` });
    case 'header':
      return fixed({ [(header ?? '').toLowerCase()]: secret });
    case 'oauth2': {
      if (tokenUrl === null || clientId === null) throw new Error('settings of restPull are checked when they are set');
      return { kind: 'token', tokenUrl, clientId, clientAuth, secret, scope };
    }
  }
}
