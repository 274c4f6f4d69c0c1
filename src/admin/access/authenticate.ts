import { failed, type Result } from '../../base/result.ts';
import { addressesOf, type Caller, type Context } from '../../roster/index.ts';
import type { Run } from '../../sync/index.ts';
import { basicCredential } from '../../wire/index.ts';
import type { Rooms } from '../route.ts';

/** Longest name, password or key that is looked at. */
const longest = 1024;

/** Both ways to come in, as a request without credentials is told (RFC 9110, section 11.6.1). */
export const challenges = ['Basic realm="rostergate", charset="UTF-8"', 'Bearer realm="rostergate"'].join(', ');

const notValid = failed('unauthenticated', 'The key is not valid.');
const importScope = addressesOf('import');

/** Whether a context is that of a OneRoster client, who may send files only. */
export function isClient({ source }: Context): boolean {
  return source === 'rest';
}

/**
 * Whether a context may send files of a feed and read its runs: an admin may, a OneRoster client where the feed lists it.
 */
export async function mayUseFeed(sync: Rooms['sync'], context: Context, feed: string): Promise<boolean> {
  if (!isClient(context)) return true;
  const found = await sync.feed(context, feed);
  return found?.clients.includes(context.writer.slice('credential:'.length)) === true;
}

/** A run that a context may see: one of a feed that it may use. */
export async function runFor(sync: Rooms['sync'], context: Context, id: string): Promise<Run | undefined> {
  const run = await sync.run(context, id);
  return run !== undefined && (await mayUseFeed(sync, context, run.feed)) ? run : undefined;
}

/** An admin by key, else a OneRoster client by a token with the scope `import`. */
async function byKeyOrToken(access: Rooms['access'], key: string, caller: Caller): Promise<Result<Context>> {
  const admin = await access.adminKey(key, caller);
  if (admin.ok) return admin;
  const client = await access.token(key, caller);
  if (!client.ok) return notValid;
  if (client.value.sharing !== undefined) {
    return failed('forbidden', 'A client with sharing rules may not send files: a file may hold anything.');
  }
  return importScope.some((scope) => client.value.scopes?.includes(scope) === true)
    ? client
    : failed('forbidden', `A token needs the scope ${importScope.join(' or ')} here.`);
}

/** The context of an admin, by HTTP Basic or by a Bearer key (decisions 5.1), or of a client with the scope `import`. */
export async function authenticate(
  access: Rooms['access'],
  authorization: string | undefined,
  caller: Caller,
): Promise<Result<Context>> {
  if (authorization === undefined) {
    return failed('unauthenticated', 'Send HTTP Basic with an admin’s name and password, or Bearer with an admin key.');
  }
  const key = /^bearer +([\x21-\x7e]+) *$/i.exec(authorization)?.[1];
  if (key !== undefined) return key.length > longest ? notValid : byKeyOrToken(access, key, caller);
  const basic = basicCredential(authorization);
  if (basic === undefined) {
    return failed('unauthenticated', 'The Authorization header is neither HTTP Basic nor a Bearer key.');
  }
  const { name, password } = basic;
  if (name.length > longest || password.length > longest) {
    return failed('unauthenticated', 'The name or the password is wrong.');
  }
  return access.admin(name, password, caller);
}
