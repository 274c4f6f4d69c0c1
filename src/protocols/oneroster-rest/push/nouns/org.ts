import { oneRosterWords } from '../../../../model/index.ts';
import { dataOf, metadataOf, type PushNoun, picked } from './noun.ts';
import { parentsOf, titleOf } from './parents.ts';

/** An org (OneRoster 1.2, `Org`); `children` are those that name it as their parent. */
export const pushOrg: PushNoun = {
  read({ fields, reference }) {
    fields.pass('children');
    return {
      name: fields.text('name'),
      type: fields.word('type', oneRosterWords.orgType),
      identifier: fields.text('identifier'),
      parent: reference('parent', 'org'),
      metadata: fields.metadata(),
    };
  },
  data: (merging) => ({
    kind: 'org',
    ...titleOf(merging, 'name'),
    ...picked(merging, { orgType: 'type', identifier: 'identifier' }),
    ...parentsOf(merging, [{ name: 'parent', shown: [merging.known?.record.derived?.parent] }]),
    ...metadataOf(merging, dataOf(merging, 'group')?.extension),
  }),
};
