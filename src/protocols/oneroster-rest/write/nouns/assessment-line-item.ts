import { asSent } from './as-sent.ts';
import { readObjectives } from './objectives.ts';

/** An assessment line item (OneRoster 1.2, `AssessmentLineItem`). */
export const assessmentLineItemWrite = asSent('assessmentLineItem', ({ fields, reference }) => ({
  title: fields.text('title'),
  description: fields.text('description'),
  class: reference('class', 'class'),
  parentAssessmentLineItem: reference('parentAssessmentLineItem', 'assessmentLineItem'),
  scoreScale: reference('scoreScale', 'scoreScale'),
  resultValueMin: fields.number('resultValueMin'),
  resultValueMax: fields.number('resultValueMax'),
  learningObjectiveSet: readObjectives(fields),
}));
