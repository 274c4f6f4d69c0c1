import { finite, shownStatus } from '../../../../model/index.ts';
import { filled, metadataOf, modified } from '../base.ts';
import { type Encoder, isOf, optionalReference } from '../scene.ts';
import { objectiveSets } from './learning-objectives.ts';

/** The assessment line item of a OneRoster answer (OneRoster 1.2, `AssessmentLineItem`). */
export const assessmentLineItemEncoder: Encoder = {
  wants: ({ record }, wanted) => {
    if (!isOf(record, 'assessmentLineItem')) return;
    const { data } = record;
    if (data.class !== undefined) wanted.group.add(data.class);
    if (data.scoreScale !== undefined) wanted.scoreScale.add(data.scoreScale);
    if (data.parentAssessmentLineItem !== undefined) wanted.assessmentLineItem.add(data.parentAssessmentLineItem);
  },
  encode: ({ record }, scene) => {
    if (!isOf(record, 'assessmentLineItem')) return undefined;
    const { data } = record;
    return {
      sourcedId: record.sourcedId,
      status: shownStatus(record),
      dateLastModified: modified(record),
      metadata: metadataOf(record, data.extension),
      title: data.title || record.sourcedId,
      description: filled(data.description),
      class: optionalReference(scene, 'class', data.class),
      parentAssessmentLineItem: optionalReference(scene, 'assessmentLineItem', data.parentAssessmentLineItem),
      scoreScale: optionalReference(scene, 'scoreScale', data.scoreScale),
      resultValueMin: finite(data.resultValueMin),
      resultValueMax: finite(data.resultValueMax),
      learningObjectiveSet: objectiveSets(data.learningObjectiveSet),
    };
  },
};
