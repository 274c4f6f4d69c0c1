import { randomBytes } from 'node:crypto';
import { randomId } from '../../base/ids.ts';
import type { Doc, Row, Store } from '../../store/index.ts';
import type { Vault } from '../access/vault.ts';
import { type AuditKey, entryOf, type HeadFacts, headMac, type Noted, rowOfEntry } from './entry.ts';

/** A key of hashes as it is stored: sealed by the key of stored secrets, so that one who has the database alone cannot forge. */
interface SealedKey {
  readonly id: string;
  readonly sealed: string;
}

/** The head of a chain as it is stored: what was written last, and what was let go before the first. */
export interface HeadRow extends HeadFacts {
  readonly _id: string;
  /** The newest last; old ones stay, since old entries need them. */
  readonly keys: readonly SealedKey[];
  /** Id of the key of `mac`. */
  readonly key: string;
  readonly mac: string;
}

/** A chain as its writer knows it. */
interface State {
  readonly facts: HeadFacts;
  readonly key: AuditKey;
  /** The key, sealed, where the stored head does not have it yet. */
  readonly added: SealedKey | undefined;
  /** Signature of the stored head; absent where there is none yet. */
  readonly mac: string | undefined;
}

/** Tries before somebody else who writes all the time counts as a defect. */
const tries = 50;

const duplicateKey = 11_000;

/** What a key of a chain is sealed for. */
export const auditKeyPurpose = (tenant: string, id: string) => `audit key ${tenant} ${id}`;

/** A stored head. */
export async function readHead(store: Store, tenant: string): Promise<HeadRow | undefined> {
  const row = await store.rows('auditHead').findOne({ _id: tenant, tenant });
  return row === null ? undefined : (row as unknown as HeadRow);
}

/** The keys of a head that can be opened, by id. */
export function keysOf({ tenant, keys }: Pick<HeadRow, 'tenant' | 'keys'>, vault: Vault): Map<string, AuditKey> {
  const opened = new Map<string, AuditKey>();
  for (const { id, sealed } of keys) {
    const text = vault.open(sealed, auditKeyPurpose(tenant, id));
    if (text !== undefined) opened.set(id, { id, secret: Buffer.from(text, 'base64url') });
  }
  return opened;
}

/** Whether a head is as it was signed; undefined where its key cannot be opened. */
export function isIntact(head: HeadRow, keys: ReadonlyMap<string, AuditKey>): boolean | undefined {
  const key = keys.get(head.key);
  return key === undefined ? undefined : headMac(head, key) === head.mac;
}

function newKey(tenant: string, vault: Vault): { key: AuditKey; sealed: SealedKey } {
  const id = randomId().slice(0, 8);
  const secret = randomBytes(32);
  return {
    key: { id, secret },
    sealed: { id, sealed: vault.seal(secret.toString('base64url'), auditKeyPurpose(tenant, id)) },
  };
}

/** Writes the chains of all tenants. Two processes may write one: the head changes only for one who knows it as it is. */
export function makeChain(store: Store, vault: Vault) {
  const known = new Map<string, State>();
  const heads = store.rows('auditHead');

  async function read(tenant: string): Promise<State> {
    const head = await readHead(store, tenant);
    if (head === undefined) {
      const { key, sealed } = newKey(tenant, vault);
      const facts = { tenant, sequence: 0, hash: '', at: new Date(0), first: 1, anchor: '', broken: null };
      return { facts, key, added: sealed, mac: undefined };
    }
    const opened = keysOf(head, vault);
    const last = [...opened.values()].at(-1);
    const fresh = last === undefined ? newKey(tenant, vault) : undefined;
    const { sequence, hash, at, first, anchor, broken } = head;
    // A head that cannot be vouched for must not become a good one by the next entry.
    const isVouched = isIntact(head, opened) === true;
    return {
      facts: { tenant, sequence, hash, at, first, anchor, broken: broken ?? (isVouched ? null : sequence + 1) },
      key: (last ?? fresh?.key) as AuditKey,
      added: fresh?.sealed,
      mac: head.mac,
    };
  }

  async function stateOf(tenant: string): Promise<State> {
    const state = known.get(tenant) ?? (await read(tenant));
    known.set(tenant, state);
    return state;
  }

  /** Writes the head where it is still as the state has it, with what else belongs to it; false where it is not. */
  async function advance(state: State, facts: HeadFacts, rows: Row[]): Promise<boolean> {
    const { tenant } = facts;
    const { key, added } = state;
    const head = { ...facts, key: key.id, mac: headMac(facts, key) };
    // Keys that are there stay as they are: they may be sealed anew at any time.
    const adding = added === undefined ? {} : { $push: { keys: added } };
    const isDone = await store.transaction(async (session) => {
      if (state.mac === undefined) {
        await heads.insertOne({ _id: tenant, ...head, keys: [added] } as Row, { session });
      } else {
        const filter = { _id: tenant, tenant, mac: state.mac } as Doc;
        const { matchedCount } = await heads.updateOne(filter, { $set: head, ...adding } as Doc, { session });
        if (matchedCount === 0) return false;
      }
      if (rows.length > 0) await store.rows('audit').insertMany(rows, { session });
      return true;
    });
    if (isDone) known.set(tenant, { facts, key, added: undefined, mac: head.mac });
    return isDone;
  }

  /** Changes a chain by what `next` makes of its state, again while others are faster; undefined: nothing to do. */
  async function change(
    tenant: string,
    next: (state: State) => Promise<{ facts: HeadFacts; rows: Row[] } | undefined>,
  ): Promise<HeadFacts | undefined> {
    for (let attempt = 1; attempt <= tries; attempt += 1) {
      const state = await stateOf(tenant);
      const wanted = await next(state);
      if (wanted === undefined) return undefined;
      try {
        if (await advance(state, wanted.facts, wanted.rows)) return wanted.facts;
      } catch (error) {
        known.delete(tenant);
        if ((error as { code?: unknown }).code !== duplicateKey) throw error;
      }
      known.delete(tenant);
    }
    throw new Error('the audit log cannot be continued: its next entry is there already, or others write all the time');
  }

  return {
    /** Puts facts behind the last entry, in their order. */
    async append(tenant: string, noted: readonly Noted[]): Promise<void> {
      await change(tenant, async ({ facts, key }) => {
        let { sequence, hash, at } = facts;
        const rows = noted.map((one) => {
          sequence += 1;
          at = new Date(Math.max(at.getTime(), one.at.getTime()));
          const entry = entryOf(one, { tenant, sequence, at, previous: hash }, key);
          hash = entry.hash;
          return rowOfEntry(tenant, entry);
        });
        return { facts: { ...facts, sequence, hash, at }, rows };
      });
    },

    /** Lets go of the entries before one; `anchor` is the hash of the last of them. Answers how many went. */
    async cut(tenant: string, first: number, anchor: string): Promise<number> {
      await change(tenant, async ({ facts }) =>
        first <= facts.first || first > facts.sequence ? undefined : { facts: { ...facts, first, anchor }, rows: [] },
      );
      const { facts } = await stateOf(tenant);
      const gone = { tenant, sequence: { $lt: facts.first } } as Doc;
      return (await store.rows('audit').deleteMany(gone)).deletedCount;
    },
  };
}

/** See {@link makeChain}. */
export type Chain = ReturnType<typeof makeChain>;
