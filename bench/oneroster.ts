import type { Child } from './child-process.ts';
import { type Call, drive, type Load, type Reply, send } from './load.ts';
import type { Bench } from './measure.ts';

/** Sends a few requests to warm up, then the measured ones. */
export async function warmThenDrive(load: Load): Promise<number> {
  await drive({ ...load, requests: Math.max(load.inFlight, Math.round(load.requests / 5)) });
  return drive(load);
}

/** Throws for any answer but 200. */
export function checkOk({ status, text }: Reply): void {
  if (status !== 200) throw new Error(`status ${status}: ${text.slice(0, 300)}`);
}

/** A token of the first OneRoster client, over HTTP as a client gets it. */
export async function tokenOf(base: string, user: string, password: string): Promise<string> {
  const { status, text } = await send(base, {
    path: '/oauth/token',
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: 'grant_type=client_credentials',
  });
  if (status !== 200) throw new Error(`no token: ${status} ${text}`);
  return String((JSON.parse(text) as { access_token: unknown }).access_token);
}

/** Makes a read of OneRoster 1.2's rostering service, with a token. */
export type CallOf = (path: string) => Call;

const rostering = '/ims/oneroster/rostering/v1p2';

/** How to make reads of a gateway for its first client. */
export async function callsOf(base: string, user: string, password: string): Promise<CallOf> {
  const headers = { authorization: `Bearer ${await tokenOf(base, user, password)}` };
  return (path) => ({ path: rostering + path, headers });
}

/** Does the work with a gateway, then with a bare server, on a database; only one of them runs at a time. */
export async function withBoth<T>(
  bench: Bench,
  database: string,
  ours: (base: string, call: CallOf) => Promise<T>,
  bare: (base: string) => Promise<T>,
): Promise<{ readonly ours: T; readonly floor: T }> {
  const running = async (child: Child, work: (base: string) => Promise<T>) => {
    const found = await work(String(child.ready['base']));
    await child.stop();
    return found;
  };
  const options = { uri: bench.uri, database };
  const gateway = await bench.start('gateway', { ...options, dataDir: `${bench.folder}/${database}` });
  const { base, user, password } = gateway.ready;
  const call = await callsOf(String(base), String(user), String(password));
  const found = await running(gateway, (address) => ours(address, call));
  return { ours: found, floor: await running(await bench.start('page-floor', options), bare) };
}
