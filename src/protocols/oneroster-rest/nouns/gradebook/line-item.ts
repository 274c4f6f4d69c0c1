import { finite, momentOf, type StoredRecord, shownStatus, standardRange1p1 } from '../../../../model/index.ts';
import { filled, metadataOf, modified } from '../base.ts';
import {
  type Encoder,
  isOf,
  type OneRosterObject,
  optionalReference,
  type Reference,
  requiredReference,
  type Scene,
} from '../scene.ts';
import { objectiveSets } from './learning-objectives.ts';

/** The grading period, which 1.1 requires: the sender's, else the session, else the class's first term. */
function periodOf1p1({ data }: StoredRecord<'lineItem'>, scene: Scene): Reference | undefined {
  const own = [data.gradingPeriod, data.academicSession]
    .map((guid) => optionalReference(scene, 'academicSession', guid))
    .find((reference) => reference !== undefined);
  const term = scene.classes.get(data.class)?.derived?.terms?.[0];
  return own ?? (term === undefined ? undefined : requiredReference(scene, 'academicSession', term));
}

function encode1p1(record: StoredRecord<'lineItem'>, scene: Scene): OneRosterObject | undefined {
  const { data } = record;
  const gradingPeriod = periodOf1p1(record, scene);
  if (gradingPeriod === undefined) return undefined;
  return {
    ...shared(record, scene),
    gradingPeriod,
    resultValueMin: finite(data.resultValueMin) ?? standardRange1p1.min,
    resultValueMax: finite(data.resultValueMax) ?? standardRange1p1.max,
  };
}

function encode1p2(record: StoredRecord<'lineItem'>, scene: Scene): OneRosterObject | undefined {
  const { data } = record;
  const school = data.school ?? scene.classes.get(data.class)?.derived?.school;
  if (school === undefined) return undefined;
  return {
    ...shared(record, scene),
    school: requiredReference(scene, 'org', school),
    gradingPeriod: optionalReference(scene, 'academicSession', data.gradingPeriod),
    academicSession: optionalReference(scene, 'academicSession', data.academicSession),
    scoreScale: optionalReference(scene, 'scoreScale', data.scoreScale),
    resultValueMin: finite(data.resultValueMin),
    resultValueMax: finite(data.resultValueMax),
    learningObjectiveSet: objectiveSets(data.learningObjectiveSet),
  };
}

function shared(record: StoredRecord<'lineItem'>, scene: Scene): OneRosterObject {
  const { data } = record;
  const assignDate = momentOf(data.assignDate) ?? record.createdAt.toISOString();
  return {
    sourcedId: record.sourcedId,
    status: shownStatus(record),
    dateLastModified: modified(record),
    metadata: metadataOf(record, data.extension),
    title: data.title || record.sourcedId,
    description: filled(data.description),
    assignDate,
    dueDate: momentOf(data.dueDate) ?? assignDate,
    class: requiredReference(scene, 'class', data.class),
    category: requiredReference(scene, 'category', data.category),
  };
}

/**
 * The line item of a OneRoster answer (OneRoster 1.2, `LineItem`; 1.1: with a grading period and a range, without
 * school, score scale and learning objectives). A school that nobody gave is that of the class.
 */
export const lineItemEncoder: Encoder = {
  classOf: ({ record }) => (isOf(record, 'lineItem') ? record.data.class : undefined),
  wants: ({ record }, wanted) => {
    if (!isOf(record, 'lineItem')) return;
    const { data } = record;
    const groups = [data.class, data.school, data.gradingPeriod, data.academicSession];
    for (const guid of groups) if (guid !== undefined) wanted.group.add(guid);
    wanted.category.add(data.category);
    if (data.scoreScale !== undefined) wanted.scoreScale.add(data.scoreScale);
  },
  wantsOfClass: ({ derived }, groups) => {
    const { school, terms } = derived ?? {};
    for (const guid of [school, terms?.[0]]) if (guid !== undefined) groups.add(guid);
  },
  encode: ({ record }, scene) => {
    if (!isOf(record, 'lineItem')) return undefined;
    return scene.version === '1.1' ? encode1p1(record, scene) : encode1p2(record, scene);
  },
};
