import type { Relationship } from '../../../model/index.ts';
import type { ReferenceName } from '../../../roster/index.ts';
import { element } from '../../../wire/index.ts';
import { common } from '../namespaces.ts';
import { identified, leaf, record } from './elements.ts';
import { type Fields, filled, given } from './fields.ts';

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

/** Reads `relationship` elements; `target` makes the reference of an identifier. */
export function decodeRelationships(
  elements: readonly Fields[],
  namespace: string,
  target: (id: string) => string,
): DecodedRelationships {
  const relationships: Relationship[] = [];
  const hints: RelationHints = {};
  for (const fields of elements) {
    const word = fields.choice(namespace, 'relation', Object.keys(relationWords) as RelationWord[]);
    const source = fields.one(namespace, 'sourceId');
    const id = source?.text(common, 'identifier')?.trim() ?? '';
    const label = filled(fields.text(namespace, 'label'));
    fields.finish();
    if (id === '') fields.missing('sourceId', 'names no other record');
    else if (word === undefined) fields.missing('relation', 'is missing');
    else {
      const relation = relationWords[word];
      relationships.push({ relation, target: target(id), ...given({ label }) });
      hints[relation] = word === relationNames[relation] ? null : word;
    }
  }
  return elements.length === 0 ? {} : { relationships, hints };
}

/** Writes `relationship` elements; those whose target has no name are left out. `prefix` is that of the children. */
export function encodeRelationships(
  relationships: readonly Relationship[] | undefined,
  names: Names,
  prefix: 'c' | 'd',
  hints: unknown,
): string {
  return (relationships ?? [])
    .map(({ relation, target, label }) => {
      const name = names.get(target);
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
    })
    .join('');
}

function isWordFor(word: unknown, relation: Relationship['relation']): word is string {
  return typeof word === 'string' && Object.hasOwn(relationWords, word)
    ? relationWords[word as RelationWord] === relation
    : false;
}
