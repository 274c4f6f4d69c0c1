import type { View } from '../../../roster/index.ts';
import { type Noun, nounOf, type Version } from '../operations/index.ts';
import { fieldsOf } from '../schemas/nouns.ts';

/** The top-level fields of every class in a version (OneRoster 1.2 information model; 1.1, section 4). */
export function makeFieldTable(): (version: Version, view: View) => ReadonlySet<string> {
  const tables = { '1.1': new Map<Noun, ReadonlySet<string>>(), '1.2': new Map<Noun, ReadonlySet<string>>() };
  return (version, view) => {
    const noun = nounOf[view];
    const known = tables[version].get(noun);
    if (known !== undefined) return known;
    const fields = new Set(Object.keys(fieldsOf(version, noun)));
    tables[version].set(noun, fields);
    return fields;
  };
}
