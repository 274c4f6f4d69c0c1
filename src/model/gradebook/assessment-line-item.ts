import Type, { type Static } from 'typebox';
import { Extension, optionalList, optionalNumber, optionalText } from '../parts.ts';
import { LearningObjectiveSet } from './learning-objectives.ts';

/** Something that an assessment grades (OneRoster 1.2 `assessmentLineItem`). */
export const AssessmentLineItem = Type.Object({
  title: optionalText('Title'),
  description: optionalText('Description'),
  class: optionalText('The class; a guid in the store'),
  parentAssessmentLineItem: optionalText('What it is a part of; a guid in the store'),
  scoreScale: optionalText('The score scale; a guid in the store'),
  resultValueMin: optionalNumber('Lowest score'),
  resultValueMax: optionalNumber('Highest score'),
  learningObjectiveSet: optionalList(LearningObjectiveSet, 'Learning objectives by source'),
  extension: Type.Optional(Extension),
});
export type AssessmentLineItem = Static<typeof AssessmentLineItem>;
