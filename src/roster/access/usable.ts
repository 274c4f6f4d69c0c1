import { BlockList, isIP } from 'node:net';
import { instantOf } from '../../base/instant.ts';
import { type Failed, failed, ok, type Result } from '../../base/result.ts';
import type { Caller } from '../context.ts';
import type { CredentialChange } from '../credentials-types.ts';
import type { TenantState } from '../tenancy/types.ts';
import type { CredentialRow } from './credential-rows.ts';
import { readPublicKeys } from './sftp/public-keys.ts';

/** What {@link makeUsable} needs. */
export interface UsableDeps {
  /** How a tenant stands. */
  state(tenant: string): Promise<TenantState | undefined>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Whether a credential lets its holder in now: asked for every kind of log-in. */
export type Usable = (row: CredentialRow, caller: Caller | undefined) => Promise<boolean>;

/** Makes {@link Usable}: not disabled, not expired, from an allowed network, of a tenant that is served. */
export function makeUsable({ state, now }: UsableDeps): Usable {
  // Of the rows that are remembered; they go with them.
  const lists = new WeakMap<readonly string[], BlockList>();
  const listOf = (networks: readonly string[]) => {
    const list = lists.get(networks) ?? blockList(networks);
    lists.set(networks, list);
    return list;
  };
  return async (row, caller) => {
    if (row.disabled === true || row.oidc?.withoutRole === true || isExpired(row, now())) return false;
    if (row.networks !== undefined && !isWithin(listOf(row.networks), caller?.address)) return false;
    return row.kinds.includes('gateway') || (await state(row.tenant)) === 'active';
  };
}

/** Whether the time of a credential is over. */
export function isExpired({ expiresAt }: Pick<CredentialRow, 'expiresAt'>, now: number): boolean {
  return expiresAt !== undefined && expiresAt.getTime() <= now;
}

/** What says who may use a credential, as it is stored: fields with values, and fields that become absent. */
export interface StoredLimits {
  readonly set: Partial<Pick<CredentialRow, 'role' | 'expiresAt' | 'networks' | 'feeds' | 'publicKeys' | 'disabled'>>;
  readonly unset: readonly string[];
}

/** Checks what is to be changed of a credential with some kinds; `invalid-data` names the field that does not fit. */
export function limitsOf(change: CredentialChange, kinds: readonly string[]): Result<StoredLimits> {
  const { role, expiresAt, networks, feeds, publicKeys, disabled } = change;
  const wrong = kinds.includes('sftp') ? checkOneFeed(feeds) : checkNoKeys(publicKeys);
  if (wrong !== undefined) return wrong;
  if (role !== undefined && !kinds.some((kind) => kind === 'admin' || kind === 'key')) {
    return failed('invalid-data', 'Only an admin or an API key has a role.', { field: 'role' });
  }
  const until = typeof expiresAt === 'string' ? instantOf(expiresAt) : undefined;
  if (typeof expiresAt === 'string' && until === undefined) {
    return failed('invalid-data', 'Write the end as date and time with a zone, as 2027-07-31T00:00:00Z.', {
      field: 'expiresAt',
    });
  }
  const within = networks === undefined || networks === null ? ok(networks) : readNetworks(networks);
  if (!within.ok) return within;
  const keys = publicKeys === undefined || publicKeys === null ? ok(publicKeys) : readPublicKeys(publicKeys);
  if (!keys.ok) return keys;
  const given = {
    role,
    expiresAt: until === undefined ? expiresAt : new Date(until),
    networks: within.value,
    feeds: feeds === undefined || feeds === null ? feeds : [...new Set(feeds)],
    publicKeys: keys.value,
    disabled: disabled === false ? null : disabled,
  };
  const named = Object.entries(given).filter(([, value]) => value !== undefined);
  return ok({
    set: Object.fromEntries(named.filter(([, value]) => value !== null)),
    unset: named.filter(([, value]) => value === null).map(([field]) => field),
  });
}

/** An SFTP account brings files of one feed: its name says which. */
function checkOneFeed(feeds: CredentialChange['feeds']): Failed | undefined {
  if (feeds === undefined || (feeds !== null && new Set(feeds).size === 1)) return undefined;
  return failed('invalid-data', 'An SFTP account is of one feed; name that one.', { field: 'feeds' });
}

function checkNoKeys(publicKeys: CredentialChange['publicKeys']): Failed | undefined {
  if (publicKeys === undefined) return undefined;
  return failed('invalid-data', 'Only an SFTP account has public keys.', { field: 'publicKeys' });
}

/** Networks as they are stored, or what is wrong with one: addresses, or address and number of bits (CIDR). */
function readNetworks(texts: readonly string[]): Result<readonly string[]> {
  for (const text of texts) {
    if (added(new BlockList(), text)) continue;
    const shown = text.slice(0, 64);
    const wrong = `${shown} is no network; write an address, or an address and its number of bits, as 192.0.2.0/24.`;
    return failed('invalid-data', wrong, { field: 'networks' });
  }
  return ok([...new Set(texts.map((text) => text.trim()))]);
}

/** Whether an address is in one of the networks; one that is not known is in none. */
function isWithin(list: BlockList, address = ''): boolean {
  const plain = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address.replace(/%.*$/, '');
  const version = isIP(plain);
  if (version === 0) return false;
  return list.check(plain, version === 4 ? 'ipv4' : 'ipv6');
}

function blockList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) added(list, network);
  return list;
}

/** Adds a network to a list; false for a text that is none. */
function added(list: BlockList, text: string): boolean {
  const [address = '', bits, ...rest] = text.trim().split('/');
  const version = isIP(address);
  // An IPv4 network is written as one: as IPv6 it would match no caller.
  if (version === 0 || rest.length > 0 || address.includes('%') || /^[0:]*:ffff:/i.test(address)) return false;
  const most = version === 4 ? 32 : 128;
  const count = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
  if (!(count <= most)) return false;
  list.addSubnet(address, count, version === 4 ? 'ipv4' : 'ipv6');
  return true;
}
