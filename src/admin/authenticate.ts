import { failed, type Result } from '../base/result.ts';
import type { Context } from '../roster/index.ts';
import { basicCredential } from '../wire/index.ts';
import type { Rooms } from './route.ts';

/** Longest name, password or key that is looked at. */
const longest = 1024;

/** Both ways to come in, as a request without credentials is told (RFC 9110, section 11.6.1). */
export const challenges = ['Basic realm="rostergate", charset="UTF-8"', 'Bearer realm="rostergate"'].join(', ');

/** The context of an admin, by HTTP Basic or by a Bearer key (decisions 5.1). */
export async function authenticate(
  access: Rooms['access'],
  authorization: string | undefined,
): Promise<Result<Context>> {
  if (authorization === undefined) {
    return failed('unauthenticated', 'Send HTTP Basic with an admin’s name and password, or Bearer with an admin key.');
  }
  const key = /^bearer +([\x21-\x7e]+) *$/i.exec(authorization)?.[1];
  if (key !== undefined) {
    return key.length > longest ? failed('unauthenticated', 'The key is not valid.') : access.adminKey(key);
  }
  const basic = basicCredential(authorization);
  if (basic === undefined) {
    return failed('unauthenticated', 'The Authorization header is neither HTTP Basic nor a Bearer key.');
  }
  const { name, password } = basic;
  if (name.length > longest || password.length > longest) {
    return failed('unauthenticated', 'The name or the password is wrong.');
  }
  return access.admin(name, password);
}
