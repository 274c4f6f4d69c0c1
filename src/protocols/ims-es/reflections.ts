import { isKey, type Relationship } from '../../model/index.ts';
import type { Change, Context, Roster, WriteChange } from '../../roster/index.ts';
import { isPlain, otherSide } from './codecs/relationships.ts';

/**
 * Changes whose persons name no relationship that is only the other side of one that the other person's record names:
 * reads show it on both, and a client that writes back what it read must not make it a second one. As everywhere, a
 * change sees what earlier ones did. The roster is asked only where a person with relationships is written.
 */
export async function withoutReflections(
  roster: Roster,
  context: Context,
  changes: readonly Change[],
): Promise<readonly Change[]> {
  const persons = changes.filter(isPersonWrite);
  if (persons.every((change) => relationshipsOf(change).length === 0)) return changes;
  const guidOf = await guidsOf(roster, context, persons);
  const named = new Map<string, Set<string>>();
  const namesOf = (guid: string): Set<string> => {
    const names = named.get(guid) ?? new Set();
    named.set(guid, names);
    return names;
  };
  const writers = [...new Set(persons.map(({ key = '' }) => guidOf(key)))];
  for (const [guid, others] of await roster.related(context, 'person', writers)) {
    for (const { from, relation } of others) namesOf(from.guid).add(`${relation} ${guid}`);
  }

  return changes.map((change) => {
    if (!isPersonWrite(change)) return change;
    const guid = guidOf(change.key ?? '');
    const all = relationshipsOf(change);
    const kept = all.filter(
      (one) => !isPlain(one) || !namesOf(guidOf(one.target)).has(`${otherSide[one.relation]} ${guid}`),
    );
    const marks = kept.map(({ relation, target }) => `${relation} ${guidOf(target)}`);
    // A strict change may fail, so that only what was named before is sure to be named after it.
    const before = namesOf(guid);
    if (change.op === 'replace')
      named.set(guid, new Set(marks.filter((mark) => change.strict !== true || before.has(mark))));
    else if (change.strict !== true) for (const mark of marks) before.add(mark);
    return kept.length === all.length ? change : withRelationships(change, kept);
  });
}

type PersonWrite = WriteChange<'person'>;

function isPersonWrite(change: Change): change is PersonWrite {
  return change.type === 'person' && (change.op === 'upsert' || change.op === 'replace');
}

function relationshipsOf({ data }: PersonWrite): readonly Relationship[] {
  return (data.relationships ?? []) as readonly Relationship[];
}

/** An empty list would clear. */
function withRelationships(change: PersonWrite, relationships: readonly Relationship[]): PersonWrite {
  const { relationships: _, ...data } = change.data;
  return { ...change, data: relationships.length === 0 ? data : { ...data, relationships } };
}

/** The guids of all persons that changes write or name, those that have not arrived yet included. */
async function guidsOf(
  roster: Roster,
  context: Context,
  changes: readonly PersonWrite[],
): Promise<(reference: string) => string> {
  const references = [
    ...new Set(changes.flatMap((change) => [change.key ?? '', ...relationshipsOf(change).map(({ target }) => target)])),
  ].filter(isKey);
  const found = await roster.find(context, 'person', references, { trashed: true });
  const guids = new Map(
    references.flatMap((key, at) => (found[at] === undefined ? [] : [[key, found[at].guid] as const])),
  );
  const unknown = references.filter((key) => !guids.has(key));
  const made = await roster.guidsOf(
    context,
    unknown.map((key) => ({ op: 'remove', type: 'person', key })),
  );
  for (const [at, guid] of made.entries()) guids.set(unknown[at] ?? guid, guid);
  return (reference) => guids.get(reference) ?? reference;
}
