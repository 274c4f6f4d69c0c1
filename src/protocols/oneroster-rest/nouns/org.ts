import { oneRosterWords, orgTypeOf, shownStatus, shownTitle, vocabularyWord } from '../../../model/index.ts';
import { metadataOf, modified } from './base.ts';
import { childReferences, type Encoder, isOf, optionalReference } from './scene.ts';

/** The org of a OneRoster answer (OneRoster 1.2, `Org`): `identifier` is the `sourcedId` where the sender gave none. */
export const orgEncoder: Encoder = {
  hasChildren: true,
  wants: ({ record }, wanted) => {
    const parent = record.derived?.parent;
    if (parent !== undefined) wanted.group.add(parent);
  },
  encode: ({ record }, scene) => {
    if (!isOf(record, 'group')) return undefined;
    const { data, derived } = record;
    return {
      sourcedId: record.sourcedId,
      status: shownStatus(record),
      dateLastModified: modified(record),
      metadata: metadataOf(record, data.extension),
      name: shownTitle(record),
      type: vocabularyWord(oneRosterWords.orgType, orgTypeOf(data)),
      identifier: data.identifier || record.sourcedId,
      parent: optionalReference(scene, 'org', derived?.parent),
      children: childReferences(scene, 'org', record.guid),
    };
  },
};
