import { drive, type Load, type Reply, send } from './load.ts';
import type { Bench, Finding, Measure } from './measure.ts';
import { speed } from './measure.ts';

const inFlight = 8;
const limit = 100;
/** Pages near the front: what is far behind costs the database's `skip`, for both sides alike. */
const pages = 10;

function check({ status, text }: Reply): void {
  if (status !== 200) throw new Error(`status ${status}: ${text.slice(0, 300)}`);
}

/** Sends a few requests to warm up, then the measured ones. */
export async function warmThenDrive(load: Load): Promise<number> {
  await drive({ ...load, requests: Math.max(load.inFlight, Math.round(load.requests / 5)) });
  return drive(load);
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

/** OneRoster pages of 100 users against bare http + driver find + JSON.stringify. */
export const userPage: Measure = {
  name: 'user-page',
  async run(bench: Bench): Promise<Finding> {
    const { database } = await bench.imported();
    const requests = Math.max(40, Math.round(4_000 * bench.scale));
    const query = (number: number) => `limit=${limit}&offset=${(number % pages) * limit}`;
    const options = { uri: bench.uri, database, dataDir: `${bench.folder}/${database}` };
    const gateway = await bench.start('gateway', options);
    const { base, user, password } = gateway.ready;
    const token = await tokenOf(String(base), String(user), String(password));
    const headers = { authorization: `Bearer ${token}` };
    const path = '/ims/oneroster/rostering/v1p2/users';
    const call = (number: number) => ({ path: `${path}?${query(number)}`, headers });
    const ours = await warmThenDrive({ base: String(base), inFlight, requests, call, check });
    await gateway.stop();
    const bare = await bench.start('page-floor', { uri: bench.uri, database });
    const address = String(bare.ready['base']);
    const bareCall = (number: number) => ({ path: `/?${query(number)}` });
    const floor = await warmThenDrive({ base: address, inFlight, requests, call: bareCall, check });
    await bare.stop();
    return speed('user-page', ours, floor, 'requests/s');
  },
};
