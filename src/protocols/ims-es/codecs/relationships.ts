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

/** How relations were written, when a record had one word for all of a kind; each relationship has its own now. */
export type RelationHints = Partial<Record<Relationship['relation'], null>>;

/** Relationships of a record, and of which kinds the record's word is no longer true. */
export interface DecodedRelationships {
  readonly relationships?: Relationship[];
  readonly hints?: RelationHints;
}

/**
 * Reads `relationship` elements; `target` makes the reference of an identifier. The standard's word is `sourceId`, and
 * clients write `sourcedId` too. A relation that is not written by its name keeps its word in the extension bag.
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
      const extension = word === relationNames[relation] ? undefined : { imsEs: { relation: word } };
      relationships.push({ relation, target: target(id), ...given({ label, extension }) });
      hints[relation] = null;
    }
  }
  return filledOnes.length === 0 ? {} : { relationships, hints };
}

/** What is written of a relationship. */
interface Written {
  readonly relation: Relationship['relation'];
  readonly name: ReferenceName | undefined;
  readonly label?: string | undefined;
  /** How the sender wrote the relation. */
  readonly word?: unknown;
}

/** How a relationship is seen from the record that it means. */
export const otherSide = { parent: 'child', child: 'parent', knownAs: 'knownAs' } as const;

/** Whether a relationship says nothing but its relation, as one that another record names is written. */
export function isPlain({ relation, label }: Relationship): boolean {
  return label === undefined || label.trim() === relationNames[relation];
}

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
    ({ relation, target, label, extension }): Written => ({
      relation,
      name: names.get(target),
      label,
      word: record(extension?.imsEs)['relation'] ?? record(hints)[relation],
    }),
  );
  const there = new Set(own.map(({ relation, name }) => `${relation} ${name?.guid}`));
  const further = reciprocals.flatMap(({ from, relation }): Written[] => {
    const here = { relation: otherSide[relation], name: from };
    const mark = `${here.relation} ${from.guid}`;
    if (there.has(mark)) return [];
    there.add(mark);
    return [here];
  });
  return [...own, ...further].map((written) => encodeRelationship(written, prefix)).join('');
}

function encodeRelationship({ relation, name, label, word }: Written, prefix: 'c' | 'd'): string {
  if (name === undefined || name.state === 'trashed') return '';
  return element(
    `${prefix}:relationship`,
    undefined,
    leaf(`${prefix}:relation`, isWordFor(word, relation) ? word : relationNames[relation]),
    identified(`${prefix}:sourceId`, name.imsId),
    leaf(`${prefix}:label`, label, 32) || leaf(`${prefix}:label`, relationNames[relation]),
  );
}

function isWordFor(word: unknown, relation: Relationship['relation']): word is string {
  return typeof word === 'string' && Object.hasOwn(relationWords, word)
    ? relationWords[word as RelationWord] === relation
    : false;
}
