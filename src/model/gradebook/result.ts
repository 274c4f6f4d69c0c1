import Type, { type Static } from 'typebox';
import { Extension, optionalFlag, optionalList, optionalNumber, optionalText, text } from '../parts.ts';
import { LearningObjectiveScoreSet } from './learning-objectives.ts';

/** A student's result for a line item (OneRoster 1.1 and 1.2 `result`). */
export const Result = Type.Object({
  lineItem: text('The line item; a guid in the store'),
  student: text('The student; a guid in the store'),
  class: optionalText('The class; a guid in the store'),
  scoreScale: optionalText('The score scale; a guid in the store'),
  scoreStatus: optionalText('exempt, fully graded, not submitted, partially graded, submitted or ext:…'),
  score: optionalNumber('Score'),
  textScore: optionalText('Score in words'),
  scoreDate: optionalText('YYYY-MM-DD'),
  comment: optionalText('Remark of the teacher'),
  learningObjectiveSet: optionalList(LearningObjectiveScoreSet, 'Results for learning objectives by source'),
  inProgress: optionalFlag('Work has begun'),
  incomplete: optionalFlag('Work is not complete'),
  late: optionalFlag('Handed in late'),
  missing: optionalFlag('Not handed in'),
  extension: Type.Optional(Extension),
});
export type Result = Static<typeof Result>;
