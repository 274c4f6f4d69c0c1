import { oneRosterWords, orgLabel } from '../../../../model/index.ts';
import { dataOf, metadataOf, type PushNoun, picked, resourcesOf } from './noun.ts';
import { parentsOf, titleOf } from './parents.ts';

/** A class (OneRoster 1.2, `Class`) under its school, its course and its terms. */
export const pushClass: PushNoun = {
  read: ({ fields, reference, references }) => ({
    title: fields.text('title'),
    classCode: fields.text('classCode'),
    classType: fields.word('classType', oneRosterWords.classType),
    location: fields.text('location'),
    grades: fields.texts('grades'),
    subjects: fields.texts('subjects'),
    subjectCodes: fields.texts('subjectCodes'),
    periods: fields.texts('periods'),
    resources: references('resources', 'resource'),
    school: reference('school', 'org'),
    course: reference('course', 'course'),
    terms: references('terms', 'academicSession'),
    metadata: fields.metadata(),
  }),
  data: (merging) => {
    const { school, course, terms = [] } = merging.known?.record.derived ?? {};
    return {
      kind: 'class',
      ...titleOf(merging, 'title'),
      ...picked(merging, {
        classCode: 'classCode',
        classType: 'classType',
        location: 'location',
        grades: 'grades',
        subjects: 'subjects',
        subjectCodes: 'subjectCodes',
        periods: 'periods',
      }),
      ...resourcesOf(merging),
      ...parentsOf(merging, [
        { name: 'school', shown: [school], label: orgLabel },
        { name: 'course', shown: [course] },
        { name: 'terms', shown: terms },
      ]),
      ...metadataOf(merging, dataOf(merging, 'group')?.extension),
    };
  },
};
