import { groupTitle, orgTypeOf } from '../../../model/index.ts';
import { metadataOf, modified, statusOf, vocabularyWord } from './base.ts';
import { type Encoder, isOf, optionalReference } from './scene.ts';

const orgTypes = ['department', 'district', 'local', 'national', 'school', 'state'];

/** The org of a OneRoster answer (OneRoster 1.2, `Org`): `identifier` is the `sourcedId` where the sender gave none. */
export const orgEncoder: Encoder = {
  wants: ({ record }, wanted) => {
    const parent = record.derived?.parent;
    if (parent !== undefined) wanted.groups.add(parent);
  },
  encode: ({ record }, scene) => {
    if (!isOf(record, 'group')) return undefined;
    const { data, derived } = record;
    return {
      sourcedId: record.sourcedId,
      status: statusOf(record),
      dateLastModified: modified(record),
      metadata: metadataOf(record, data.extension),
      name: groupTitle(data) || record.sourcedId,
      type: vocabularyWord(orgTypes, orgTypeOf(data)),
      identifier: data.identifier || record.sourcedId,
      parent: optionalReference(scene, 'org', derived?.parent),
    };
  },
};
