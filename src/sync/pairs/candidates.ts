import type { Person, StoredRecord } from '../../model/index.ts';
import type { Context, Roster } from '../../roster/index.ts';
import type { Planned, Spool } from '../spool.ts';
import { type Identity, identitiesOf, nameOf, type Sameness } from './identities.ts';
import { type IdentityTable, makeIdentityTable } from './identity-table.ts';

/** A known person and a person of the file who are probably one. */
export interface Candidate {
  readonly guid: string;
  readonly knownId: string;
  readonly newId: string;
  readonly newKey: string;
  readonly name: string | null;
  readonly by: readonly Sameness[];
}

/** What looking for candidates needs. */
export interface CandidateDeps {
  readonly roster: Roster;
  readonly context: Context;
  readonly feed: string;
  readonly spool: Spool;
  progress(): Promise<void>;
}

/** Persons that would be removed and are compared with new ones; beyond, nobody looks at pairs any more. */
const mostRemovals = 50_000;
/** New persons whose identities are in memory at once. */
const mostNew = 200_000;
/** Records that are asked for together. */
const atOnce = 1000;

interface Known {
  readonly guid: string;
  readonly id: string;
}

interface NewPerson {
  readonly key: string;
  readonly id: string;
  readonly name: string | null;
  readonly known: ReadonlyMap<string, { readonly id: string; readonly by: Set<Sameness> }>;
}

/** Persons whom the plan would remove, and persons whom it would make, who have an identity in common. */
export async function keyChangeCandidates(deps: CandidateDeps): Promise<Candidate[]> {
  const table = await makeIdentityTable();
  const removed: Known[] = [];
  for await (const guids of removedPersons(deps)) {
    const found = await deps.roster.find(deps.context, 'person', guids);
    for (const record of found) {
      if (record === undefined) continue;
      for (const { text } of identitiesOf(record.data)) table.add(text, removed.length);
      removed.push({ guid: record.guid, id: record.imsId });
    }
    await deps.progress();
  }
  if (removed.length === 0) return [];
  const candidates: Candidate[] = [];
  let waiting: NewPerson[] = [];
  for await (const batch of deps.spool.read('person')) {
    for (const { change, id, renamedFrom } of batch) {
      if (renamedFrom !== undefined || change.key === undefined || !('data' in change)) continue;
      const data = change.data as Person;
      const known = commonWith(identitiesOf(data), table, removed);
      if (known.size > 0) waiting.push({ key: change.key, id, name: nameOf(data), known });
    }
    if (waiting.length >= atOnce) {
      candidates.push(...(await onlyNew(deps, waiting)));
      waiting = [];
    }
    await deps.progress();
  }
  return [...candidates, ...(await onlyNew(deps, waiting))];
}

/** Guids of the persons that the plan removes, the first of them. */
async function* removedPersons({ spool }: CandidateDeps): AsyncGenerator<string[]> {
  let guids: string[] = [];
  let count = 0;
  for await (const batch of spool.read('removals')) {
    for (const { change } of batch) {
      if (change.type !== 'person' || change.op !== 'release' || change.as === 'report' || change.key === undefined)
        continue;
      guids.push(change.key);
      count += 1;
    }
    if (guids.length >= atOnce) {
      yield guids;
      guids = [];
    }
    if (count >= mostRemovals) break;
  }
  if (guids.length > 0) yield guids;
}

/** The known persons who have identities in common with one, and by what. */
function commonWith(
  identities: readonly Identity[],
  table: IdentityTable,
  owners: readonly Known[],
): NewPerson['known'] {
  const known = new Map<string, { id: string; by: Set<Sameness> }>();
  for (const { by, text } of identities) {
    for (const owner of table.owners(text)) {
      const one = owners[owner];
      if (one === undefined) continue;
      const there = known.get(one.guid);
      if (there === undefined) known.set(one.guid, { id: one.id, by: new Set([by]) });
      else there.by.add(by);
    }
  }
  return known;
}

/** Candidates of those whom the store does not know by their key yet. */
async function onlyNew(deps: CandidateDeps, persons: readonly NewPerson[]): Promise<Candidate[]> {
  const candidates: Candidate[] = [];
  for (let at = 0; at < persons.length; at += atOnce) {
    const part = persons.slice(at, at + atOnce);
    const keys = part.map(({ key }) => key);
    const found = await deps.roster.find(deps.context, 'person', keys, { trashed: true });
    part.forEach(({ key, id, name, known }, index) => {
      if (found[index] !== undefined) return;
      for (const [guid, { id: knownId, by }] of known) {
        candidates.push({ guid, knownId, newId: id, newKey: key, name, by: [...by].sort() });
      }
    });
  }
  return candidates;
}

/**
 * Known persons whom the file does not list, and persons whom the plan would make, who have an identity in common
 * (`feeds.md` 0.9): the new ones are held in parts, and the known ones pass by once for each part.
 */
export async function matchCandidates(deps: CandidateDeps): Promise<Candidate[]> {
  const listed = await keysInFile(deps);
  const candidates: Candidate[] = [];
  for (let from = 0; from < listed.persons; from += mostNew) {
    const table = await makeIdentityTable();
    for await (const [number, { change }] of newPersons(deps.spool, from)) {
      for (const { text } of identitiesOf((change as { data: Person }).data)) table.add(text, number - from);
    }
    const hits = new Map<number, Map<string, { id: string; by: Set<Sameness> }>>();
    for await (const batch of deps.roster.scan(deps.context, 'person', { made: false })) {
      for (const record of batch) if (!isListed(deps, listed, record)) hit(record, table, hits);
      await deps.progress();
    }
    const persons: NewPerson[] = [];
    for await (const [number, { change, id }] of newPersons(deps.spool, from)) {
      const known = hits.get(number - from);
      if (known === undefined || change.key === undefined) continue;
      persons.push({ key: change.key, id, name: nameOf((change as { data: Person }).data), known });
    }
    candidates.push(...(await onlyNew(deps, persons)));
  }
  return candidates;
}

function hit(
  record: StoredRecord<'person'>,
  table: IdentityTable,
  hits: Map<number, Map<string, { id: string; by: Set<Sameness> }>>,
): void {
  for (const { by, text } of identitiesOf(record.data)) {
    for (const number of table.owners(text)) {
      const known = hits.get(number) ?? new Map<string, { id: string; by: Set<Sameness> }>();
      hits.set(number, known);
      const there = known.get(record.guid);
      if (there === undefined) known.set(record.guid, { id: record.imsId, by: new Set([by]) });
      else there.by.add(by);
    }
  }
}

/** The persons of a plan with their numbers, a part of them. */
async function* newPersons(spool: Spool, from: number): AsyncGenerator<[number, Planned]> {
  let number = -1;
  for await (const batch of spool.read('person')) {
    for (const planned of batch) {
      if (planned.renamedFrom !== undefined || !('data' in planned.change)) continue;
      number += 1;
      if (number >= from + mostNew) return;
      if (number >= from) yield [number, planned];
    }
  }
}

interface Listed {
  readonly persons: number;
  readonly keys: IdentityTable;
}

async function keysInFile({ spool }: CandidateDeps): Promise<Listed> {
  const keys = await makeIdentityTable();
  let persons = 0;
  for await (const batch of spool.read('person')) {
    for (const { change, renamedFrom } of batch) {
      if (change.key !== undefined) keys.add(change.key, 0);
      if (renamedFrom === undefined && 'data' in change) persons += 1;
    }
  }
  return { persons, keys };
}

/** Whether the feed lists the person, in this file or since earlier. */
function isListed({ feed }: CandidateDeps, { keys }: Listed, record: StoredRecord<'person'>): boolean {
  return record.claims.some((claim) => claim.feed === feed) || record.keys.some((key) => keys.owners(key).length > 0);
}
