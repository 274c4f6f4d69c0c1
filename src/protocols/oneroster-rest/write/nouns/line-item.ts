import { asSent } from './as-sent.ts';
import { readObjectives } from './objectives.ts';

/**
 * A line item (OneRoster 1.2, `LineItem`). A 1.1 body leaves alone what only 1.2 has; its grading period is that of 1.2.
 * A school that is not sent is that of the class.
 */
export const lineItemWrite = asSent('lineItem', ({ fields, version, reference }) => ({
  title: fields.text('title'),
  description: fields.text('description'),
  assignDate: fields.moment('assignDate'),
  dueDate: fields.moment('dueDate'),
  class: reference('class', 'class'),
  category: reference('category', 'category'),
  gradingPeriod: reference('gradingPeriod', 'academicSession'),
  resultValueMin: fields.number('resultValueMin'),
  resultValueMax: fields.number('resultValueMax'),
  ...(version === '1.2' && {
    school: reference('school', 'org'),
    academicSession: reference('academicSession', 'academicSession'),
    scoreScale: reference('scoreScale', 'scoreScale'),
    learningObjectiveSet: readObjectives(fields),
  }),
}));
