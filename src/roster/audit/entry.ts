import { createHmac } from 'node:crypto';
import { isGuid } from '../../base/ids.ts';
import type { Row } from '../../store/index.ts';
import type { Context } from '../context.ts';
import type { AuditEntry, AuditFact, AuditSubject } from './types.ts';

/** A fact on its way to the chain. */
export interface Noted {
  readonly at: Date;
  readonly context: Context;
  readonly fact: AuditFact;
  /** Of merged facts the sum. */
  count: number | undefined;
}

/** A key of hashes. */
export interface AuditKey {
  readonly id: string;
  readonly secret: Uint8Array;
}

const mac = (key: AuditKey, text: string) => createHmac('sha256', key.secret).update(text, 'utf8').digest('base64url');

/** The hash of an entry: all its fields in one order, absent ones as null, as JSON, which tells every text apart. */
export function hashOf(tenant: string, entry: Omit<AuditEntry, 'hash'>, key: AuditKey): string {
  const { sequence, at, writer, role, source, address, request, action, outcome, problem } = entry;
  const { subject, count, run, reason, previous } = entry;
  const who = [writer, role ?? null, source, address ?? null, request ?? null];
  const what = [action, outcome, problem ?? null, subject?.type ?? null, subject?.id ?? null, count ?? null];
  const why = [run ?? null, reason ?? null];
  return mac(key, JSON.stringify(['entry', 1, tenant, sequence, at, who, what, why, entry.key, previous]));
}

/** What the head of a chain vouches for. */
export interface HeadFacts {
  readonly tenant: string;
  readonly sequence: number;
  readonly hash: string;
  readonly at: Date;
  readonly first: number;
  readonly anchor: string;
  readonly broken: number | null;
}

/** The signature of a head. */
export function headMac({ tenant, sequence, hash, at, first, anchor, broken }: HeadFacts, key: AuditKey): string {
  return mac(key, JSON.stringify(['head', 1, tenant, sequence, hash, at.toISOString(), first, anchor, broken]));
}

/** What stands for a text that is no id of ours: the same for the same text, and nobody without the key can tell which. */
export function pseudonymOf(text: string, key: AuditKey): string {
  return `~${mac(key, JSON.stringify(['subject', text])).slice(0, 22)}`;
}

function subjectOf({ type, id, asked }: AuditSubject, key: AuditKey): NonNullable<AuditEntry['subject']> {
  const shown = id ?? (asked === undefined || isGuid(asked) ? asked : pseudonymOf(asked, key));
  return { type, ...(shown === undefined ? {} : { id: shown }) };
}

/** The entry of a fact at its place in the chain. */
export function entryOf(
  { context, fact, count }: Noted,
  place: { readonly tenant: string; readonly sequence: number; readonly at: Date; readonly previous: string },
  key: AuditKey,
): AuditEntry {
  const { caller, writer, source, role } = context;
  const run = fact.run ?? context.run;
  const entry = {
    sequence: place.sequence,
    at: place.at.toISOString(),
    writer,
    ...(role === undefined ? {} : { role }),
    source,
    ...(caller === undefined || caller.address === '' ? {} : { address: caller.address }),
    ...(caller === undefined || caller.request === '' ? {} : { request: caller.request }),
    action: fact.action,
    outcome: fact.outcome,
    ...(fact.problem === undefined ? {} : { problem: fact.problem }),
    ...(fact.subject === undefined ? {} : { subject: subjectOf(fact.subject, key) }),
    ...(count === undefined ? {} : { count }),
    ...(run === undefined ? {} : { run }),
    ...(fact.reason === undefined ? {} : { reason: fact.reason }),
    key: key.id,
    previous: place.previous,
  };
  return { ...entry, hash: hashOf(place.tenant, entry, key) };
}

/** The stored form of an entry. */
export function rowOfEntry(tenant: string, { at, ...entry }: AuditEntry): Row {
  return { _id: `${tenant}/${entry.sequence}`, tenant, at: new Date(at), ...entry };
}

const fields = [
  'sequence',
  'at',
  'writer',
  'role',
  'source',
  'address',
  'request',
  'action',
  'outcome',
  'problem',
  'subject',
  'count',
  'run',
  'reason',
  'key',
  'previous',
  'hash',
] as const satisfies readonly (keyof AuditEntry)[];

/** The entry of a row; what no entry has is left out. */
export function entryOfRow(row: Row): AuditEntry {
  const at = row['at'] instanceof Date ? row['at'].toISOString() : '';
  const there = fields.filter((name) => row[name] !== undefined).map((name) => [name, row[name]] as const);
  return { ...Object.fromEntries(there), at } as unknown as AuditEntry;
}
