import type { Relationship } from '../../../model/index.ts';
import type { ReferenceName, RelatedFrom } from '../../../roster/index.ts';
import { element } from '../../../wire/index.ts';
import { identified, leaf, record } from './elements.ts';
import { type Fields, filled, given } from './fields.ts';
import { type IdLimit, idOf } from './parts.ts';

/** Names of referenced records by guid. */
export type Names = ReadonlyMap<string, ReferenceName>;

/** Relations by their numbers and names (Relationship). */
const relationWords = {
  '1': 'parent',
  '2': 'child',
  '3': 'knownAs',
  Parent: 'parent',
  Child: 'child',
  KnownAs: 'knownAs',
} as const;
type RelationWord = keyof typeof relationWords;
const relationNames = { parent: 'Parent', child: 'Child', knownAs: 'KnownAs' } as const;

/** How the sender wrote each relation where that is not its name; kept in the extension bag. */
export type RelationHints = Partial<Record<Relationship['relation'], string | null>>;

/** Relationships of a record, and how their relations were written. */
export interface DecodedRelationships {
  readonly relationships?: Relationship[];
  readonly hints?: RelationHints;
}

/**
 * Reads `relationship` elements; `target` makes the reference of an identifier. The standard's word is `sourceId`, and
 * clients write `sourcedId` too.
 */
export function decodeRelationships(
  elements: readonly Fields[],
  namespace: string,
  idLimit: IdLimit,
  target: (id: string) => string,
): DecodedRelationships {
  const relationships: Relationship[] = [];
  const hints: RelationHints = {};
  const filledOnes = elements.filter(({ blank }) => !blank);
  for (const fields of filledOnes) {
    const word = fields.choice(namespace, 'relation', Object.keys(relationWords) as RelationWord[]);
    const id = idOf(fields, namespace, 'sourceId', idLimit) ?? idOf(fields, namespace, 'sourcedId', idLimit);
    const label = filled(fields.text(namespace, 'label'));
    fields.finish();
    if (id === undefined) fields.missing('sourceId', 'names no other record');
    else if (word === undefined) fields.missing('relation', 'is missing');
    else {
      const relation = relationWords[word];
      relationships.push({ relation, target: target(id), ...given({ label }) });
      hints[relation] = word === relationNames[relation] ? null : word;
    }
  }
  return filledOnes.length === 0 ? {} : { relationships, hints };
}

/** What is written of a relationship. */
interface Written {
  readonly relation: Relationship['relation'];
  readonly name: ReferenceName | undefined;
  readonly label?: string | undefined;
}

const otherSide = { parent: 'child', child: 'parent', knownAs: 'knownAs' } as const;

/**
 * Writes `relationship` elements: the record's own, then what other records name of it, each seen from this side and once
 * for a target. Those whose target has no name or is in the trash are left out. `prefix` is that of the children.
 */
export function encodeRelationships(
  relationships: readonly Relationship[] | undefined,
  names: Names,
  prefix: 'c' | 'd',
  hints: unknown,
  reciprocals: readonly RelatedFrom[] = [],
): string {
  const own = (relationships ?? []).map(
    ({ relation, target, label }): Written => ({ relation, name: names.get(target), label }),
  );
  const there = new Set(own.map(({ relation, name }) => `${relation} ${name?.guid}`));
  const further = reciprocals.flatMap(({ from, relation }): Written[] => {
    const here = { relation: otherSide[relation], name: from };
    const mark = `${here.relation} ${from.guid}`;
    if (there.has(mark)) return [];
    there.add(mark);
    return [here];
  });
  return [...own, ...further].map((written) => encodeRelationship(written, prefix, hints)).join('');
}

function encodeRelationship({ relation, name, label }: Written, prefix: 'c' | 'd', hints: unknown): string {
  if (name === undefined || name.state === 'trashed') return '';
  const hint = record(hints)[relation];
  const word = isWordFor(hint, relation) ? hint : relationNames[relation];
  return element(
    `${prefix}:relationship`,
    undefined,
    leaf(`${prefix}:relation`, word),
    identified(`${prefix}:sourceId`, name.imsId),
    leaf(`${prefix}:label`, label, 32) || leaf(`${prefix}:label`, relationNames[relation]),
  );
}

function isWordFor(word: unknown, relation: Relationship['relation']): word is string {
  return typeof word === 'string' && Object.hasOwn(relationWords, word)
    ? relationWords[word as RelationWord] === relation
    : false;
}
