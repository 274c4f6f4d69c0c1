import Type, { type Static } from 'typebox';
import { Extension, optionalList, optionalNumber, optionalText, text } from '../parts.ts';
import { LearningObjectiveSet } from './learning-objectives.ts';

/** A line item: something of a class that is graded (OneRoster 1.1 and 1.2 `lineItem`). */
export const LineItem = Type.Object({
  title: optionalText('Title'),
  description: optionalText('Description'),
  assignDate: optionalText('When it is assigned, as date or time'),
  dueDate: optionalText('When it is due, as date or time'),
  class: text('The class; a guid in the store'),
  school: optionalText('The school; a guid in the store'),
  category: text('The category; a guid in the store'),
  gradingPeriod: optionalText('The grading period; a guid in the store'),
  academicSession: optionalText('The academic session; a guid in the store'),
  scoreScale: optionalText('The score scale; a guid in the store'),
  resultValueMin: optionalNumber('Lowest score'),
  resultValueMax: optionalNumber('Highest score'),
  learningObjectiveSet: optionalList(LearningObjectiveSet, 'Learning objectives by source'),
  extension: Type.Optional(Extension),
});
export type LineItem = Static<typeof LineItem>;
