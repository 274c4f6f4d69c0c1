import type { Store } from '../../store/index.ts';
import type { Vault } from '../access/vault.ts';
import { type HeadRow, isIntact, keysOf, readHead } from './chain.ts';
import { type AuditKey, entryOfRow, hashOf } from './entry.ts';
import type { AuditCheck, AuditEntry } from './types.ts';

type Fault = NonNullable<AuditCheck['fault']>;

/** An entry as somebody noted it elsewhere. */
export interface Expected {
  readonly sequence: number;
  readonly hash: string;
}

/** How far a look through a chain has come. */
interface Walk {
  entries: number;
  last: number;
  hash: string;
  fault: Fault | undefined;
  /** Whether the expected entry was met as expected. */
  met: boolean;
}

const fault = (kind: Fault['kind'], sequence: number, text: string): Fault => ({ kind, sequence, text });

/** Makes the check of whole chains, entry by entry in their order; memory stays flat. */
export function makeVerify(store: Store, vault: Vault) {
  async function walk(
    tenant: string,
    head: HeadRow,
    keys: ReadonlyMap<string, AuditKey>,
    expect?: Expected,
  ): Promise<Walk> {
    const state: Walk = { entries: 0, last: head.first - 1, hash: head.anchor, fault: undefined, met: false };
    const from = { tenant, sequence: { $gte: head.first } };
    for await (const row of store.rows('audit').find(from, { batchSize: 1000 }).sort({ sequence: 1 })) {
      const entry = entryOfRow(row);
      state.fault = faultOf(tenant, entry, state, keys, head);
      if (state.fault !== undefined) return state;
      state.met ||= expect !== undefined && entry.sequence === expect.sequence && entry.hash === expect.hash;
      state.entries += 1;
      state.last = entry.sequence;
      state.hash = entry.hash;
    }
    return state;
  }

  async function endFault(tenant: string, head: HeadRow, { last }: Walk): Promise<Fault | undefined> {
    if (last < head.sequence) {
      return fault('cut-off', last + 1, `The log ends with entry ${last}; its head knows of ${head.sequence}.`);
    }
    // Entries and head are written in one transaction: a head that is read later knows all of them.
    const now = await readHead(store, tenant);
    if (now !== undefined && last <= now.sequence) return undefined;
    return fault(
      'inserted',
      (now?.sequence ?? 0) + 1,
      `Entry ${last} was not written by a gateway: the head does not know it.`,
    );
  }

  async function once(tenant: string, head: HeadRow, expect?: Expected): Promise<AuditCheck> {
    const keys = keysOf(head, vault);
    const state = await walk(tenant, head, keys, expect);
    const found =
      state.fault ?? (await endFault(tenant, head, state)) ?? headFault(head, keys) ?? expectFault(head, state, expect);
    const { entries, last, hash } = state;
    return { entries, first: head.first, last, hash, fault: found ?? null };
  }

  return async function verify(tenant: string, expect?: Expected): Promise<AuditCheck> {
    for (;;) {
      const head = await readHead(store, tenant);
      if (head === undefined) return withoutHead(store, tenant, expect);
      const check = await once(tenant, head, expect);
      if (check.fault === null) return check;
      // What was let go meanwhile is not missing.
      const now = await readHead(store, tenant);
      if (now === undefined || now.first === head.first) return check;
    }
  };
}

/** What is wrong with an entry behind those that were looked at. */
function faultOf(
  tenant: string,
  entry: AuditEntry,
  before: Walk,
  keys: ReadonlyMap<string, AuditKey>,
  head: HeadRow,
): Fault | undefined {
  const { sequence } = entry;
  const next = before.last + 1;
  if (sequence > next) {
    const text =
      sequence === next + 1 ? `Entry ${next} is missing.` : `Entries ${next} to ${sequence - 1} are missing.`;
    return fault('missing', next, text);
  }
  if (sequence < next) return fault('inserted', sequence, `There is more than one entry ${sequence}.`);
  const key = keys.get(entry.key);
  if (key === undefined) {
    const text = `Entry ${sequence} was written with another key of stored secrets than the gateway has; set SECRETS_KEY (or SECRETS_KEYS_OLD) to it.`;
    return fault('unknown-key', sequence, text);
  }
  const { hash, ...rest } = entry;
  if (hashOf(tenant, rest, key) !== hash)
    return fault('changed', sequence, `Entry ${sequence} is not as it was written.`);
  if (entry.previous !== before.hash) {
    return fault('changed', sequence, `Entry ${sequence} does not follow the entry that is now before it.`);
  }
  if (sequence === head.sequence && hash !== head.hash) {
    return fault('changed', sequence, `Entry ${sequence} is not the one that the head knows.`);
  }
  return undefined;
}

function headFault(head: HeadRow, keys: ReadonlyMap<string, AuditKey>): Fault | undefined {
  const { broken, sequence, first } = head;
  if (broken !== null && broken >= first) {
    const text = `Before entry ${broken} the head was changed, or its key was lost: entries may have been cut off there.`;
    return fault('head-changed', broken, text);
  }
  switch (isIntact(head, keys)) {
    case true:
      return undefined;
    case false:
      return fault('head-changed', sequence, 'The head of the log is not as it was written.');
    default:
      return fault(
        'unknown-key',
        sequence,
        'The head was written with another key of stored secrets than the gateway has.',
      );
  }
}

/** What was noted elsewhere and has been let go since cannot be compared, but for the last of it. */
function expectFault({ first, anchor }: Pick<HeadRow, 'first' | 'anchor'>, { met, last }: Walk, expect?: Expected) {
  if (expect === undefined || met || expect.sequence < first - 1) return undefined;
  if (expect.sequence === first - 1 && expect.hash === anchor) return undefined;
  const text = `Entry ${expect.sequence} is not the one that was noted elsewhere; the log ends with ${last}.`;
  return fault('cut-off', expect.sequence, text);
}

/** A log without a head holds nothing, or has lost its head. */
async function withoutHead(store: Store, tenant: string, expect: Expected | undefined): Promise<AuditCheck> {
  const stray = await store.rows('audit').findOne({ tenant }, { sort: { sequence: 1 } });
  const empty = { entries: 0, first: 1, last: 0, hash: '' };
  if (stray !== null) {
    const { sequence } = entryOfRow(stray);
    return { ...empty, fault: fault('head-changed', sequence, 'The head of the log is gone.') };
  }
  const missing = expectFault({ first: 1, anchor: '' }, { ...empty, fault: undefined, met: false }, expect);
  return { ...empty, fault: missing ?? null };
}
