import { oneRosterWords } from '../../../../model/index.ts';
import { dataOf, metadataOf, type PushNoun, picked } from './noun.ts';
import { parentsOf, titleOf } from './parents.ts';

/** A session (OneRoster 1.2, `AcademicSession`); `endDate` is the first day after. */
export const pushAcademicSession: PushNoun = {
  read({ fields, reference }) {
    fields.pass('children');
    return {
      title: fields.text('title'),
      type: fields.word('type', oneRosterWords.sessionType),
      startDate: fields.day('startDate'),
      endDate: fields.day('endDate'),
      schoolYear: fields.text('schoolYear'),
      parent: reference('parent', 'academicSession'),
      metadata: fields.metadata(),
    };
  },
  data: (merging) => ({
    kind: 'session',
    ...titleOf(merging, 'title'),
    ...picked(merging, { sessionType: 'type', schoolYear: 'schoolYear' }),
    ...(merging.changed('startDate', 'endDate') && {
      timeFrame: picked(merging, { start: 'startDate', end: 'endDate' }),
    }),
    ...parentsOf(merging, [{ name: 'parent', shown: [merging.known?.record.derived?.parent] }]),
    ...metadataOf(merging, dataOf(merging, 'group')?.extension),
  }),
};
