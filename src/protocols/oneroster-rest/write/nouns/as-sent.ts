import type { CourseworkType } from '../../../../model/index.ts';
import { dataOf, metadataOf, type PushNoun, picked, type Reading, type Sent } from '../../push/nouns/noun.ts';

/** A class of the gradebook: its fields are kept by the names that they have in a body, and `metadata` beside them. */
export function asSent(type: CourseworkType, read: (reading: Reading) => Sent): PushNoun {
  return {
    read: (reading) => ({ ...read(reading), metadata: reading.fields.metadata() }),
    data(merging) {
      const names = Object.keys(merging.sent).filter((name) => name !== 'metadata');
      return {
        ...picked(merging, Object.fromEntries(names.map((name) => [name, name]))),
        ...metadataOf(merging, dataOf(merging, type)?.extension),
      };
    },
  };
}
