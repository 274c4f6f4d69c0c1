import { orgLabel } from '../../../../model/index.ts';
import { dataOf, metadataOf, type PushNoun, picked, resourcesOf } from './noun.ts';
import { parentsOf, titleOf } from './parents.ts';

/** A course (OneRoster 1.2, `Course`) under its org and its school year. */
export const pushCourse: PushNoun = {
  read: ({ fields, reference, references }) => ({
    title: fields.text('title'),
    courseCode: fields.text('courseCode'),
    grades: fields.texts('grades'),
    subjects: fields.texts('subjects'),
    subjectCodes: fields.texts('subjectCodes'),
    resources: references('resources', 'resource'),
    org: reference('org', 'org'),
    schoolYear: reference('schoolYear', 'academicSession'),
    metadata: fields.metadata(),
  }),
  data: (merging) => ({
    kind: 'course',
    ...titleOf(merging, 'title'),
    ...picked(merging, {
      courseCode: 'courseCode',
      grades: 'grades',
      subjects: 'subjects',
      subjectCodes: 'subjectCodes',
    }),
    ...resourcesOf(merging),
    ...parentsOf(merging, [
      { name: 'org', shown: [merging.known?.record.derived?.school], label: orgLabel },
      { name: 'schoolYear', shown: merging.known?.record.derived?.terms ?? [] },
    ]),
    ...metadataOf(merging, dataOf(merging, 'group')?.extension),
  }),
};
