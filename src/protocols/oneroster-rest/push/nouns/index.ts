import type { Noun } from '../../operations/index.ts';
import { gradebookWrites } from '../../write/nouns/index.ts';
import { pushAcademicSession } from './academic-session.ts';
import { pushClass } from './class.ts';
import { pushCourse } from './course.ts';
import { pushDemographics } from './demographics.ts';
import { pushEnrollment } from './enrollment.ts';
import type { PushNoun } from './noun.ts';
import { pushOrg } from './org.ts';
import { pushResource } from './resource.ts';
import { pushUser } from './user.ts';

export type { Merging, Named, PushNoun, Sent } from './noun.ts';

/** The classes of objects that can be written: those of the roster and resources by the extension, the gradebook's by the standard. */
export const pushNouns = {
  user: pushUser,
  org: pushOrg,
  course: pushCourse,
  class: pushClass,
  academicSession: pushAcademicSession,
  enrollment: pushEnrollment,
  demographics: pushDemographics,
  resource: pushResource,
  ...gradebookWrites,
} as const satisfies Partial<Record<Noun, PushNoun>>;

/** A class of objects that can be written; the name of its view too. */
export type Pushed = keyof typeof pushNouns;
